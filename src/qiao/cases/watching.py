"""The watch: a number is looked at for the codes of its case over two bills, so that we find it before the customer.

case opened with nothing on record ─ watch ─ every few hours ─ found: facts, history, the owner and the customer told
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.bss import Bill, Subscription
from qiao.cases.charges import BY, keep_charges
from qiao.cases.events_proof import WatchBegun, WatchEnded, WatchFound
from qiao.cases.facts import keep_fact
from qiao.cases.model_category import in_language
from qiao.cases.model_charges import Charge, charges_on, standing, subscriptions_of
from qiao.cases.model_records import Case
from qiao.cases.model_verification import month_after, month_of, readable_at
from qiao.cases.queries import category_of
from qiao.cases.settling import happened, locked
from qiao.cases.store_proof import case_sightings, case_watches
from qiao.cases.timeline import tell
from qiao.cases.verifying import look_now
from qiao.customers import customer
from qiao.kernel.ids import CaseId, new_id
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.failpoints import failpoint
from qiao.platform.jobs import defer
from qiao.platform.timers import cancel_timer, set_timer

WATCH: Final = "cases.watch"
LOOK: Final = "cases.look_at_watch"
FOUND: Final = "cases.watch_found.before_commit"
EVERY: Final = timedelta(hours=4)
AFTER_READABLE: Final = timedelta(days=7)
"""The watch goes on for so long after the second bill can be read, for charges that are rated late."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What a look needs to know."""

    case_id: CaseId
    service: ServiceId
    holder_ref: str
    codes: tuple[str, ...]
    months: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sighted:
    """What a look saw of what is watched for; `bills` are those of the months that can be looked at."""

    as_of: datetime
    running: tuple[Subscription, ...]
    bills: tuple[Bill, ...]
    still_his: bool = True


async def begin_watch(tx: Transaction, case_id: CaseId) -> bool:
    """Watch the number of a case whose category watches for something; once. False where there is nothing to watch."""
    case = await locked(tx, case_id)
    if case.customer_id is None or case.service_id is None or case.status == "closed":
        return False
    if not (await category_of(tx, case)).watch:
        return False
    until_at = readable_at(month_after(month_of(case.opened_at))) + AFTER_READABLE
    watch_id = new_id()
    made = insert(case_watches).values(
        id=watch_id, case_id=case_id, at=tx.now, by=BY, service_id=str(case.service_id), until_at=until_at
    )
    if await tx.scalar(made.on_conflict_do_nothing().returning(case_watches.c.id)) is None:
        return False
    await set_timer(tx, kind=WATCH, ref=str(watch_id), due_at=tx.now)
    await happened(tx, case, "watch_begun", by=BY)
    await emit(tx, WatchBegun(case_id, until_at))
    return True


async def watches_fall_due(tx: Transaction, refs: Sequence[str]) -> None:
    """The timer's work: a worker looks, with no transaction open; the next look is set whatever becomes of it."""
    for ref in refs:
        row = await tx.one(select(case_watches).where(case_watches.c.id == UUID(ref)))
        if row is None or row["ended_at"] is not None:
            continue
        await set_timer(tx, kind=WATCH, ref=ref, due_at=tx.now + EVERY)
        await defer(tx, LOOK, lock=f"{WATCH}:{ref}", watch_id=ref)


async def begin_look(tx: Transaction, watch_id: UUID) -> Watched | None:
    """What to look for; None when the watch is over, which is written down here, or while there is nothing to find."""
    row = await tx.one(select(case_watches).where(case_watches.c.id == watch_id))
    if row is None or row["ended_at"] is not None:
        return None
    case = await locked(tx, CaseId(row["case_id"]))
    if case.status == "closed" or tx.now >= row["until_at"]:
        await _end(tx, case, watch_id, "closed" if case.status == "closed" else "time")
        return None
    if not case.watch_terms or case.customer_id is None:
        return None
    first = month_of(case.opened_at)
    months = tuple(dict.fromkeys(min(month, month_of(tx.now)) for month in (first, month_after(first))))
    ref = (await customer(tx, case.customer_id)).operator_ref
    return Watched(case.id, ServiceId.from_text(row["service_id"]), ref, case.watch_terms, months)


