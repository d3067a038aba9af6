"""What the core decided, as rows: contacts and seats as the core has them, offers made and ended, in one transaction.

Every row is written only at the revision last heard of. If somebody wrote it meanwhile, nothing of the turn stays,
and the owner reads its memory anew: the other's fact comes first.
"""

from typing import Any, cast

from sqlalchemy import update

from qiao import interactions
from qiao.kernel.ids import AgentId, DeskId, InteractionId, new_id
from qiao.kernel.refused import NotFound
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.live import touch
from qiao.routing import events as happened
from qiao.routing import model_facts as say
from qiao.routing.memory import STATES, ContactRow, Memory, RowMovedOn
from qiao.routing.rows import end_assignment, open_interval
from qiao.routing.rules import instant
from qiao.routing.store import HERE, contacts, offers, seats

LOST = "lost"


async def write(tx: Transaction, memory: Memory, epoch: int) -> None:
    """Write all that the memory has decided and not written. Raises RowMovedOn."""
    changes = {
        interaction_id: change
        for interaction_id in sorted(memory.touched)
        if (change := _change(memory, interaction_id, tx)) is not None
    }
    await _unassign_lost(tx, memory, changes)
    topics: set[str] = set()
    for interaction_id, change in changes.items():
        await _write_contact(tx, memory.contacts[interaction_id], interaction_id, change, memory)
        topics |= {f"interaction:{interaction_id}", f"desk:{change['desk_id']}"}
    for agent_id in sorted(memory.seats_touched):
        if await _write_seat(tx, memory, agent_id):
            topics.add(f"agent:{agent_id}")
    for outcome in memory.outcomes:
        topics |= await _write_outcome(tx, memory, outcome, epoch)
    for topic in sorted(topics):
        await touch(tx, topic)


# --- contacts ------------------------------------------------------------------------------------------------------


def _change(memory: Memory, interaction_id: InteractionId, tx: Transaction) -> dict[str, Any] | None:
    """What to write of a contact: nothing if its row is already as the core has it."""
    known = memory.contacts.get(interaction_id)
    if known is None:
        return None
    contact = memory.core.contacts.get(interaction_id)
    if contact is None:
        return _over(memory, interaction_id, known, tx) if known.state in HERE else None
    state = STATES[contact.state]
    agent_id = None if contact.agent is None else contact.agent.agent_id
    as_decided = (state, contact.desk.rules.desk_id, agent_id, contact.attempt)
    if as_decided == (known.state, known.desk_id, known.agent_id, known.attempt):
        return None
    return {
        "state": state,
        "desk_id": contact.desk.rules.desk_id,
        "agent_id": agent_id,
        "attempt": contact.attempt,
        "until_at": instant(contact.until) if state in ("offered", "wrap_up") else None,
        "entered_at": instant(contact.entered_at),
    }


def _over(memory: Memory, interaction_id: InteractionId, known: ContactRow, tx: Transaction) -> dict[str, Any]:
    """The contact is over by the core's decision: done, or how it left."""
    ways = {"finished": "done", "overran": "done", "abandoned": "abandoned", "callback": "callback"}
    whys = _whys(memory, interaction_id)
    done = "done" if known.state == "wrap_up" else "dropped"
    state = ways.get(whys[-1], "dropped") if whys else done
    return {"state": state, "desk_id": known.desk_id, "agent_id": None, "until_at": None, "left_at": tx.now}


def _whys(memory: Memory, interaction_id: InteractionId) -> list[str]:
    """Why the contact left its agent or its desk in this turn, in order."""
    kinds = say.Freed | say.Ended
    return [one.why for one in memory.outcomes if isinstance(one, kinds) and one.contact_id == interaction_id]


async def _unassign_lost(tx: Transaction, memory: Memory, changes: dict[InteractionId, dict[str, Any]]) -> None:
    """Take conversations from agents who lost them; interactions are locked before contacts, as in operations."""
    for interaction_id, change in changes.items():
        if memory.contacts[interaction_id].state == "active" and change["state"] in ("waiting", "offered"):
            try:
                await interactions.unassign(tx, interaction_id=interaction_id, reason=LOST)
            except NotFound:  # erased meanwhile; its row goes with it
                continue


