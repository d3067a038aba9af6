"""Proving a resolution: its conditions are scheduled when it is made, looked at when they are due, and written down.

resolved ─ schedule ─▶ checks due ─ timer ─▶ job: take in hand │ ask outside any transaction │ write down
                                               passed ─▶ all of them? verified, the customer is asked
                                               failed ─▶ the case goes on; what was charged is put on hold
                                               unknown ─▶ asked again; past its expiry people are told
"""

import importlib.resources
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

import yaml
from sqlalchemy import RowMapping, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.cases.categories import CategoryNotUnderstood
from qiao.cases.charges import keep_charges
from qiao.cases.checkers import Found, Question
from qiao.cases.confirming import ask_customer
from qiao.cases.events_proof import CaseVerified, CheckExpired, CheckFailed, CheckPassed, ChecksScheduled
from qiao.cases.model_records import Case
from qiao.cases.model_verification import (
    Condition,
    Months,
    ask_again_after,
    condition_from,
    condition_problems,
    first_look_at,
    months_for,
)
from qiao.cases.queries import category_of
from qiao.cases.records import facts_where
from qiao.cases.settling import happened, locked
from qiao.cases.standing import standing_resolution_id
from qiao.cases.store import case_facts, cases, reopenings, resolutions, verifications
from qiao.cases.store_proof import case_checks, platform_confirmations
from qiao.cases.timeline import tell
from qiao.customers import customer
from qiao.kernel.ids import CaseId, CustomerId, UnitId, new_id
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.failpoints import failpoint
from qiao.platform.jobs import defer
from qiao.platform.timers import cancel_timer, set_timer

CHECK: Final = "cases.check"
RUN: Final = "cases.run_check"
BY: Final = "system:proof"
SCHEDULED: Final = "cases.schedule_checks.before_commit"
SETTLED: Final = "cases.settle_check.before_commit"
IN_DOUBT_AFTER: Final = timedelta(minutes=2)
"""Whoever looks has told by then, or has died: it is looked at again."""


@cache
def house_conditions() -> dict[str, tuple[Condition, ...]]:
    """The conditions of each kind of resolution. Raises CategoryNotUnderstood for a file that is not in order."""
    path = importlib.resources.files("qiao.cases") / "built_in" / "proof.yaml"
    read = yaml.safe_load(path.read_text("utf-8"))
    problems = [f"{kind}: {problem}" for kind, conditions in read.items() for problem in condition_problems(conditions)]
    if problems:
        raise CategoryNotUnderstood(problems="; ".join(problems))
    return {kind: tuple(condition_from(one) for one in conditions) for kind, conditions in read.items()}


async def schedule_checks(tx: Transaction, *, case: Case, resolution_id: UUID, kind: str) -> None:
    """Plan what must be seen before this resolution is proved; again changes nothing. The case's row is locked."""
    rules = await category_of(tx, case)
    conditions = (rules.prove if kind == "remedied" else ()) or house_conditions()[kind]
    months, due = await months_of(tx, case), []
    for condition in conditions:
        first = first_look_at(condition, resolved_at=tx.now, months=months)
        check_id = new_id()
        planned = insert(case_checks).values(
            id=check_id,
            case_id=case.id,
            at=tx.now,
            by=BY,
            resolution_id=resolution_id,
            condition=condition.code,
            checker=condition.check,
            asks=dict(condition.asks),
            names=dict(condition.text),
            month=months.of(condition.bill),
            due_at=first,
            expires_at=first + timedelta(days=condition.expires_days),
        )
        kept = await tx.scalar(planned.on_conflict_do_nothing().returning(case_checks.c.id))
        if kept is not None:
            await set_timer(tx, kind=CHECK, ref=str(check_id), due_at=first)
            due.append(first)
    if due:
        codes = tuple(one.code for one in conditions)
        await emit(tx, ChecksScheduled(case.id, resolution_id, codes, max(due)))
        failpoint(SCHEDULED)