async def settle_look(tx: Transaction, *, watch_id: UUID, seen: Sighted) -> int:
    """Write down what is there now and was not before. Returns how much of it is new."""
    row = await tx.one(select(case_watches).where(case_watches.c.id == watch_id).with_for_update())
    if row is None or row["ended_at"] is not None:
        return 0
    case = await locked(tx, CaseId(row["case_id"]))
    looked = {"looked_at": seen.as_of, "looks": case_watches.c.looks + 1}
    await tx.execute(update(case_watches).where(case_watches.c.id == watch_id).values(looked))
    if not seen.still_his:
        await _end(tx, case, watch_id, "number_changed_hands")
        return 0
    found = [await _subscription(tx, case, one, seen) for one in subscriptions_of(seen.running, case.watch_terms)]
    charges = [charge for bill in seen.bills for charge in standing(charges_on(bill, case.watch_terms))]
    found += [await _charge(tx, case, charge, seen) for charge in charges]
    issued = [charge for charge in charges if charge.issued]
    await keep_charges(tx, case, issued, by=BY)
    if issued and any(found):
        await look_now(tx, case.id, by=BY, why="watch")
    if any(found):
        failpoint(FOUND)
    return sum(found)


async def _subscription(tx: Transaction, case: Case, one: Subscription, seen: Sighted) -> bool:
    evidence = {
        "source": "operator/subscriptions",
        "as_of": seen.as_of.isoformat(),
        "name": dict(one.names),
        "provider": one.provider_name,
        "code": one.short_code,
        "since": one.since.isoformat(),
        "fee": str(one.monthly_fee),
    }
    facts = [("service_found", _named(one.names))]
    return await _sighting(tx, case, "subscription", one.ref, evidence, facts, one.monthly_fee.minor, "")


async def _charge(tx: Transaction, case: Case, charge: Charge, seen: Sighted) -> bool:
    line = charge.line
    evidence = {
        "source": "operator/bill",
        "as_of": seen.as_of.isoformat(),
        "month": charge.month,
        "state": "issued" if charge.issued else "open",
        "name": dict(line.text),
        "amount": str(charge.left),
        "at": line.at.isoformat(),
    }
    facts = [("charge_name", _named(line.text)), ("charge_amount", str(charge.left)), ("bill_month", charge.month)]
    ref = f"{charge.month}/{line.ref}"
    return await _sighting(tx, case, "charge", ref, evidence, facts, charge.left.minor, charge.month)


async def _sighting(
    tx: Transaction,
    case: Case,
    kind: str,
    ref: str,
    evidence: dict[str, Any],
    facts: Sequence[tuple[str, str]],
    minor: int,
    month: str,
) -> bool:
    """Keep it once; facts, history, the timeline, and an event for whoever tells the owner and the customer."""
    sighting_id = new_id()
    row = {"id": sighting_id, "case_id": case.id, "at": tx.now, "by": BY, "kind": kind, "ref": ref}
    made = insert(case_sightings).values(**row, evidence=evidence).on_conflict_do_nothing()
    if await tx.scalar(made.returning(case_sightings.c.id)) is None:
        return False
    for key, value in facts:
        await keep_fact(tx, case, key=key, value=value, by=BY, said_by=BY, interaction_id=None)
    await happened(tx, case, f"watch_found_{kind}", by=BY, details={"sighting_id": str(sighting_id)})
    await tell(tx, case, "case.watch_found", words=facts[0][1])
    await emit(tx, WatchFound(case.id, sighting_id, kind, minor, month, case.customer_id, case.owner_id))
    return True


async def _end(tx: Transaction, case: Case, watch_id: UUID, why: str) -> None:
    over = update(case_watches).where(case_watches.c.id == watch_id).values(ended_at=tx.now, ended_why=why)
    await tx.execute(over)
    await cancel_timer(tx, kind=WATCH, ref=str(watch_id))
    await happened(tx, case, "watch_ended", by=BY, details={"why": why})
    await emit(tx, WatchEnded(case.id, why))


def _named(names: Any) -> str:
    return in_language({"en": next(iter(names.values())), **names}, "zh-CN")
