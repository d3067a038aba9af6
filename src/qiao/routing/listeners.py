"""What interactions and staff tell: ended contacts wait no longer, wrapped-up ones free their agents, people change."""

from typing import Final

from qiao import staff
from qiao.interactions.events import InteractionEnded, InteractionWrappedUp
from qiao.platform.database import Transaction
from qiao.routing.operations import abandon_contact, drop_contact, finish_wrap_up, released
from qiao.routing.operations_presence import sign_off, sign_on
from qiao.routing.rows import locked_contact, locked_seat
from qiao.staff.events import AgentChanged

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


async def on_agent_changed(tx: Transaction, event: AgentChanged) -> None:
    """Whoever is signed on can from now on do what he can now; who works here no more is signed off."""
    seat = await locked_seat(tx, event.agent_id)
    if seat is None:
        return
    if event.active:
        await sign_on(tx, agent=await staff.agent(tx, event.agent_id), seat=seat["seat"])
    else:
        await sign_off(tx, agent_id=event.agent_id)
