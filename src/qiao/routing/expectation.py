"""What may truthfully be told to somebody who thinks of waiting."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping, case, func, select

from qiao.kernel.ids import InteractionId, UnitId
from qiao.platform.database import Transaction
from qiao.routing.desks import Desk, desk_for, desks
from qiao.routing.figures import Crew, crews, waiting_counts
from qiao.routing.model_rules import Needs
from qiao.routing.model_state import URGENT_SECONDS
from qiao.routing.store import assignments, contacts

RECENT: Final = timedelta(hours=1)
ENOUGH: Final = 5
"""Fewer answered contacts than this in the recent hour: the desk's guess stands for the mean."""


@dataclass(frozen=True, slots=True)
class Expected:
    """`attended` False: closed, or nobody signed in who could help. `wait_seconds` None: cannot be told now."""

    attended: bool
    wait_seconds: int | None
    opens_at: datetime | None


@dataclass(frozen=True, slots=True)
class Place:
    """How many wait before a contact at its desk, whether anybody is there for it, and how long it waits still."""

    ahead: int
    attended: bool
    wait_seconds: int | None


async def expected_wait(
    tx: Transaction,
    *,
    entry_point: str,
    channel: str,
    language: str,
    segment: str,
    unit_id: UnitId | None = None,
) -> Expected:
    """How long somebody who comes now this way would wait, at his desk or where it overflows to.

    While nobody waits and somebody has room: 0. Else (waiting ahead + 1) x mean handling / places: with all s places
    taken and each taken for a mean of h seconds, one becomes free every h/s seconds. Mean handling (talk and wrap-up)
    is of the contacts that the desk ended in the recent hour; places are those of agents who are ready.
    """
    desk = await desk_for(tx, entry_point=entry_point, segment=segment or None, unit_id=unit_id)
    if desk is None:
        return Expected(attended=False, wait_seconds=None, opens_at=None)
    every = await desks(tx)
    present = await crews(tx, every)
    before, seen, opens_at = 0.0, set[UUID](), None
    while desk is not None and desk.id not in seen:
        seen.add(desk.id)
        if desk.plan.hours.open_at(tx.now):
            fitting = [crew for crew in present if _serves(desk, crew, channel, language, segment, unit_id)]
            if fitting:
                wait = await _wait_seconds(tx, desk, fitting, channel)
                return Expected(
                    attended=True, wait_seconds=None if wait is None else ceil(before + wait), opens_at=None
                )
        elif opens_at is None:
            opens_at = desk.plan.hours.opens_at(tx.now)
        core = desk.plan.core
        before += core.overflow_after_seconds or 0.0
        onward = core.overflow_desk_id if core.overflow_after_seconds is not None else None
        desk = next((one for one in every if one.id == onward), None)
    return Expected(attended=False, wait_seconds=None, opens_at=opens_at)


def _serves(desk: Desk, crew: Crew, channel: str, language: str, segment: str, unit_id: UnitId | None) -> bool:
    """Whether these agents may get such a contact, at once or once its needs have relaxed."""
    rules = desk.plan.routed

    def needs(stage: int) -> Needs:
        return rules.needs(
            channel=channel, language=language or None, segment=segment or None, unit=unit_id, stage=stage
        )

    return any(crew.profile.serves(needs(stage)) for stage in {0, len(rules.relax)})


async def place_in_line(tx: Transaction, interaction_id: InteractionId, *, needs_language: bool = True) -> Place | None:
    """Where a waiting contact stands at its desk now; None when it waits no (longer).

    The expectation is that of `expected_wait` with those who truly rank before it: queued earlier, head starts counted.
    `needs_language` False: as if anybody's language would do.
    """
    mine = await tx.one(
        select(contacts).where(
            contacts.c.interaction_id == interaction_id, contacts.c.state.in_(("waiting", "offered"))
        )
    )
    if mine is None:
        return None
    every = await desks(tx)
    desk = next(one for one in every if one.id == mine["desk_id"])
    ahead = await _ahead(tx, desk, mine)
    if not desk.plan.hours.open_at(tx.now):
        return Place(ahead, attended=False, wait_seconds=None)
    told = (mine["language"] or "") if needs_language else ""
    asked = (mine["channel"], told, mine["segment"] or "", mine["unit_id"])
    fitting = [crew for crew in await crews(tx, every) if _serves(desk, crew, *asked)]
    wait = await _wait_seconds(tx, desk, fitting, mine["channel"], waiting=ahead) if fitting else None
    return Place(ahead, attended=bool(fitting), wait_seconds=None if wait is None else ceil(wait))


async def _ahead(tx: Transaction, desk: Desk, mine: RowMapping) -> int:
    """How many rank before it, by the desk's head starts; what is urgent goes before all."""
    starts = dict(desk.plan.core.head_start_seconds)
    epoch = func.extract("epoch", contacts.c.queued_at)
    rank = epoch - case(starts, value=contacts.c.segment, else_=0.0) if starts else epoch
    rank -= case((contacts.c.urgent, URGENT_SECONDS), else_=0.0)
    own = mine["queued_at"].timestamp() - starts.get(mine["segment"] or "", 0.0)
    own -= URGENT_SECONDS if mine["urgent"] else 0.0
    waiting = (contacts.c.desk_id == desk.id) & contacts.c.state.in_(("waiting", "offered"))
    others = waiting & (contacts.c.interaction_id != mine["interaction_id"]) & (rank < own)
    return int(await tx.scalar(select(func.count()).where(others)) or 0)


async def _wait_seconds(
    tx: Transaction, desk: Desk, fitting: list[Crew], channel: str, *, waiting: int | None = None
) -> float | None:
    ready = [crew for crew in fitting if crew.ready]
    if waiting is None:
        waiting = (await waiting_counts(tx, [desk.id])).get(desk.id, (0, None))[0]
    room = any(crew.used // crew.agents + crew.profile.weight(channel) <= crew.profile.whole for crew in ready)
    if room and not waiting:
        return 0.0
    places = sum(crew.agents * (crew.profile.whole // crew.profile.weight(channel)) for crew in ready)
    if not places:
        return None
    return (waiting + 1) * await _mean_handling(tx, desk) / places


async def _mean_handling(tx: Transaction, desk: Desk) -> float:
    lasted = func.extract("epoch", assignments.c.until_at - assignments.c.from_at)
    row = await tx.one(
        select(func.count().label("many"), func.avg(lasted).label("mean")).where(
            assignments.c.desk_id == desk.id,
            assignments.c.until_at >= tx.now - RECENT,
            assignments.c.why.in_(("finished", "overran")),
        )
    )
    if row is None or row["many"] < ENOUGH:
        return desk.plan.handling_seconds
    return float(row["mean"])