async def _write_contact(
    tx: Transaction, known: ContactRow, interaction_id: InteractionId, change: dict[str, Any], memory: Memory
) -> None:
    at_rev = (contacts.c.interaction_id == interaction_id) & (contacts.c.rev == known.rev)
    written = await tx.execute(update(contacts).where(at_rev).values(change | {"rev": known.rev + 1}))
    if not written.rowcount:
        raise RowMovedOn
    if known.state in ("active", "wrap_up") and change["state"] not in ("active", "wrap_up"):
        whys = _whys(memory, interaction_id)
        await end_assignment(
            tx, interaction_id, whys[-1] if whys else "finished" if change["state"] == "done" else LOST
        )
    memory.contacts[interaction_id] = ContactRow(
        known.rev + 1, change["state"], change["desk_id"], change["agent_id"], change.get("attempt", known.attempt)
    )


# --- seats ---------------------------------------------------------------------------------------------------------


async def _write_seat(tx: Transaction, memory: Memory, agent_id: AgentId) -> bool:
    """The seat's status and whether it is lost, as the core has them; False if the row says so already."""
    agent, known = memory.core.agents.get(agent_id), memory.seats.get(agent_id)
    if agent is None or known is None:
        return False
    same_status = agent.ready == known.ready and (agent.ready or agent.reason == known.reason)
    if same_status and agent.lost == known.lost:
        return False
    status = "ready" if agent.ready else "not_ready"
    at_rev = (seats.c.agent_id == agent_id) & (seats.c.rev == known.rev) & seats.c.signed_on
    written = await tx.execute(
        update(seats)
        .where(at_rev)
        .values(status=status, reason=agent.reason, lost=agent.lost, since=tx.now, rev=known.rev + 1)
    )
    if not written.rowcount:
        raise RowMovedOn
    await open_interval(tx, agent_id, LOST if agent.lost else status, agent.reason)
    if not same_status:
        await emit(tx, happened.AgentStatusChanged(agent_id, status, agent.reason))
    known.rev, known.ready, known.reason, known.lost = known.rev + 1, agent.ready, agent.reason, agent.lost
    return True


# --- offers and events ---------------------------------------------------------------------------------------------


async def _write_outcome(tx: Transaction, memory: Memory, outcome: say.Outcome, epoch: int) -> set[str]:
    """Offers made and ended, and the events of what operations did not do themselves; returns topics to touch."""
    if isinstance(outcome, say.Moved):
        if outcome.why != "overflowed":
            return set()
        former, desk_id = cast(DeskId, outcome.from_desk_id), cast(DeskId, outcome.desk_id)
        await emit(tx, happened.ContactOverflowed(cast(InteractionId, outcome.contact_id), former, desk_id))
        return {f"desk:{former}", f"desk:{desk_id}"}
    if not isinstance(outcome, say.Offered | say.OfferEnded | say.Freed):
        return set()
    contact_id, agent_id = cast(InteractionId, outcome.contact_id), cast(AgentId, outcome.agent_id)
    match outcome:
        case say.Offered():
            await _write_offer(tx, outcome, memory.contacts[contact_id].desk_id, epoch)
        case say.OfferEnded(why=why):
            live = (offers.c.interaction_id == contact_id) & (offers.c.state == "live")
            ended = update(offers).where(live, offers.c.agent_id == agent_id).values(state=why, ended_at=tx.now)
            if (await tx.execute(ended)).rowcount and why == "missed":
                await emit(tx, happened.OfferMissed(contact_id, agent_id))
        case say.Freed(why="lost"):
            await emit(tx, happened.AgentOfContactLost(contact_id, agent_id))
        case say.Freed(why="overran"):
            await emit(tx, happened.WrapUpEnded(contact_id, agent_id, "overran"))
    return {f"agent:{agent_id}"}


async def _write_offer(tx: Transaction, offered: say.Offered, desk_id: DeskId, epoch: int) -> None:
    contact_id, agent_id = cast(InteractionId, offered.contact_id), cast(AgentId, offered.agent_id)
    await tx.execute(
        offers.insert().values(
            id=new_id(),
            interaction_id=contact_id,
            agent_id=agent_id,
            desk_id=desk_id,
            attempt=offered.attempt,
            offered_at=tx.now,
            until_at=instant(offered.until),
            state="live",
            epoch=epoch,
        )
    )
    await emit(tx, happened.ContactOffered(contact_id, agent_id, desk_id, offered.attempt))
