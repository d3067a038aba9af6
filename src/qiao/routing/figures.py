"""How desks stand: who waits, who is there, what became of today's contacts."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import case, func, select

from qiao.kernel.ids import DeskId, UnitId
from qiao.platform.database import Transaction
from qiao.routing.desks import Desk, desks
from qiao.routing.model_rules import Profile
from qiao.routing.rules import read_profile
from qiao.routing.store import HELD, assignments, contacts, seats

QUICKLY_SECONDS: Final = 20.0
"""Answered within this: the industry's usual service level (80/20)."""


@dataclass(frozen=True, slots=True)
class DeskWaiting:
    """How many wait at a desk, since when the first of them, and whether anybody is there for them."""

    desk_id: DeskId
    waiting: int
    longest_since: datetime | None
    attended: bool


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One desk for the team leader's view; "today" by the desk's zone. Its agents are counted once each."""

    desk_id: DeskId
    name: str
    waiting: int
    longest_since: datetime | None
    answered_today: int
    answered_within_20s: int
    abandoned_today: int
    ready: int
    busy: int
    wrap_up: int
    not_ready: int


@dataclass(frozen=True, slots=True)
class Crew:
    """So many agents of one profile who stand alike: ready, busy, wrap_up or not_ready; `used`: their shares."""

    profile: Profile
    standing: str
    ready: bool
    agents: int
    used: int


async def waiting_summary(tx: Transaction, desk_ids: Iterable[DeskId]) -> list[DeskWaiting]:
    """How many wait (those being offered too) at each of these desks."""
    every, wanted = await desks(tx), set(desk_ids)
    known = [desk for desk in every if desk.id in wanted]
    counts = await waiting_counts(tx, [desk.id for desk in known])
    present = await crews(tx, every) if known else []
    return [
        DeskWaiting(
            desk.id,
            *counts.get(desk.id, (0, None)),
            attended=desk.plan.hours.open_at(tx.now) and any(desk.served_by(crew.profile) for crew in present),
        )
        for desk in known
    ]


async def desk_overview(tx: Transaction, unit_ids: Collection[UnitId], *, language: str = "zh-CN") -> list[DeskRow]:
    """All desks of these units (and those of none) with their figures of today."""
    every = await desks(tx)
    known = [desk for desk in every if desk.unit_id is None or desk.unit_id in unit_ids]
    counts = await waiting_counts(tx, [desk.id for desk in known])
    present = await crews(tx, every) if known else []
    return [await _desk_row(tx, desk, counts.get(desk.id, (0, None)), present, language) for desk in known]


async def waiting_counts(tx: Transaction, desk_ids: Sequence[DeskId]) -> dict[UUID, tuple[int, datetime | None]]:
    """desk -> how many wait, and since when the first; desks at which nobody waits are left out."""
    found = await tx.rows(
        select(contacts.c.desk_id, func.count().label("many"), func.min(contacts.c.queued_at).label("first"))
        .where(contacts.c.desk_id.in_(desk_ids), contacts.c.state.in_(("waiting", "offered")))
        .group_by(contacts.c.desk_id)
    )
    return {row["desk_id"]: (row["many"], row["first"]) for row in found}


async def crews(tx: Transaction, every: Sequence[Desk]) -> list[Crew]:
    """All who are signed on and answer, by profile and standing (few rows, however many); `every`: all desks."""
    held = (
        select(
            contacts.c.agent_id,
            func.array_agg(contacts.c.channel).label("channels"),
            func.bool_or(contacts.c.state == "active").label("active"),
            func.bool_or(contacts.c.state == "wrap_up").label("wrap_up"),
        )
        .where(contacts.c.state.in_(HELD))
        .group_by(contacts.c.agent_id)
        .subquery()
    )
    status = case((seats.c.engaged_in.is_not(None), "not_ready"), else_=seats.c.status).label("status")
    standing = case(
        (held.c.active | seats.c.engaged_in.is_not(None), "busy"),
        (held.c.wrap_up, "wrap_up"),
        (seats.c.status == "ready", "ready"),
        else_="not_ready",
    ).label("standing")
    columns: list[Any] = [seats.c.profile, standing, status, held.c.channels]
    found = await tx.rows(
        select(*columns, func.count().label("many"))
        .join_from(seats, held, held.c.agent_id == seats.c.agent_id, isouter=True)
        .where(seats.c.signed_on, ~seats.c.lost)
        .group_by(*columns)
    )
    made = []
    for row in found:
        profile = read_profile(row["profile"], [desk.id for desk in every])
        used = sum(profile.weight(channel) for channel in row["channels"] or ())
        made.append(Crew(profile, row["standing"], row["status"] == "ready", row["many"], used * row["many"]))
    return made


async def _desk_row(
    tx: Transaction, desk: Desk, waiting: tuple[int, datetime | None], present: list[Crew], language: str
) -> DeskRow:
    since = desk.plan.hours.day_began_at(tx.now)
    quickly = func.count().filter(assignments.c.waited_seconds <= QUICKLY_SECONDS)
    answered = await tx.one(
        select(func.count().label("all"), quickly.label("quickly")).where(
            assignments.c.desk_id == desk.id, assignments.c.from_at >= since
        )
    )
    abandoned = await tx.scalar(
        select(func.count()).where(
            contacts.c.desk_id == desk.id, contacts.c.state == "abandoned", contacts.c.left_at >= since
        )
    )
    assert answered is not None
    mine = [crew for crew in present if desk.served_by(crew.profile)]
    stand = (
        sum(crew.agents for crew in mine if crew.standing == standing)
        for standing in ("ready", "busy", "wrap_up", "not_ready")
    )
    return DeskRow(
        desk.id, desk.name(language), *waiting, answered["all"], answered["quickly"], int(abandoned or 0), *stand
    )
