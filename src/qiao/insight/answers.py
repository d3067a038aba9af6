"""How soon people answer in writing: a row for each contact in which one was asked for, made of what is on record.

The target is the one that stood when he asked. Rows that are open still are looked up when they are read.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import RowMapping, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao import interactions, routing
from qiao.insight.model import day_of
from qiao.insight.model_answers import WRITTEN, Answers, Wait, by_day, summed
from qiao.insight.store import answers
from qiao.insight.zone import zone_of
from qiao.kernel.ids import InteractionId, UnitId
from qiao.platform.database import Transaction

MAX: Final = 10**6
READ_MAX: Final = 100_000
"""Contacts of a period that are looked at; a centre that has more in it reads shorter ones."""
_OVER: Final = (
    update(answers)
    .where(answers.c.id == bindparam("contact_id"))
    .values(answered_at=bindparam("answer_at"), gone_at=bindparam("end_at"))
)


async def note_asked(tx: Transaction, ids: Collection[InteractionId]) -> None:
    """A person was asked for in these; heard again, or handed on, the first time counts."""
    found = await interactions.interactions_by_ids(tx, ids)
    waiting = [one for one in found.values() if one.channel in WRITTEN and one.queued_at is not None]
    if not waiting:
        return
    entries = await _promising(tx)
    rows = []
    for one in waiting:
        entry, asked_at = entries.get(one.entry_point), one.queued_at
        assert asked_at is not None
        row: dict[str, Any] = {"id": one.id, "day": day_of(asked_at, zone_of()), "unit_id": one.unit_id}
        row |= {"entry_point": one.entry_point, "channel": one.channel}
        row["target_minutes"] = entry.answer_minutes if entry is not None else None
        row["from_at"] = (entry.opens_at(asked_at) if entry is not None else None) or asked_at
        rows.append(row)
    await tx.execute(insert(answers).values(rows).on_conflict_do_nothing(index_elements=["id"]))


async def _promising(tx: Transaction) -> dict[str, routing.EntryPoint]:
    """The service number that promises most by each code: a contact tells the code, which several numbers may share."""
    known = sorted(
        (await routing.entry_points(tx)).values(), key=lambda one: (-(one.answer_minutes or MAX), one.number)
    )
    return {one.code: one for one in known}


async def note_over(tx: Transaction, ids: Collection[InteractionId]) -> None:
    """These contacts are over: when a person first answered in each, if one did."""
    mine = select(answers.c.id).where(answers.c.id.in_(ids), answers.c.answered_at.is_(None))
    waited = [InteractionId(row["id"]) for row in await tx.rows(mine)]
    if not waited:
        return
    first = await interactions.first_answers(tx, waited)
    known = await interactions.interactions_by_ids(tx, waited)
    over = [{"contact_id": one, "answer_at": first.get(one), "end_at": known[one].ended_at} for one in waited]
    await tx.execute(_OVER, over)


async def answers_of(tx: Transaction, *, since: date, until: date, units: Collection[UnitId]) -> list[Answers]:
    """How soon people answered those who asked on these days (both included), of these units and of none."""
    return summed(await _waits(tx, since, until, units), tx.now)


async def answers_by_day(
    tx: Transaction, *, since: date, until: date, units: Collection[UnitId]
) -> list[tuple[date, Answers]]:
    """The same, day by day."""
    return by_day(await _waits(tx, since, until, units), tx.now)


async def _waits(tx: Transaction, since: date, until: date, units: Collection[UnitId]) -> list[Wait]:
    those = answers.c.day.between(since, until) & (answers.c.unit_id.in_(units) | answers.c.unit_id.is_(None))
    rows = await tx.rows(select(answers).where(those).order_by(answers.c.from_at.desc()).limit(READ_MAX))
    open_still = [InteractionId(row["id"]) for row in rows if row["answered_at"] is None and row["gone_at"] is None]
    live = await interactions.first_answers(tx, open_still)
    return [_wait(row, live) for row in rows]


def _wait(row: RowMapping, live: Mapping[InteractionId, datetime]) -> Wait:
    return Wait(
        day=row["day"],
        entry_point=row["entry_point"],
        channel=row["channel"],
        target_minutes=row["target_minutes"],
        from_at=row["from_at"],
        answered_at=row["answered_at"] or live.get(InteractionId(row["id"])),
        gone_at=row["gone_at"],
    )
