"""The owner's memory made from rows: whoever takes over knows what the one before him knew."""

import asyncio
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from qiao.kernel.ids import AgentId, InteractionId
from qiao.platform.database import Transaction
from qiao.routing import model_facts as say
from qiao.routing.desks import desks
from qiao.routing.facts import arrival
from qiao.routing.memory import Memory, SeatRow, contact_row
from qiao.routing.model_rules import DeskRules
from qiao.routing.rules import seconds
from qiao.routing.store import HELD, HERE, contacts, facts, seats


async def read_memory(tx: Transaction) -> Memory:
    """Everything from one snapshot (the transaction is REPEATABLE READ); decisions that follow are left to be written.

    Waiting is replayed from when each contact came to its desk, with nobody ready, so that steps which have passed
    pass again and those to come keep their time; then all who are ready are told so at once, longest ready first.
    Facts that the snapshot shows have their effect in its rows and are not heard again.
    """
    memory = Memory()
    now = seconds(tx.now)
    here = await tx.rows(
        select(contacts).where(contacts.c.state.in_(HERE)).order_by(contacts.c.entered_at, contacts.c.interaction_id)
    )
    memory.heard = {row["id"] for row in await tx.rows(select(facts.c.id))}
    began = min([now, *(seconds(row["entered_at"]) for row in here)])
    memory.set_desks(await all_rules(tx), began)
    sitting = await tx.rows(select(seats).where(seats.c.signed_on).order_by(seats.c.since, seats.c.agent_id))
    for row in sitting:
        agent_id = AgentId(row["agent_id"])
        memory.seats[agent_id] = SeatRow(
            row["rev"], row["status"] == "ready", row["reason"], row["lost"], row["profile"]
        )
        memory.tell(say.AgentSignedOn(agent_id, memory.profile(row["profile"])), began)
    for number, row in enumerate(here):
        await _let_others_run(number)
        memory.contacts[InteractionId(row["interaction_id"])] = contact_row(row)
        if row["state"] in HELD:
            _restore(memory, row, began)
    waiting = [row for row in here if row["state"] == "waiting"]
    for number, row in enumerate(waiting):
        await _let_others_run(number)
        if not _still_held(memory, row, now):
            _arrive(memory, row, seconds(row["entered_at"]))
    memory.tell(say.TimePassed(), now)
    for row in sitting:
        if row["lost"]:
            memory.tell(say.AgentLost(row["agent_id"]), now)
        if row["engaged_in"] is not None:
            memory.tell(say.AgentEngaged(row["agent_id"], engaged=True), now)
    for row in sitting:
        if memory.core.agents[row["agent_id"]].reason is None:  # else it missed an offer just now
            memory.tell(say.AgentStatusSet(row["agent_id"], row["status"] == "ready", row["reason"]), now)
    for row in waiting:
        if row["interaction_id"] not in memory.core.contacts:
            _arrive(memory, row, now)
    memory.touched = set(memory.contacts)
    memory.seats_touched = set(memory.seats)
    return memory


async def _let_others_run(number: int) -> None:
    """Among a hundred thousand contacts the lease must still be renewed."""
    if number % 500 == 0:
        await asyncio.sleep(0)


async def all_rules(tx: Transaction) -> list[DeskRules]:
    """The rules of all desks."""
    return [desk.plan.routed for desk in await desks(tx)]


def _restore(memory: Memory, row: Any, at: float) -> None:
    """Give a contact back to its agent; one whose agent is gone waits again, unless it was over but for the writing."""
    if row["agent_id"] not in memory.core.agents and row["state"] == "wrap_up":
        return
    until = 0.0 if row["until_at"] is None else seconds(row["until_at"])
    came = replace(arrival(row), preferred_agent_id=None)
    memory.tell(say.ContactRestored(came, row["state"], row["agent_id"], until, row["attempt"]), at)


def _arrive(memory: Memory, row: Any, at: float) -> None:
    memory.tell(arrival(row), at)
    contact = memory.core.contacts.get(row["interaction_id"])
    if contact is not None:
        contact.attempt = max(contact.attempt, row["attempt"])


def _still_held(memory: Memory, row: Any, now: float) -> bool:
    """Whether the contact may still be waiting for its preferred agent."""
    if row["preferred_agent_id"] is None:
        return False
    hold = memory.core.desks[row["desk_id"]].rules.preferred_hold_seconds
    return bool(seconds(row["entered_at"]) + hold > now)
