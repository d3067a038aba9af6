"""Wiring of the kit: its files, the choices of the screen, the style page."""

from qiao.platform.room import Room
from qiao.ui import assets, pages

ROOM = Room(name="ui", routes=(assets.static, *pages.ROUTES))
