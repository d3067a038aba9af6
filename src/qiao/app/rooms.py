"""Every room of the house, lowest floor first."""

import importlib
import sys
from functools import cache

from qiao.platform.room import Room

_NAMES = (
    "bss",
    "ui",
    "post",
    "customers",
    "staff",
    "knowledge",
    "catalogue",
    "interactions",
    "routing",
    "cases",
    "channels.chat",
    "portal",
    "desk",
)


@cache
def all_rooms() -> tuple[Room, ...]:
    """Import each room's wiring and let it fill the registries of lower rooms, once a process."""
    rooms = []
    for name in _NAMES:
        try:
            module = importlib.import_module(f"qiao.{name}.room")
        except ImportError as error:  # while the house is being built
            sys.stderr.write(f"room {name} is not there yet: {error}\n")
            continue
        rooms.append(module.ROOM)
    for room in rooms:
        if room.register is not None:
            room.register()
    return tuple(rooms)
