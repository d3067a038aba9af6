"""Wiring of routing: the owner's loop, what it hears from interactions, and the rights it asks for."""

from qiao.interactions.events import InteractionEnded, InteractionWrappedUp
from qiao.kernel.languages import N_
from qiao.platform.room import Listener, Room
from qiao.routing import store
from qiao.routing.listeners import on_agent_changed, on_interaction_ended, on_interaction_wrapped_up
from qiao.routing.operations_offers import ACCEPT_WRITTEN
from qiao.routing.owner import OFFERS_WRITTEN, TURN_DECIDED, own
from qiao.staff.events import AgentChanged

assert store.contacts is not None

ROOM = Room(
    name="routing",
    listeners=[
        Listener(
            "routing",
            on={
                InteractionEnded: on_interaction_ended,
                InteractionWrappedUp: on_interaction_wrapped_up,
                AgentChanged: on_agent_changed,
            },
            gather_seconds=0.1,  # an agent is free again by it
        )
    ],
    loops=(own,),
    rights={
        "contacts.take": N_("Be offered contacts and answer them"),
        "contacts.transfer": N_("Hand a contact to another desk or colleague"),
        "team.view": N_("See how desks and agents stand"),
        "routing.numbers": N_("Change the service numbers customers text and call"),
        "team.steer": N_("Change desks, and the status of agents of the own unit"),
    },
    failpoints=(ACCEPT_WRITTEN, TURN_DECIDED, OFFERS_WRITTEN),
)
