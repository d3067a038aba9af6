"""Writing rows of contacts, seats, presence and assignments: shared by operations and the owner."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import bindparam, select, update

from qiao.kernel.ids import AgentId, InteractionId, new_id
from qiao.platform.database import Transaction
from qiao.platform.live import touch
from qiao.routing.store import HERE, assignments, contacts, desks, offers, presence, seats

Row = Mapping[Any, Any]
_CONTACT_HELD: Final = (
    select(contacts).where(contacts.c.interaction_id == bindparam("contact")).with_for_update(key_share=True)
)
_SEAT_HELD: Final = select(seats).where(seats.c.agent_id == bindparam("agent")).with_for_update()


async def locked_contact(tx: Transaction, interaction_id: InteractionId) -> Row | None:
    """The contact, if it is here (neither over nor never queued), held until the transaction ends."""
    found = await tx.one(_CONTACT_HELD, {"contact": interaction_id})
    return found if found is not None and found["state"] in HERE else None


async def change_contact(tx: Transaction, row: Row, **changed: Any) -> Row:
    """Write a locked contact; returns what the row has become."""
    changed["rev"] = row["rev"] + 1
    await tx.execute(update(contacts).where(contacts.c.interaction_id == row["interaction_id"]).values(changed))
    return {**row, **changed}


async def locked_seat(tx: Transaction, agent_id: AgentId) -> Row | None:
    """The agent's seat, if he is signed on, held until the transaction ends."""
    found = await tx.one(_SEAT_HELD, {"agent": agent_id})
    return found if found is not None and found["signed_on"] else None


async def change_seat(tx: Transaction, row: Row, **changed: Any) -> Row:
    """Write a locked seat; returns what the row has become."""
    changed["rev"] = row["rev"] + 1
    await tx.execute(update(seats).where(seats.c.agent_id == row["agent_id"]).values(changed))
    return {**row, **changed}


async def end_offer(tx: Transaction, interaction_id: InteractionId, state: str) -> Row | None:
    """End the contact's live offer, if there is one; returns it."""
    ended = update(offers).where(offers.c.interaction_id == interaction_id, offers.c.state == "live")
    return await tx.one(ended.values(state=state, ended_at=tx.now).returning(offers))


async def begin_assignment(tx: Transaction, row: Row, agent_id: AgentId, waited_seconds: float | None = None) -> float:
    """The agent has the contact from now on; returns how many seconds it had waited, until now unless told."""
    if waited_seconds is None:
        waited_seconds = max(0.0, (tx.now - row["queued_at"]).total_seconds())
    await tx.execute(
        assignments.insert().values(
            id=new_id(),
            interaction_id=row["interaction_id"],
            agent_id=agent_id,
            desk_id=row["desk_id"],
            channel=row["channel"],
            waited_seconds=waited_seconds,
            from_at=tx.now,
        )
    )
    return waited_seconds


async def note_release(tx: Transaction, interaction_id: InteractionId) -> None:
    """The conversation of the open assignment is over."""
    open_ = (assignments.c.interaction_id == interaction_id) & assignments.c.until_at.is_(None)
    await tx.execute(update(assignments).where(open_).values(released_at=tx.now))


async def end_assignment(tx: Transaction, interaction_id: InteractionId, why: str) -> float | None:
    """The agent has it no more; returns how many seconds it had waited for him, None if nobody had it."""
    open_ = (assignments.c.interaction_id == interaction_id) & assignments.c.until_at.is_(None)
    ended = update(assignments).where(open_).values(until_at=tx.now, why=why)
    row = await tx.one(ended.returning(assignments.c.waited_seconds))
    return row["waited_seconds"] if row is not None else None


async def open_interval(tx: Transaction, agent_id: AgentId, status: str, reason: str | None) -> None:
    """One presence interval ends, the next begins."""
    await close_interval(tx, agent_id)
    await tx.execute(
        presence.insert().values(id=new_id(), agent_id=agent_id, status=status, reason=reason, from_at=tx.now)
    )


async def close_interval(tx: Transaction, agent_id: AgentId) -> None:
    """The open presence interval ends."""
    open_ = (presence.c.agent_id == agent_id) & presence.c.until_at.is_(None)
    await tx.execute(update(presence).where(open_).values(until_at=tx.now))


async def rules_of_desk(tx: Transaction, desk_id: Any) -> Mapping[str, Any]:
    """A desk's rules as kept."""
    rules: Mapping[str, Any] = await tx.scalar(select(desks.c.rules).where(desks.c.id == desk_id)) or {}
    return rules


async def touch_all(tx: Transaction, row: Row, *agents: Any) -> None:
    """Tell who looks at the contact, its desk or these agents to look again."""
    await touch(tx, f"interaction:{row['interaction_id']}")
    await touch(tx, f"desk:{row['desk_id']}")
    for agent_id in dict.fromkeys(agents):
        if agent_id is not None:
            await touch(tx, f"agent:{agent_id}")
