"""What an agent has and how he stands; where a contact stands."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BindParameter, Select, bindparam, func, or_, select

from qiao.kernel.ids import AgentId, DeskId, InteractionId, UnitId
from qiao.platform.database import Transaction
from qiao.routing.rows import Row
from qiao.routing.store import HELD, assignments, contacts, offers, seats

LOAD_WITHIN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Offer:
    """A contact to accept until then; `attempt` counts its offers from 1."""

    interaction_id: InteractionId
    desk_id: DeskId
    offered_at: datetime
    until: datetime
    attempt: int


@dataclass(frozen=True, slots=True)
class Held:
    """A contact that an agent has: "active" or "wrap_up" (then `until` is its latest end)."""

    interaction_id: InteractionId
    state: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Presence:
    """Status: the person's word, ready or not_ready and why; state: idle, offered, busy, wrap_up or offline.

    Busy is, too, whom a colleague has on the line.
    """

    status: str
    reason: str | None
    state: str
    since: datetime | None
    seat: UUID | None = None


@dataclass(frozen=True, slots=True)
class AgentRow:
    """One agent for the team leader's view; `load`: how many contacts he had at once in the last hour, on average."""

    agent_id: AgentId
    status: str
    reason: str | None
    state: str
    since: datetime
    contacts_now: int
    load: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where a contact stands: "waiting", "offered", "active", "wrap_up", or how it ended."""

    interaction_id: InteractionId
    desk_id: DeskId
    state: str
    agent_id: AgentId | None
    queued_at: datetime
    taken_at: datetime | None = None
    """When the agent took it who has it now."""


async def my_offers(tx: Transaction, agent_id: AgentId) -> list[Offer]:
    """What the agent may accept now, the earliest first."""
    live = (offers.c.agent_id == agent_id) & (offers.c.state == "live") & (offers.c.until_at > tx.now)
    return [
        Offer(row["interaction_id"], row["desk_id"], row["offered_at"], row["until_at"], row["attempt"])
        for row in await tx.rows(select(offers).where(live).order_by(offers.c.offered_at))
    ]


async def was_offered(tx: Transaction, interaction_id: InteractionId, agent_id: AgentId) -> bool:
    """Whether this contact is offered to the agent, or ever was."""
    mine = (offers.c.interaction_id == interaction_id) & (offers.c.agent_id == agent_id)
    return await tx.scalar(select(offers.c.id).where(mine).limit(1)) is not None


async def my_contacts(tx: Transaction, agent_id: AgentId) -> list[Held]:
    """What the agent has, longest first."""
    open_ = (assignments.c.interaction_id == contacts.c.interaction_id) & assignments.c.until_at.is_(None)
    found = await tx.rows(
        select(
            contacts.c.interaction_id,
            contacts.c.state,
            contacts.c.until_at,
            assignments.c.from_at,
            assignments.c.released_at,
        )
        .join(assignments, open_)
        .where(contacts.c.agent_id == agent_id, contacts.c.state.in_(("active", "wrap_up")))
        .order_by(assignments.c.from_at)
    )
    return [
        Held(
            row["interaction_id"],
            row["state"],
            (row["released_at"] if row["state"] == "wrap_up" else None) or row["from_at"],
            row["until_at"],
        )
        for row in found
    ]


async def presence_of(tx: Transaction, agent_id: AgentId) -> Presence:
    """How the agent stands; "offline" when he is not signed on or none of his tabs answers."""
    row = await tx.one(_standing().where(seats.c.agent_id == agent_id))
    if row is None:
        return Presence("not_ready", None, "offline", None)
    state, since = _state(row)
    return Presence(row["status"], row["reason"], state, since, row["seat"])


async def agents_overview(tx: Transaction, unit_ids: Collection[UnitId]) -> list[AgentRow]:
    """All agents of these units who are signed on."""
    if not unit_ids:
        return []
    found = await tx.rows(_standing().where(seats.c.unit_id.in_(list(unit_ids))).order_by(seats.c.agent_id))
    loads = await _loads(tx, [row["agent_id"] for row in found])
    return [
        AgentRow(
            row["agent_id"], row["status"], row["reason"], *_state(row), row["many"], loads.get(row["agent_id"], 0.0)
        )
        for row in found
    ]


async def _loads(tx: Transaction, agents: Collection[AgentId]) -> dict[AgentId, float]:
    """Seconds with a contact within the last hour, wrap-up too, over the seconds of an hour."""
    since = tx.now - LOAD_WITHIN
    over = or_(assignments.c.until_at.is_(None), assignments.c.until_at > since)
    ends, begins = func.coalesce(assignments.c.until_at, tx.now), func.greatest(assignments.c.from_at, since)
    busy = func.sum(func.extract("epoch", ends - begins)).label("busy")
    mine = select(assignments.c.agent_id, busy).where(assignments.c.agent_id.in_(agents), over)
    found = await tx.rows(mine.group_by(assignments.c.agent_id))
    return {AgentId(row["agent_id"]): float(row["busy"]) / LOAD_WITHIN.total_seconds() for row in found}


async def holds_seat(tx: Transaction, agent_id: AgentId, seat: UUID) -> bool:
    """Whether this is the agent's one active seat; if not, it was taken elsewhere or he signed off."""
    mine = (seats.c.agent_id == agent_id) & seats.c.signed_on
    return bool(await tx.scalar(select(seats.c.seat).where(mine)) == seat)


