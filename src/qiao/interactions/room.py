"""Wiring of interactions: tables, events and templates; it serves no page and hears nobody."""

from qiao.interactions import store
from qiao.platform.room import Room

assert store.interactions is not None

ROOM = Room(name="interactions")
