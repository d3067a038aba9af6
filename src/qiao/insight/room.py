"""Wiring of insight."""

from qiao.insight.listeners import HEARS, on_all
from qiao.insight.operations import LISTENER
from qiao.kernel.languages import N_
from qiao.platform.room import Listener, Room

ROOM = Room(
    name="insight",
    listeners=(Listener(LISTENER, on=HEARS, together=on_all, gather_seconds=0.5),),
    rights={"insight.read": N_("See what contacts cost and how many stay with the machine")},
)
