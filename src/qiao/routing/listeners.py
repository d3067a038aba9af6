"""What interactions tell: an ended contact waits no longer, or is written up; a wrapped-up one frees its agent."""

from typing import Final

from qiao.interactions.events import InteractionEnded, InteractionWrappedUp
from qiao.platform.database import Transaction
from qiao.routing.operations import abandon_contact, drop_contact, finish_wrap_up, released
from qiao.routing.rows import locked_contact

OURS: Final = frozenset({"dropped", "replaced", "answered_in_writing"})
"""Ends that are not the customer's giving up."""


async def on_interaction_ended(tx: Transaction, event: InteractionEnded) -> None:
    """Who waits has left; who talks is released to wrap up."""
    row = await locked_contact(tx, event.interaction_id)
    if row is None:
        return
    if row["state"] == "active":
        await released(tx, row)
    elif row["state"] in ("waiting", "offered"):
        leave = drop_contact if event.reason in OURS else abandon_contact
        await leave(tx, interaction_id=event.interaction_id)


async def on_interaction_wrapped_up(tx: Transaction, event: InteractionWrappedUp) -> None:
    """The agent wrote it up: he is free of it."""
    row = await locked_contact(tx, event.interaction_id)
    if row is not None and row["agent_id"] == event.agent_id and row["state"] in ("active", "wrap_up"):
        await finish_wrap_up(tx, interaction_id=event.interaction_id, agent_id=event.agent_id)
