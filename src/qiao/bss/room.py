"""Wiring of bss: the sandbox's tables; it serves nothing and hears nobody."""

from qiao.bss.sandbox import store
from qiao.platform.room import Room

assert store.parties is not None

ROOM = Room(name="bss")
