"""What is done when a step of a clock is due: many cases in one transaction, each step once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, select, update

from qiao.cases.clock_book import Book, book
from qiao.cases.clocks import CLOCK_DUE, clock_of
from qiao.cases.events import ClockBreached, ClockWarned
from qiao.cases.model_clocks import Clock, ClockKind, Step, due_at, stepped
from qiao.cases.model_records import Case
from qiao.cases.operations import hand_by_clock, raise_by_clock
from qiao.cases.queries import case_row
from qiao.cases.store import case_history, cases
from qiao.cases.store_clocks import case_clocks
from qiao.kernel.events import Event
from qiao.kernel.ids import CaseId, new_id
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.failpoints import failpoint
from qiao.platform.live import touch_all
from qiao.platform.timers import set_timers

STEPS_WRITTEN: Final = "cases.clock_steps.before_commit"
BY: Final = "system:clocks"


@dataclass(frozen=True, slots=True)
class _Due:
    """One clock with the steps that were due, as it is after them."""

    case: Case
    before: Clock
    after: Clock
    taken: tuple[Step, ...]
    next_at: datetime | None


async def clocks_fall_due(tx: Transaction, refs: list[str]) -> None:
    """The timer's work: take every step that is due by now. What moved meanwhile waits for its own time."""
    wanted = defaultdict(set)
    for ref in refs:
        case_id, _, kind = ref.rpartition(":")
        wanted[UUID(case_id)].add(kind)
    held = select(cases).where(cases.c.id.in_(wanted)).order_by(cases.c.id).with_for_update(key_share=True)
    known = {row["id"]: case_row(row) for row in await tx.rows(held)}
    rows = await tx.rows(select(case_clocks).where(case_clocks.c.case_id.in_(known)))
    books = {version: await book(tx, version) for version in {row["book"] for row in rows}}
    mine = [row for row in rows if row["kind"] in wanted[row["case_id"]]]
    due = [_stepped(known[row["case_id"]], row, books[row["book"]], tx.now) for row in mine]
    await _write(tx, [one for one in due if one.after != one.before])
    for one in due:
        for step in one.taken:
            await _escalate(tx, one.case, step)
    failpoint(STEPS_WRITTEN)


def _stepped(case: Case, row: RowMapping, known: Book, now: datetime) -> _Due:
    before, calendar = clock_of(row), known.calendars[row["calendar"]]
    after, taken = stepped(before, calendar, now)
    return _Due(case, before, after, taken, due_at(after, calendar))


async def _write(tx: Transaction, due: Sequence[_Due]) -> None:
    """Clocks, history, events and next timers in a few statements, however many cases there are."""
    if not due:
        return
    mine = (case_clocks.c.case_id == bindparam("of_case")) & (case_clocks.c.kind == bindparam("of_kind"))
    names = ("steps_done", "breached_at", "due_at")
    changed = [
        {
            "of_case": one.case.id,
            "of_kind": one.after.kind,
            "steps_done": one.after.steps_done,
            "breached_at": one.after.breached_at,
            "due_at": one.next_at,
        }
        for one in due
    ]
    await tx.connection.execute(
        update(case_clocks).where(mine).values({name: bindparam(name) for name in names}), changed
    )
    await tx.execute(case_history.insert().values([_line(tx, one) for one in due]))
    await emit(tx, *(_event(one) for one in due))
    again = {f"{one.case.id}:{one.after.kind}": one.next_at for one in due if one.next_at is not None}
    await set_timers(tx, kind=CLOCK_DUE, due=again)
    owners = {f"agent:{one.case.owner_id}" for one in due if one.case.owner_id is not None}
    await touch_all(tx, {f"case:{one.case.id}" for one in due} | owners)


def _line(tx: Transaction, one: _Due) -> dict[str, Any]:
    return {
        "id": new_id(),
        "case_id": one.case.id,
        "at": tx.now,
        "by": BY,
        "interaction_id": None,
        "kind": "clock_breached" if _breaks(one) else "clock_warned",
        "details": {"clock": one.after.kind, "acts": [step.act for step in one.taken]},
    }


def _event(one: _Due) -> Event:
    leader = any(step.act == "tell_leader" for step in one.taken)
    made = ClockBreached if _breaks(one) else ClockWarned
    kind: ClockKind = one.after.kind
    return made(CaseId(one.case.id), kind, one.case.owner_id, one.case.unit_id, leader)


def _breaks(one: _Due) -> bool:
    return one.before.breached_at is None and one.after.breached_at is not None


async def _escalate(tx: Transaction, case: Case, step: Step) -> None:
    if step.act == "raise_severity":
        await raise_by_clock(tx, case_id=case.id)
    elif step.act == "hand_to_desk":
        await hand_by_clock(tx, case_id=case.id, desk=step.desk)
