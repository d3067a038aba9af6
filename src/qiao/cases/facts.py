"""Keeping a fact: once each, and an open question about it is answered by the same stroke."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.cases.events import CaseFactAdded, InformationProvided
from qiao.cases.model_records import Case
from qiao.cases.store import (
    case_facts,
    cases,
    fact_withdrawals,
    information_requests,
    request_answers,
    request_items,
    request_withdrawals,
)
from qiao.kernel.ids import FileId, InteractionId, new_id
from qiao.platform.database import Transaction
from qiao.platform.events import emit


async def keep_fact(
    tx: Transaction,
    case: Case,
    *,
    key: str,
    value: str,
    by: str,
    said_by: str,
    interaction_id: InteractionId | None,
    file_id: FileId | None = None,
    watched: Sequence[str] = (),
) -> UUID:
    """Keep a cleaned value under the key; the same one again is the same fact. `watched`: keys that are watch terms."""
    known = await _known(tx, case, key, value, file_id)
    fact_id = known or new_id()
    if known is None:
        await tx.execute(
            case_facts.insert().values(
                id=fact_id,
                case_id=case.id,
                customer_id=case.customer_id,
                at=tx.now,
                by=by,
                interaction_id=interaction_id,
                key=key,
                value=value,
                said_by=said_by,
                file_id=file_id,
            )
        )
        await emit(tx, CaseFactAdded(case.id, fact_id, key, interaction_id))
        if key in watched and value:
            await _watch(tx, case, value)
    await _answer_open(tx, case, key, fact_id, by, interaction_id)
    return fact_id


async def _known(tx: Transaction, case: Case, key: str, value: str, file_id: FileId | None) -> UUID | None:
    withdrawn = exists().where(fact_withdrawals.c.fact_id == case_facts.c.id)
    found: UUID | None = await tx.scalar(
        select(case_facts.c.id).where(
            case_facts.c.case_id == case.id,
            case_facts.c.key == key,
            case_facts.c.value == value,
            case_facts.c.file_id.is_not_distinct_from(file_id),
            ~withdrawn,
        )
    )
    return found


async def _watch(tx: Transaction, case: Case, value: str) -> None:
    """Add a value to what is watched for; the row is locked, so the list read here is the last one."""
    terms: list[str] = await tx.scalar(select(cases.c.watch_terms).where(cases.c.id == case.id))
    if value not in terms:
        await tx.execute(update(cases).where(cases.c.id == case.id).values(watch_terms=[*terms, value]))


async def _answer_open(
    tx: Transaction, case: Case, key: str, fact_id: UUID, by: str, interaction_id: InteractionId | None
) -> None:
    """Whoever was asked for this, in whatever request, has answered now."""
    answered = exists().where(
        request_answers.c.request_id == request_items.c.request_id, request_answers.c.key == request_items.c.key
    )
    withdrawn = exists().where(request_withdrawals.c.request_id == request_items.c.request_id)
    waiting = await tx.rows(
        select(request_items.c.request_id)
        .join(information_requests, information_requests.c.id == request_items.c.request_id)
        .where(information_requests.c.case_id == case.id, request_items.c.key == key, ~answered, ~withdrawn)
    )
    for row in waiting:
        await answer_item(tx, case, row["request_id"], key, fact_id, by, interaction_id)


async def answer_item(
    tx: Transaction,
    case: Case,
    request_id: UUID,
    key: str,
    fact_id: UUID,
    by: str,
    interaction_id: InteractionId | None,
) -> None:
    """Write that a fact answers an item; the same fact answers it once."""
    same = select(request_answers.c.id).where(
        request_answers.c.request_id == request_id, request_answers.c.key == key, request_answers.c.fact_id == fact_id
    )
    if await tx.scalar(same) is not None:
        return
    await tx.execute(
        insert(request_answers).values(
            id=new_id(),
            request_id=request_id,
            key=key,
            at=tx.now,
            by=by,
            interaction_id=interaction_id,
            fact_id=fact_id,
        )
    )
    answered = exists().where(
        request_answers.c.request_id == request_items.c.request_id, request_answers.c.key == request_items.c.key
    )
    left = select(request_items.c.key).where(request_items.c.request_id == request_id, ~answered)
    complete = await tx.scalar(left.limit(1)) is None
    await emit(
        tx,
        InformationProvided(case.id, request_id, key, complete, by, case.customer_id, case.owner_id, interaction_id),
    )
