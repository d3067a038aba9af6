"""The one place where a case moves: its row is locked, its history written, and where it stands derived anew."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.cases.clocks import follow
from qiao.cases.events import CustomerOfCaseKnown, InteractionLinked
from qiao.cases.finding import index_words
from qiao.cases.model import LastResolution, Standing, Status, status_of
from qiao.cases.model_records import Case
from qiao.cases.proof_records import verified_by
from qiao.cases.queries import case_row
from qiao.cases.store import (
    case_facts,
    case_history,
    case_interactions,
    cases,
    confirmations,
    information_requests,
    promise_breaches,
    promise_keepings,
    promises,
    reopenings,
    request_answers,
    request_items,
    request_withdrawals,
    resolutions,
)
from qiao.cases.store_proof import case_checks, dormancies, wakings
from qiao.cases.timeline import tell
from qiao.interactions import interaction, link_matter
from qiao.kernel.ids import CaseId, CustomerId, InteractionId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound, Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.live import touch
from qiao.platform.policy import Level

SAYS_MORE: Final = frozenset({"opened", "words", "facts", "provided"})
"""What brings words by which the case is found."""
ON_THE_WAY: Final = frozenset[Status]({"open", "waiting_for_us", "waiting_for_customer"})
"""Work is left: a case that came back stays at the head of its desk."""


class CaseChangedMeanwhile(Refused):
    """Somebody else moved the case since the page was made."""

    code = "cases.changed_meanwhile"
    text = N_("Case {number} was changed by somebody else meanwhile. Nothing was overwritten; look again, then decide.")


class CaseIsClosed(Refused):
    """A closed case takes no more records; it can be reopened."""

    code = "cases.closed"
    text = N_("Case {number} is closed, so nothing was added. Reopen it first if it goes on.")


class ContactOfSomebodyElse(Refused):
    """The contact belongs to another customer than the case."""

    code = "cases.contact_of_somebody_else"
    text = N_("That contact is with another customer than case {number}. Nothing was changed.")


async def locked(
    tx: Transaction, case_id: CaseId, *, seen_version: int | None = None, customer: str | None = None
) -> Case:
    """The case, held until the transaction ends, so that two agents at once come one after the other.

    `seen_version` is what the asker last saw: CaseChangedMeanwhile if it moved on. `customer` is the actor's reference:
    a customer finds only his own case. Raises NotFound.
    """
    row = await tx.one(select(cases).where(cases.c.id == case_id).with_for_update(key_share=True))
    if row is None:
        raise NotFound
    case = case_row(row)
    if customer is not None and customer.startswith("customer:") and customer != f"customer:{case.customer_id}":
        raise NotFound
    if seen_version is not None and seen_version != case.version:
        raise CaseChangedMeanwhile(number=case.number)
    return case


def must_be_live(case: Case) -> None:
    """Raises CaseIsClosed."""
    if case.status == "closed":
        raise CaseIsClosed(number=case.number)


async def link(tx: Transaction, case: Case, interaction_id: InteractionId | None, by: str) -> None:
    """Say that a contact was about this case; again changes nothing. Raises NotFound, ContactOfSomebodyElse."""
    if interaction_id is None:
        return
    contact = await interaction(tx, interaction_id)
    if contact.customer_id is not None and contact.customer_id != case.customer_id:
        if case.customer_id is not None:
            raise ContactOfSomebodyElse(number=case.number)
        if contact.level >= Level.ONE_FACTOR:  # before that it may be a number that somebody only named
            await give(tx, case, contact.customer_id, contact.service_id)
    written = insert(case_interactions).values(
        case_id=case.id, interaction_id=interaction_id, linked_at=tx.now, linked_by=by
    )
    fresh = await tx.scalar(written.on_conflict_do_nothing().returning(case_interactions.c.case_id))
    if fresh is not None:
        await link_matter(tx, interaction_id=interaction_id, matter=f"case:{case.id}")
        await emit(tx, InteractionLinked(case.id, interaction_id))
        await touch(tx, f"interaction:{interaction_id}")
        await touch(tx, f"case:{case.id}")


async def give(tx: Transaction, case: Case, customer_id: CustomerId, service: ServiceId | None) -> None:
    """A case opened before anybody knew whose it is belongs to whoever proved who he is in its contact.

    It is about the service on which he proved it, unless it names another.
    """
    known = replace(case, customer_id=customer_id, service_id=case.service_id or service)
    about = str(known.service_id) if known.service_id else None
    await tx.execute(update(cases).where(cases.c.id == case.id).values(customer_id=customer_id, service_id=about))
    for table in (case_facts, promises):
        await tx.execute(update(table).where(table.c.case_id == case.id).values(customer_id=customer_id))
    await tell(tx, known, "case.opened", at=case.opened_at, category=case.category_code)
    await emit(tx, CustomerOfCaseKnown(case.id, customer_id))
    await touch(tx, f"case:{case.id}")


async def happened(
    tx: Transaction,
    case: Case,
    kind: str,
    *,
    by: str,
    interaction_id: InteractionId | None = None,
    details: dict[str, Any] | None = None,
) -> Status:
    """Write the line of history, derive where the case stands now, and tell whoever looks at it. Returns the status."""
    await link(tx, case, interaction_id, by)
    line_id = new_id()
    await tx.execute(
        case_history.insert().values(
            id=line_id,
            case_id=case.id,
            at=tx.now,
            by=by,
            interaction_id=interaction_id,
            kind=kind,
            details=details or {},
        )
    )
    status = await _settle(tx, case, line_id)
    await follow(tx, case, kind, status)
    if kind in SAYS_MORE:
        await index_words(tx, case)
    await touch(tx, f"case:{case.id}")
    if case.customer_id is not None:
        await touch(tx, f"customer:{case.customer_id}")
    if case.owner_id is not None:
        await touch(tx, f"agent:{case.owner_id}")
    if case.desk_id is not None:
        await touch(tx, f"desk:{case.desk_id}")
    return status


async def _settle(tx: Transaction, case: Case, line_id: UUID) -> Status:
    status = status_of(await standing_of(tx, case.id))
    red_since, due_at = await _promised(tx, case.id)
    if status == "resolved":
        red_since = min(filter(None, (red_since, await _unproved_since(tx, case.id))), default=None)
    await tx.execute(
        update(cases)
        .where(cases.c.id == case.id)
        .values(
            status=status,
            red_since=red_since,
            due_at=due_at,
            returned_at=case.returned_at if status in ON_THE_WAY else None,
            moved_at=tx.now,
            version=cases.c.version + 1,
        )
    )
    if status != case.status or not await _has_line(tx, case.id, line_id):
        await tx.execute(update(case_history).where(case_history.c.id == line_id).values(status=status))
    return status


async def _has_line(tx: Transaction, case_id: CaseId, line_id: UUID) -> bool:
    """Whether anything happened before this line."""
    earlier = select(case_history.c.id).where(case_history.c.case_id == case_id, case_history.c.id != line_id)
    return await tx.scalar(earlier.limit(1)) is not None


async def standing_of(tx: Transaction, case_id: CaseId) -> Standing:
    """All that decides where the case stands, from its records."""
    moved = select(
        func.max(case_history.c.at).filter(case_history.c.by.startswith("customer:")).label("customer_moved_at"),
        func.max(case_history.c.at).filter(case_history.c.by.startswith("agent:")).label("staff_moved_at"),
    ).where(case_history.c.case_id == case_id)
    row = await tx.one(moved)
    assert row is not None
    last = {
        table.name: await tx.scalar(select(func.max(table.c.at)).where(table.c.case_id == case_id))
        for table in (reopenings, dormancies, wakings)
    }
    return Standing(
        resolution=await _last_resolution(tx, case_id),
        reopened_at=last[reopenings.name],
        items_open=await tx.scalar(_open_items(case_id)),
        customer_moved_at=row["customer_moved_at"],
        staff_moved_at=row["staff_moved_at"],
        dormant_at=last[dormancies.name],
        woken_at=last[wakings.name],
    )


def _open_items(case_id: CaseId) -> Any:
    answered = exists().where(
        and_(request_answers.c.request_id == request_items.c.request_id, request_answers.c.key == request_items.c.key)
    )
    withdrawn = exists().where(request_withdrawals.c.request_id == request_items.c.request_id)
    return (
        select(func.count())
        .select_from(request_items.join(information_requests))
        .where(information_requests.c.case_id == case_id, ~answered, ~withdrawn)
    )


async def _last_resolution(tx: Transaction, case_id: CaseId) -> LastResolution | None:
    row = await tx.one(
        select(resolutions.c.id, resolutions.c.at, confirmations.c.solved)
        .outerjoin(confirmations, confirmations.c.resolution_id == resolutions.c.id)
        .where(resolutions.c.case_id == case_id)
        .order_by(resolutions.c.at.desc(), resolutions.c.id.desc())
        .limit(1)
    )
    if row is None:
        return None
    verified = (await verified_by(tx, [row["id"]]))[row["id"]]
    return LastResolution(row["at"], verified, None if row["solved"] is None else row["solved"] == "yes")


async def _unproved_since(tx: Transaction, case_id: CaseId) -> datetime | None:
    """Since when a condition of the newest resolution can be told by nobody though its time is over."""
    newest = select(resolutions.c.id).where(resolutions.c.case_id == case_id).order_by(resolutions.c.at.desc())
    late = select(func.min(case_checks.c.expired_at)).where(
        case_checks.c.resolution_id == newest.limit(1).scalar_subquery(), case_checks.c.due_at.is_not(None)
    )
    found: datetime | None = await tx.scalar(late)
    return found


async def _promised(tx: Transaction, case_id: CaseId) -> tuple[datetime | None, datetime | None]:
    """Since when a broken promise stands, and when the next one is due."""
    row = await tx.one(
        select(
            func.min(promises.c.due_at).filter(promise_breaches.c.promise_id.is_not(None)).label("red_since"),
            func.min(promises.c.due_at).filter(promise_breaches.c.promise_id.is_(None)).label("due_at"),
        )
        .select_from(
            promises.outerjoin(promise_keepings, promise_keepings.c.promise_id == promises.c.id).outerjoin(
                promise_breaches, promise_breaches.c.promise_id == promises.c.id
            )
        )
        .where(promises.c.case_id == case_id, promise_keepings.c.promise_id.is_(None))
    )
    assert row is not None
    return row["red_since"], row["due_at"]
