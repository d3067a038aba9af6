"""Wiring of cases."""

from qiao.cases.asking import ANSWER_WRITTEN
from qiao.cases.categories import built_in
from qiao.cases.listeners import on_identity_proven
from qiao.cases.operations import OPEN_WRITTEN
from qiao.cases.promising import BREACH_WRITTEN, DUE, promises_fall_due
from qiao.cases.timeline import register_kinds
from qiao.interactions import IdentityProven
from qiao.kernel.languages import N_
from qiao.platform.room import Listener, Room, Timer


def register() -> None:
    """Categories that do not hold together stop the start; the timeline learns this room's lines."""
    built_in()
    register_kinds()


ROOM = Room(
    name="cases",
    listeners=(Listener("cases", on={IdentityProven: on_identity_proven}),),
    timers=(Timer(DUE, run=promises_fall_due),),
    rights={
        "cases.open": N_("Open a case"),
        "cases.read": N_("Read cases one has a basis for"),
        "cases.write": N_("Work on cases one has a basis for"),
    },
    failpoints=(OPEN_WRITTEN, ANSWER_WRITTEN, BREACH_WRITTEN),
    register=register,
)