async def plan_missing(tx: Transaction, *, most: int = 500) -> int:
    """Plan the checks of cases that were resolved before there were any (an upgrade); returns how many cases.

    Without it they would wait for their proof for ever.
    """
    unplanned = ~exists().where(case_checks.c.case_id == cases.c.id)
    rows = await tx.rows(select(cases.c.id).where(cases.c.status == "resolved", unplanned).limit(most))
    for row in rows:
        case = await locked(tx, CaseId(row["id"]))
        newest = select(resolutions.c.id, resolutions.c.kind).where(resolutions.c.case_id == case.id)
        last = await tx.one(newest.order_by(resolutions.c.at.desc(), resolutions.c.id.desc()).limit(1))
        if last is not None and case.status == "resolved":
            await schedule_checks(tx, case=case, resolution_id=last["id"], kind=last["kind"])
    return len(rows)


async def months_of(tx: Transaction, case: Case) -> Months:
    """The months that the conditions of this case speak of."""
    his = reopenings.c.by.startswith("customer:") & (reopenings.c.case_id == case.id)
    reopened_at: datetime | None = await tx.scalar(select(func.max(reopenings.c.at)).where(his))
    facts = await facts_where(tx, case_facts.c.case_id == case.id, case_facts.c.key == "bill_month")
    named = [fact.value for fact in facts if fact.withdrawn_at is None]
    return months_for(case.opened_at, reopened_at, named)


async def checks_fall_due(tx: Transaction, refs: Sequence[str]) -> None:
    """The timer's work: a worker looks, with no transaction open."""
    for ref in refs:
        await defer(tx, RUN, lock=f"{CHECK}:{ref}", check_id=ref)


async def look_now(tx: Transaction, case_id: CaseId, *, by: str, why: str) -> int:
    """Look at everything that waits about this case at once instead of when it is due. Returns how many."""
    resolution_id = await standing_resolution_id(tx, case_id)
    waiting = select(case_checks.c.id).where(
        case_checks.c.resolution_id == resolution_id, case_checks.c.due_at.is_not(None)
    )
    found = [row["id"] for row in await tx.rows(waiting)] if resolution_id else []
    for check_id in found:
        await set_timer(tx, kind=CHECK, ref=str(check_id), due_at=tx.now)
    if found:
        await happened(tx, await locked(tx, case_id), "look_now", by=by, details={"why": why})
    return len(found)


async def platform_confirmed(tx: Transaction, *, case_id: CaseId, reference: str, what: str, by: str) -> bool:
    """A content platform, or another system, says that it has done its part: everything is looked at now.

    It is no proof by itself. The same `reference` again changes nothing; False then.
    """
    case = await locked(tx, case_id)
    row = {"id": new_id(), "case_id": case_id, "at": tx.now, "by": by, "reference": reference, "what": what}
    kept = insert(platform_confirmations).values(**row).on_conflict_do_nothing()
    if await tx.scalar(kept.returning(platform_confirmations.c.id)) is None:
        return False
    await happened(tx, case, "platform_confirmed", by=by, details={"reference": reference})
    await look_now(tx, case_id, by=BY, why="platform_confirmed")
    return True


async def begin_check(tx: Transaction, check_id: UUID) -> Question | None:
    """Take a check in hand; None when its outcome is on record or its resolution stands no more."""
    row = await tx.one(select(case_checks).where(case_checks.c.id == check_id))
    if row is None or row["due_at"] is None:
        return None
    case = await locked(tx, CaseId(row["case_id"]))
    if await standing_resolution_id(tx, case.id) != row["resolution_id"]:
        await tx.execute(update(case_checks).where(case_checks.c.id == check_id).values(due_at=None))
        return None
    await set_timer(tx, kind=CHECK, ref=str(check_id), due_at=tx.now + IN_DOUBT_AFTER)
    resolved = await tx.one(
        select(resolutions.c.at, resolutions.c.interaction_id).where(resolutions.c.id == row["resolution_id"])
    )
    assert resolved is not None
    return Question(
        case_id=case.id,
        resolution_id=row["resolution_id"],
        condition=row["condition"],
        checker=row["checker"],
        asks=row["asks"],
        month=row["month"],
        months=await months_of(tx, case),
        service=case.service_id,
        holder_ref=(await customer(tx, case.customer_id)).operator_ref if case.customer_id else None,
        codes=case.watch_terms,
        opened_at=case.opened_at,
        resolved_at=resolved["at"],
        interaction_id=resolved["interaction_id"],
        early=row["due_at"] > tx.now,
    )


