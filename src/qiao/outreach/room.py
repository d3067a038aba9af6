"""Wiring of outreach."""

from qiao.kernel.languages import N_
from qiao.outreach import calling, catalogued, notifying
from qiao.outreach.answering import STOPPED
from qiao.outreach.callback_writing import BEGINS, CLOSES
from qiao.outreach.campaigns import CAMPAIGNS_RIGHT
from qiao.outreach.listeners import HEARS
from qiao.outreach.templates import built_in
from qiao.outreach.timeline import register_kinds
from qiao.platform.room import Listener, Room, Timer


def register() -> None:
    """Templates that do not hold together stop the start; the timeline learns this room's lines."""
    built_in()
    register_kinds()
    catalogued.register()


ROOM = Room(
    name="outreach",
    listeners=(Listener("outreach", on=HEARS),),
    timers=(
        Timer(notifying.HELD, run=notifying.release_held),
        Timer(BEGINS, run=calling.callbacks_begin),
        Timer(CLOSES, run=calling.callbacks_close),
    ),
    rights={
        "outreach.templates": N_("Change what customers are told by message"),
        CAMPAIGNS_RIGHT: N_("Keep reply codes of campaigns"),
        notifying.EMERGENCY_RIGHT: N_("Send emergency messages, past consent and quiet hours"),
    },
    failpoints=(
        notifying.NOTIFIED,
        notifying.RELEASED,
        STOPPED,
        calling.PROMISED,
        calling.QUEUED,
        calling.SETTLED,
        calling.MISSED,
    ),
    register=register,
)
