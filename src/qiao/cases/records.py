"""Reading records: what was said, asked, promised and solved, as the room's own values."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import RowMapping, Select, Table, select

from qiao.cases.categories import built_in
from qiao.cases.model import promise_state, request_state
from qiao.cases.model_records import AddedStep, Answer, Asked, Fact, InformationRequest, Promise, Resolution
from qiao.cases.proof_records import verified_by
from qiao.cases.store import (
    case_facts,
    confirmations,
    fact_withdrawals,
    information_requests,
    promise_breaches,
    promise_keepings,
    promises,
    request_answers,
    request_items,
    request_withdrawals,
    resolutions,
)
from qiao.cases.store_work import case_step_endings, case_steps
from qiao.kernel.ids import CaseId
from qiao.platform.database import Transaction

Made = TypeVar("Made")


async def records_of(
    tx: Transaction, table: Table, made: Callable[..., Made], ids: Collection[CaseId]
) -> dict[CaseId, tuple[Made, ...]]:
    """A table of records of these cases, by case, oldest first; every case is a key."""
    query = select(table).where(table.c.case_id.in_(ids)).order_by(table.c.at, table.c.id)
    found: dict[CaseId, list[Made]] = {case_id: [] for case_id in ids}
    for row in await tx.rows(query):
        found[row["case_id"]].append(made(**{name: value for name, value in row.items() if name != "case_id"}))
    return {case_id: tuple(records) for case_id, records in found.items()}


async def added_steps(tx: Transaction, ids: Collection[CaseId]) -> dict[CaseId, tuple[AddedStep, ...]]:
    """Steps of their own that these cases have, oldest first, with how they ended; every case is a key."""
    ending = case_step_endings.c
    more = (ending.how, ending.at.label("ended_at"), ending.by.label("ended_by"), ending.text.label("outcome"))
    query = select(case_steps, *more).outerjoin(case_step_endings, ending.step_id == case_steps.c.id)
    found: dict[CaseId, list[AddedStep]] = {case_id: [] for case_id in ids}
    for row in await tx.rows(query.where(case_steps.c.case_id.in_(ids)).order_by(case_steps.c.at, case_steps.c.id)):
        told = {name: value for name, value in row.items() if name != "case_id"}
        made = AddedStep(**told | {"ended_by": row["ended_by"] or "", "outcome": row["outcome"] or ""})
        found[row["case_id"]].append(made)
    return {case_id: tuple(steps) for case_id, steps in found.items()}


async def facts_where(tx: Transaction, *conditions: Any) -> list[Fact]:
    """Facts with what became of them, oldest first."""
    query = (
        select(
            *(column for column in case_facts.c if column.name != "customer_id"),
            fact_withdrawals.c.at.label("withdrawn_at"),
            fact_withdrawals.c.reason.label("withdrawn_why"),
        )
        .outerjoin(fact_withdrawals, fact_withdrawals.c.fact_id == case_facts.c.id)
        .where(*conditions)
        .order_by(case_facts.c.at, case_facts.c.id)
    )
    return [Fact(**{**row, "withdrawn_why": row["withdrawn_why"] or ""}) for row in await tx.rows(query)]


async def promises_where(tx: Transaction, *conditions: Any, limit: int = 500) -> list[Promise]:
    """Promises with what became of them, the one due first first."""
    query = (
        select(
            promises,
            promise_keepings.c.at.label("kept_at"),
            promise_keepings.c.how,
            promise_breaches.c.at.label("broken_at"),
        )
        .outerjoin(promise_keepings, promise_keepings.c.promise_id == promises.c.id)
        .outerjoin(promise_breaches, promise_breaches.c.promise_id == promises.c.id)
        .where(*conditions)
        .order_by(promises.c.due_at, promises.c.id)
        .limit(limit)
    )
    return [_promise(row, tx) for row in await tx.rows(query)]


def _promise(row: RowMapping, tx: Transaction) -> Promise:
    state = promise_state(due_at=row["due_at"], kept_at=row["kept_at"], broken=row["broken_at"] is not None, now=tx.now)
    return Promise(**{**row, "how": row["how"] or ""}, state=state)


async def requests_where(tx: Transaction, *conditions: Any) -> list[InformationRequest]:
    """Requests for information with their items and answers, oldest first."""
    query = (
        select(information_requests, request_withdrawals.c.at.label("withdrawn_at"))
        .outerjoin(request_withdrawals, request_withdrawals.c.request_id == information_requests.c.id)
        .where(*conditions)
        .order_by(information_requests.c.at, information_requests.c.id)
        .limit(500)
    )
    found = await tx.rows(query)
    items = await _items_of(tx, [row["id"] for row in found])
    return [_request(row, items[row["id"]]) for row in found]


def _request(row: RowMapping, items: Sequence[Asked]) -> InformationRequest:
    answered = sum(bool(item.answers) for item in items)
    state = request_state(items=len(items), answered=answered, withdrawn=row["withdrawn_at"] is not None)
    values = {name: value for name, value in row.items() if name != "withdrawn_at"}
    return InformationRequest(**values, items=tuple(items), state=state)


async def _items_of(tx: Transaction, request_ids: Sequence[UUID]) -> Mapping[UUID, list[Asked]]:
    items: dict[UUID, list[Asked]] = defaultdict(list)
    if not request_ids:
        return items
    answered: dict[tuple[UUID, str], list[Answer]] = defaultdict(list)
    given = (
        select(request_answers, case_facts.c.value, case_facts.c.file_id)
        .join(case_facts, case_facts.c.id == request_answers.c.fact_id)
        .where(request_answers.c.request_id.in_(request_ids))
        .order_by(request_answers.c.at, request_answers.c.id)
    )
    for row in await tx.rows(given):
        answer = Answer(row["at"], row["by"], row["interaction_id"], row["value"], row["file_id"])
        answered[row["request_id"], row["key"]].append(answer)
    asked = select(request_items).where(request_items.c.request_id.in_(request_ids))
    known = built_in().items
    for row in await tx.rows(asked.order_by(request_items.c.request_id, request_items.c.position)):
        answers = tuple(answered[row["request_id"], row["key"]])
        items[row["request_id"]].append(Asked(row["key"], known.get(row["key"]), row["wording"], answers))
    return items


async def resolutions_of(tx: Transaction, case_id: CaseId) -> list[Resolution]:
    """How it was considered solved, and what the checks and the customer said to each, oldest first."""
    query: Select[Any] = (
        select(resolutions, confirmations.c.solved)
        .outerjoin(confirmations, confirmations.c.resolution_id == resolutions.c.id)
        .where(resolutions.c.case_id == case_id)
        .order_by(resolutions.c.at, resolutions.c.id)
    )
    found = await tx.rows(query)
    verified = await verified_by(tx, [row["id"] for row in found])
    return [
        Resolution(
            id=row["id"],
            at=row["at"],
            by=row["by"],
            interaction_id=row["interaction_id"],
            kind=row["kind"],
            what=row["what"],
            verified=verified[row["id"]],
            confirmed=None if row["solved"] is None else row["solved"] == "yes",
        )
        for row in found
    ]
