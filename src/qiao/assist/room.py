"""Wiring of assist."""

from qiao.platform.room import Room

ROOM = Room(name="assist")
