"""Wiring of cases."""

from qiao.cases.categories import built_in
from qiao.cases.promising import DUE, promises_fall_due
from qiao.cases.timeline import register_kinds
from qiao.platform.room import Room, Timer


def register() -> None:
    """Categories that do not hold together stop the start; the timeline learns this room's lines."""
    built_in()
    register_kinds()


ROOM = Room(
    name="cases",
    timers=(Timer(DUE, run=promises_fall_due),),
    rights={
        "cases.open": "open a case",
        "cases.read": "read cases one has a basis for",
        "cases.write": "work on cases one has a basis for",
    },
    register=register,
)
