"""Wiring of the voice room: its tables and texts; what serves calls is a process of its own, `qiao voice worker`."""

from qiao.channels.voice import script, store
from qiao.platform.room import Room


def register() -> None:
    """Words that do not hold together stop the start."""
    script.texts()
    assert store.voice_calls is not None


ROOM = Room(name="channels.voice", register=register)
