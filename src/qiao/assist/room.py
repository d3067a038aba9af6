"""Wiring of assist."""

from qiao.assist.listeners import HEARS, on_all_done
from qiao.platform.room import Listener, Room

ROOM = Room(name="assist", listeners=(Listener("assist", on=HEARS, together=on_all_done),))