_CONTACT: Final[BindParameter[UUID]] = bindparam("contact")
_TAKEN_AT: Final = (
    select(assignments.c.from_at)
    .where(assignments.c.interaction_id == _CONTACT, assignments.c.until_at.is_(None))
    .scalar_subquery()
)
_WAITING: Final = select(contacts, _TAKEN_AT.label("taken_at")).where(contacts.c.interaction_id == _CONTACT)


async def waiting_contact(tx: Transaction, interaction_id: InteractionId) -> Waiting | None:
    """Where this contact stands; None if it was never queued."""
    row = await tx.one(_WAITING, {"contact": interaction_id})
    if row is None:
        return None
    return Waiting(interaction_id, row["desk_id"], row["state"], row["agent_id"], row["queued_at"], row["taken_at"])


def _standing() -> Select[Any]:
    """Seats with what their agents have, in numbers and times."""
    held = (
        select(
            contacts.c.agent_id,
            func.count().label("many"),
            func.count().filter(contacts.c.state == "active").label("active"),
            func.count().filter(contacts.c.state == "wrap_up").label("wrap_up"),
        )
        .where(contacts.c.state.in_(HELD))
        .group_by(contacts.c.agent_id)
        .subquery()
    )
    of_agent = assignments.c.agent_id == seats.c.agent_id
    open_ = assignments.c.until_at.is_(None)
    offered = (offers.c.agent_id == seats.c.agent_id) & (offers.c.state == "live")
    return (
        select(
            seats,
            func.coalesce(held.c.many, 0).label("many"),
            func.coalesce(held.c.active, 0).label("active"),
            func.coalesce(held.c.wrap_up, 0).label("wrap_up"),
            select(func.min(assignments.c.from_at)).where(of_agent, open_).scalar_subquery().label("busy_since"),
            select(func.min(assignments.c.released_at)).where(of_agent, open_).scalar_subquery().label("wrap_up_since"),
            select(func.max(assignments.c.until_at)).where(of_agent).scalar_subquery().label("free_since"),
            select(func.min(offers.c.offered_at)).where(offered).scalar_subquery().label("offered_since"),
        )
        .join_from(seats, held, held.c.agent_id == seats.c.agent_id, isouter=True)
        .where(seats.c.signed_on)
    )


def _state(row: Row) -> tuple[str, datetime]:
    """The system's word on an agent, and since when."""
    if row["lost"]:
        return "offline", row["since"]
    if row["active"]:
        return "busy", row["busy_since"] or row["since"]
    if row["engaged_in"] is not None:
        return "busy", max(row["since"], row["free_since"] or row["since"])
    if row["wrap_up"]:
        return "wrap_up", row["wrap_up_since"] or row["since"]
    if row["offered_since"]:
        return "offered", row["offered_since"]
    return "idle", max(row["since"], row["free_since"] or row["since"])
