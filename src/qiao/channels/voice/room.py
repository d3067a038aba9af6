"""Wiring of the voice room: its tables and texts; what serves calls is a process of its own, `qiao voice worker`."""

from qiao.channels.voice import figure_pages, script, store
from qiao.kernel.languages import N_
from qiao.platform.room import Room
from qiao.ui import Link, register_link


def register() -> None:
    """Words that do not hold together stop the start."""
    script.texts()
    assert store.voice_calls is not None
    register_link(Link("calls", "/desk/calls", N_("Calls"), "phone", figure_pages.SEES, 41))


ROOM = Room(name="channels.voice", routes=figure_pages.ROUTES, register=register)
