"""The clocks of a case as rows: started with it, moved with it, and what each shows now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.cases.clock_book import Book, book, book_in_force
from qiao.cases.model import Status
from qiao.cases.model_calendars import Calendar
from qiao.cases.model_clocks import (
    CLOCKS,
    TOLD_BY,
    Clock,
    ClockKind,
    Rule,
    Step,
    breach_at,
    due_at,
    left_seconds,
    moved,
    retargeted,
    rule_for,
    started,
)
from qiao.cases.model_records import Case
from qiao.cases.store import cases
from qiao.cases.store_clocks import case_clocks
from qiao.customers import customers_by_ids
from qiao.kernel.ids import CaseId
from qiao.platform.database import Transaction
from qiao.platform.timers import cancel_timer, set_timer
from qiao.staff import all_units

CLOCK_DUE: Final = "cases.clock_due"
_ORDER: Final = tuple(CLOCKS)


@dataclass(frozen=True, slots=True)
class ClockShown:
    """What a clock shows: `left_seconds` of working time (below zero when breached), `breach_at` if it runs on.

    `standing` while its time does not go by, `met` once what it asks for has come.
    """

    case_id: CaseId
    kind: ClockKind
    target_seconds: float
    left_seconds: float
    breach_at: datetime | None
    breached_at: datetime | None
    met_at: datetime | None
    standing: bool


async def start_clocks(tx: Transaction, case: Case) -> None:
    """Start the clocks that its category, severity, segment and unit give a case that was opened now."""
    book_now = await book_in_force(tx)
    rule = rule_for(book_now.rules, await _values(tx, case, case.severity), tx.now)
    for clock in started(rule, tx.now) if rule is not None else ():
        row = _row(clock, book_now.calendars[clock.calendar])
        made = insert(case_clocks).values(case_id=case.id, kind=clock.kind, book=book_now.version, **row)
        await tx.execute(made.on_conflict_do_nothing())
        await _wait_for(tx, case.id, clock.kind, row["due_at"])


async def follow(tx: Transaction, case: Case, kind: str, status: Status) -> None:
    """Let the clocks of a locked case know what happened to it (`kind` of its history line) and where it stands now."""
    if kind == "opened":
        await start_clocks(tx, case)
        return
    if kind == "severity":
        await _retarget(tx, case)
        return
    for row in await _rows(tx, case.id):
        known = await book(tx, row["book"])
        clock, calendar = clock_of(row), known.calendars[row["calendar"]]
        after = moved(clock, calendar, status, tx.now, told=kind in TOLD_BY[clock.kind])
        await keep_clock(tx, case.id, clock, after, calendar)


async def _retarget(tx: Transaction, case: Case) -> None:
    """Its severity changed: the rule of the same book that holds now gives the targets."""
    severity = await tx.scalar(select(cases.c.severity).where(cases.c.id == case.id))
    rows = await _rows(tx, case.id)
    values = await _values(tx, case, severity) if rows else {}
    for row in rows:
        known = await book(tx, row["book"])
        rule: Rule | None = rule_for(known.rules, values, tx.now)
        if rule is None:
            continue
        clock = clock_of(row)
        after = retargeted(clock, rule, known.calendars[row["calendar"]], tx.now)
        await keep_clock(tx, case.id, clock, after, known.calendars[after.calendar])


async def keep_clock(tx: Transaction, case_id: CaseId, before: Clock, after: Clock, calendar: Calendar) -> None:
    """Write a clock that changed, and wait for its next step."""
    if after == before:
        return
    row = _row(after, calendar)
    mine = (case_clocks.c.case_id == case_id) & (case_clocks.c.kind == after.kind)
    await tx.execute(update(case_clocks).where(mine).values(row))
    await _wait_for(tx, case_id, after.kind, row["due_at"])


async def clocks_of(tx: Transaction, ids: Collection[CaseId]) -> dict[CaseId, tuple[ClockShown, ...]]:
    """The clocks of these cases as they show now, in one order; every case is a key."""
    rows = await tx.rows(select(case_clocks).where(case_clocks.c.case_id.in_(ids)))
    books = {version: await book(tx, version) for version in {row["book"] for row in rows}}
    found: dict[CaseId, list[ClockShown]] = {case_id: [] for case_id in ids}
    for row in sorted(rows, key=lambda one: _ORDER.index(one["kind"])):
        found[CaseId(row["case_id"])].append(_shown(row, books[row["book"]], tx.now))
    return {case_id: tuple(clocks) for case_id, clocks in found.items()}


def _shown(row: RowMapping, known: Book, now: datetime) -> ClockShown:
    clock, calendar = clock_of(row), known.calendars[row["calendar"]]
    return ClockShown(
        case_id=CaseId(row["case_id"]),
        kind=clock.kind,
        target_seconds=clock.target,
        left_seconds=left_seconds(clock, calendar, now),
        breach_at=row["breach_at"],
        breached_at=clock.breached_at,
        met_at=clock.met_at,
        standing=not clock.running,
    )


def clock_of(row: Mapping[str, Any] | RowMapping) -> Clock:
    """A row of `case_clocks` as the model's own value."""
    return Clock(
        kind=row["kind"],
        target=row["target_seconds"],
        calendar=row["calendar"],
        steps=tuple(Step(one["share"], one["act"], one["desk"]) for one in row["steps"]),
        used=row["used_seconds"],
        since=row["since"],
        steps_done=row["steps_done"],
        met_at=row["met_at"],
        breached_at=row["breached_at"],
    )


def _row(clock: Clock, calendar: Calendar) -> dict[str, Any]:
    return {
        "calendar": clock.calendar,
        "target_seconds": clock.target,
        "steps": [{"share": one.share, "act": one.act, "desk": one.desk} for one in clock.steps],
        "used_seconds": clock.used,
        "since": clock.since,
        "steps_done": clock.steps_done,
        "met_at": clock.met_at,
        "breached_at": clock.breached_at,
        "due_at": due_at(clock, calendar),
        "breach_at": breach_at(clock, calendar),
    }


async def _rows(tx: Transaction, case_id: CaseId) -> Sequence[RowMapping]:
    return await tx.rows(select(case_clocks).where(case_clocks.c.case_id == case_id).order_by(case_clocks.c.kind))


async def _wait_for(tx: Transaction, case_id: CaseId, kind: str, due: datetime | None) -> None:
    ref = f"{case_id}:{kind}"
    if due is None:
        await cancel_timer(tx, kind=CLOCK_DUE, ref=ref)
    else:
        await set_timer(tx, kind=CLOCK_DUE, ref=ref, due_at=due)


async def _values(tx: Transaction, case: Case, severity: int) -> dict[str, Any]:
    """What the condition of a rule asks for."""
    known = await customers_by_ids(tx, [case.customer_id]) if case.customer_id is not None else {}
    customer = known.get(case.customer_id) if case.customer_id is not None else None
    units = {unit.id: unit.code for unit in await all_units(tx)} if case.unit_id is not None else {}
    return {
        "kind": case.kind,
        "category": case.category_code,
        "severity": severity,
        "segment": customer.segment if customer is not None else "",
        "unit": units.get(case.unit_id, "") if case.unit_id is not None else "",
    }
