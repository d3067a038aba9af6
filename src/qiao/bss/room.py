"""Wiring of bss: the sandbox's tables; it serves nothing and hears nobody."""

from qiao.bss.sandbox import store, store_lines, store_network
from qiao.platform.room import Room

assert store.parties is not None
assert store_lines.features is not None
assert store_network.area_faults is not None

ROOM = Room(name="bss")
