"""One case: its row, and everything on record about it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import RowMapping, Select, Table, select

from qiao.cases.categories import built_in, category
from qiao.cases.model import line_of_states, promise_state, request_state
from qiao.cases.model_category import Category
from qiao.cases.model_records import (
    Answer,
    AnswerGiven,
    Asked,
    Case,
    Declaration,
    Fact,
    HistoryLine,
    InformationRequest,
    Note,
    Promise,
    Reopening,
    Resolution,
    Tried,
    WholeCase,
    Words,
)
from qiao.cases.model_steps import OnRecord, missing_items, next_step
from qiao.cases.store import (
    answers_given,
    case_declarations,
    case_facts,
    case_history,
    case_interactions,
    case_notes,
    case_tried,
    case_words,
    cases,
    confirmations,
    fact_withdrawals,
    information_requests,
    promise_breaches,
    promise_keepings,
    promises,
    reopenings,
    request_answers,
    request_items,
    request_withdrawals,
    resolutions,
    verifications,
)
from qiao.kernel.ids import CaseId, InteractionId
from qiao.kernel.refused import NotFound
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction

Made = TypeVar("Made")


async def case(tx: Transaction, case_id: CaseId) -> WholeCase:
    """Everything on record about the case. Raises NotFound."""
    found = await case_alone(tx, case_id)
    rules = await category(tx, found.category_code, found.category_version)
    facts = tuple(await facts_where(tx, case_facts.c.case_id == case_id))
    tried = await _records(tx, case_tried, Tried, case_id)
    declarations = await _records(tx, case_declarations, Declaration, case_id)
    answers = await _records(tx, answers_given, AnswerGiven, case_id)
    asked = tuple(await requests_where(tx, information_requests.c.case_id == case_id))
    promised = tuple(await promises_where(tx, promises.c.case_id == case_id))
    history = await _records(tx, case_history, HistoryLine, case_id)
    on_record = OnRecord(
        status=found.status,
        severity=found.severity,
        facts=tuple((fact.key, fact.shown) for fact in facts if fact.withdrawn_at is None),
        asked=frozenset(item.key for request in asked for item in request.open_items),
        declared=frozenset(declaration.key for declaration in declarations),
        tried=frozenset(one.step for one in tried),
        answers=len(answers),
        promises_open=sum(promise.state == "open" for promise in promised),
        promise_broken=next((promise.what for promise in promised if promise.state == "broken"), ""),
    )
    return WholeCase(
        case=found,
        category=rules,
        words=await _records(tx, case_words, Words, case_id),
        facts=facts,
        tried=tried,
        declarations=declarations,
        notes=await _records(tx, case_notes, Note, case_id),
        answers=answers,
        requests=asked,
        promises=promised,
        resolutions=tuple(await _resolutions(tx, case_id)),
        reopenings=await _records(tx, reopenings, Reopening, case_id),
        interactions=tuple(await interactions_of(tx, case_id)),
        history=history,
        states=line_of_states((line.status, line.at) for line in history),
        missing=missing_items(rules, on_record.known),
        next_step=next_step(rules, on_record, built_in(), tx.now),
    )


async def case_alone(tx: Transaction, case_id: CaseId) -> Case:
    """The case without its records. Raises NotFound."""
    row = await tx.one(select(cases).where(cases.c.id == case_id))
    if row is None:
        raise NotFound
    return case_row(row)


async def case_by_number(tx: Transaction, number: str) -> Case | None:
    """The case people call by this number ("c-261123-0007" will do), if there is one."""
    row = await tx.one(select(cases).where(cases.c.number == number.strip().upper()))
    return case_row(row) if row else None


def case_row(row: RowMapping) -> Case:
    """A row of `cases` as the room's own value."""
    return Case(
        **{name: row[name] for name in _PLAIN},
        service_id=ServiceId.from_text(row["service_id"]) if row["service_id"] else None,
        watch_terms=tuple(row["watch_terms"]),
    )


_PLAIN = tuple(name for name in Case.__slots__ if name not in ("service_id", "watch_terms"))


async def interactions_of(tx: Transaction, case_id: CaseId) -> list[InteractionId]:
    """The contacts about this case, in the order in which they were linked."""
    found = await tx.rows(
        select(case_interactions.c.interaction_id)
        .where(case_interactions.c.case_id == case_id)
        .order_by(case_interactions.c.linked_at, case_interactions.c.interaction_id)
    )
    return [InteractionId(row["interaction_id"]) for row in found]


async def _records(tx: Transaction, table: Table, made: Callable[..., Made], case_id: CaseId) -> tuple[Made, ...]:
    """A table of records of one case, oldest first."""
    columns = [column for column in table.c if column.name != "case_id"]
    query = select(*columns).where(table.c.case_id == case_id).order_by(table.c.at, table.c.id)
    return tuple(made(**row) for row in await tx.rows(query))


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


async def _resolutions(tx: Transaction, case_id: CaseId) -> Iterable[Resolution]:
    outcome = (
        select(verifications.c.outcome)
        .where(verifications.c.resolution_id == resolutions.c.id, verifications.c.outcome != "unknown")
        .order_by(verifications.c.at.desc(), verifications.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query: Select[Any] = (
        select(resolutions, outcome.label("outcome"), confirmations.c.solved)
        .outerjoin(confirmations, confirmations.c.resolution_id == resolutions.c.id)
        .where(resolutions.c.case_id == case_id)
        .order_by(resolutions.c.at, resolutions.c.id)
    )
    return [
        Resolution(
            id=row["id"],
            at=row["at"],
            by=row["by"],
            interaction_id=row["interaction_id"],
            kind=row["kind"],
            what=row["what"],
            verified=None if row["outcome"] is None else row["outcome"] == "passed",
            confirmed=None if row["solved"] is None else row["solved"] == "yes",
        )
        for row in await tx.rows(query)
    ]


async def category_of(tx: Transaction, found: Case) -> Category:
    """The category as it was when the case was opened."""
    return await category(tx, found.category_code, found.category_version)
