"""What is done when a step of a clock is due: many cases in one transaction, each step once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, select, update

from qiao.cases.clock_book import book
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
from qiao.platform.live import touch
from qiao.platform.timers import set_timer

STEPS_WRITTEN: Final = "cases.clock_steps.before_commit"
BY: Final = "system:clocks"


@dataclass(frozen=True, slots=True)
class _Due:
    """One clock with the steps that were due, as it is after them."""

    case: Case
    before: Clock
    after: Clock
    taken: tuple[Step, ...]
    row: RowMapping


async def clocks_fall_due(tx: Transaction, refs: list[str]) -> None:
    """The timer's work: take every step that is due by now. What moved meanwhile waits for its own time."""
    wanted = defaultdict(set)
    for ref in refs:
        case_id, _, kind = ref.rpartition(":")
        wanted[UUID(case_id)].add(kind)
    held = select(cases).where(cases.c.id.in_(wanted)).order_by(cases.c.id).with_for_update(key_share=True)
    known = {row["id"]: case_row(row) for row in await tx.rows(held)}
    rows = await tx.rows(select(case_clocks).where(case_clocks.c.case_id.in_(known)))
    due = [await _stepped(tx, known[row["case_id"]], row) for row in rows if row["kind"] in wanted[row["case_id"]]]
    await _write(tx, due)
    for one in due:
        for step in one.taken:
            await _escalate(tx, one.case, step)
    failpoint(STEPS_WRITTEN)


async def _stepped(tx: Transaction, case: Case, row: RowMapping) -> _Due:
    before = clock_of(row)
    after, taken = stepped(before, (await book(tx, row["book"])).calendars[row["calendar"]], tx.now)
    return _Due(case, before, after, taken, row)


async def _write(tx: Transaction, due: Sequence[_Due]) -> None:
    """Clocks, history and events in a few statements, however many cases there are."""
    mine = (case_clocks.c.case_id == bindparam("of_case")) & (case_clocks.c.kind == bindparam("of_kind"))
    moved = [one for one in due if one.after != one.before]
    if moved:
        keep = (
            update(case_clocks)
            .where(mine)
            .values(steps_done=bindparam("done"), breached_at=bindparam("breached"), due_at=bindparam("due"))
        )
        await tx.connection.execute(keep, [await _changed(tx, one) for one in moved])
        await tx.execute(case_history.insert(), [_line(tx, one) for one in moved])
        await emit(tx, *(_event(one) for one in moved))
    for one in due:
        await touch(tx, f"case:{one.case.id}")
        if one.case.owner_id is not None:
            await touch(tx, f"agent:{one.case.owner_id}")


async def _changed(tx: Transaction, one: _Due) -> dict[str, Any]:
    calendar = (await book(tx, one.row["book"])).calendars[one.row["calendar"]]
    again = due_at(one.after, calendar)
    if again is not None:
        await set_timer(tx, kind=CLOCK_DUE, ref=f"{one.case.id}:{one.after.kind}", due_at=again)
    return {
        "of_case": one.case.id,
        "of_kind": one.after.kind,
        "done": one.after.steps_done,
        "breached": one.after.breached_at,
        "due": again,
    }


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
