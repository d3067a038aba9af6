"""Wiring of assist."""

from qiao.assist.listeners import HEARS
from qiao.platform.room import Listener, Room

ROOM = Room(name="assist", listeners=(Listener("assist", on=HEARS),))