async def settle_check(tx: Transaction, *, check_id: UUID, found: Found) -> None:
    """Write down what was seen, and go on from there. What is on record already stays as it is."""
    case_id = await tx.scalar(select(case_checks.c.case_id).where(case_checks.c.id == check_id))
    case = await locked(tx, CaseId(case_id))
    row = await tx.one(select(case_checks).where(case_checks.c.id == check_id))
    assert row is not None
    stands = await standing_resolution_id(tx, case.id) == row["resolution_id"]
    if row["due_at"] is None or not stands:
        await cancel_timer(tx, kind=CHECK, ref=str(check_id))
        return
    seen: dict[str, Any] = {"looked_at": tx.now, "reason": found.reason, "tries": row["tries"]}
    if found.outcome == "unknown":
        await _ask_again(tx, case, row, found, seen)
    else:
        await tx.execute(update(case_checks).where(case_checks.c.id == check_id).values(**seen, due_at=None))
        await cancel_timer(tx, kind=CHECK, ref=str(check_id))
        await _told(tx, case, row, found)
    failpoint(SETTLED)


async def _ask_again(tx: Transaction, case: Case, row: RowMapping, found: Found, seen: dict[str, Any]) -> None:
    """Nobody can tell yet: later, then; what is only too early is no failed try."""
    tries = row["tries"] + (found.again_at is None)
    next_at = found.again_at or tx.now + ask_again_after(tries)
    expired = row["expired_at"] is None and tx.now >= row["expires_at"]
    if tx.now < row["expires_at"]:
        next_at = min(next_at, row["expires_at"])
    if found.again_at and row["due_at"] > tx.now:  # somebody asked before it was due; it is due when it was
        next_at = row["due_at"]
    seen |= {"tries": tries, "due_at": next_at} | ({"expired_at": tx.now} if expired else {})
    await tx.execute(update(case_checks).where(case_checks.c.id == row["id"]).values(**seen))
    await set_timer(tx, kind=CHECK, ref=str(row["id"]), due_at=seen["due_at"])
    if row["reason"] != found.reason or row["looked_at"] is None:
        await _verification(tx, case, row, found)
    if expired:
        details = {"condition": row["condition"], "reason": found.reason}
        await happened(tx, case, "check_expired", by=BY, details=details)
        await tell(tx, case, "case.check_expired", what=dict(row["names"]))
        about = (row["resolution_id"], row["condition"], found.reason, case.owner_id, case.desk_id)
        await emit(tx, CheckExpired(case.id, *about))


async def _told(tx: Transaction, case: Case, row: RowMapping, found: Found) -> None:
    """A telling outcome: proved when it was the last to pass; the case goes on when it failed."""
    await _verification(tx, case, row, found)
    charged = sum(charge.left.minor for charge in found.charges)
    details = {"condition": row["condition"], "reason": found.reason, "minor": charged, "month": row["month"]}
    if found.outcome == "failed":
        await tx.execute(update(cases).where(cases.c.id == case.id).values(returned_at=tx.now))
        case = await locked(tx, case.id)
    status = await happened(tx, case, f"check_{found.outcome}", by=BY, details=details)
    if found.outcome == "failed":
        await keep_charges(tx, case, found.charges, by=BY)
        await tell(tx, case, "case.check_failed", what=dict(row["names"]))
        about = (row["resolution_id"], row["condition"], found.reason, charged, row["month"])
        await emit(tx, CheckFailed(case.id, *about, case.customer_id, case.owner_id, case.desk_id))
        return
    await emit(tx, CheckPassed(case.id, row["resolution_id"], row["condition"]))
    if status == "verified":
        await tell(tx, case, "case.verified")
        await emit(tx, CaseVerified(case.id, row["resolution_id"], case.customer_id))
        await ask_customer(tx, case=case, resolution_id=row["resolution_id"])


async def _verification(tx: Transaction, case: Case, row: RowMapping, found: Found) -> None:
    await tx.execute(
        verifications.insert().values(
            id=new_id(),
            case_id=case.id,
            at=tx.now,
            by=BY,
            resolution_id=row["resolution_id"],
            condition=row["condition"],
            outcome=found.outcome,
            evidence={"reason": found.reason, **found.evidence},
        )
    )


async def whose(tx: Transaction, case_id: CaseId) -> tuple[CustomerId | None, UnitId | None]:
    """Whose case it is, for the record of who looked at what."""
    row = await tx.one(select(cases.c.customer_id, cases.c.unit_id).where(cases.c.id == case_id))
    return (row["customer_id"], row["unit_id"]) if row else (None, None)
