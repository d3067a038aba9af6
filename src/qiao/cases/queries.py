"""One case: its row, and everything on record about it; and what the next step of each is judged by."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import RowMapping, func, or_, select

from qiao.cases.categories import built_in, category
from qiao.cases.model import line_of_states
from qiao.cases.model_category import Category
from qiao.cases.model_records import (
    AddedStep,
    AnswerGiven,
    Case,
    Declaration,
    Fact,
    HistoryLine,
    InformationRequest,
    Note,
    Promise,
    Reopening,
    Tried,
    WholeCase,
    Words,
)
from qiao.cases.model_steps import OnRecord, missing_items, next_step
from qiao.cases.proof_records import failed_conditions
from qiao.cases.records import added_steps, facts_where, promises_where, records_of, requests_where, resolutions_of
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
    information_requests,
    promises,
    reopenings,
)
from qiao.kernel.ids import CaseId, InteractionId
from qiao.kernel.refused import NotFound
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction


@dataclass(frozen=True, slots=True)
class Gathered:
    """The records of one case that its next step is judged by, oldest first in each list."""

    facts: tuple[Fact, ...]
    tried: tuple[Tried, ...]
    declarations: tuple[Declaration, ...]
    answers: tuple[AnswerGiven, ...]
    requests: tuple[InformationRequest, ...]
    promises: tuple[Promise, ...]
    unread: bool
    failed: frozenset[str]
    added: tuple[AddedStep, ...] = ()

    def on_record(self, found: Case) -> OnRecord:
        """As the rules of the category ask for it."""
        return OnRecord(
            status=found.status,
            severity=found.severity,
            facts=tuple((fact.key, fact.shown) for fact in self.facts if fact.withdrawn_at is None),
            asked=frozenset(item.key for request in self.requests for item in request.open_items),
            declared=frozenset(declaration.key for declaration in self.declarations),
            tried=frozenset(one.step for one in self.tried),
            answers=len(self.answers),
            promises_open=sum(promise.state == "open" for promise in self.promises),
            promise_broken=next((promise.what for promise in self.promises if promise.state == "broken"), ""),
            unread=self.unread,
            failed=self.failed,
            added=next((step.text for step in self.added if step.open), ""),
        )


async def gather(tx: Transaction, ids: Collection[CaseId]) -> dict[CaseId, Gathered]:
    """The same handful of queries for one case or many."""
    facts = await facts_where(tx, case_facts.c.case_id.in_(ids))
    requests = await requests_where(tx, information_requests.c.case_id.in_(ids))
    promised = await promises_where(tx, promises.c.case_id.in_(ids))
    tried = await records_of(tx, case_tried, Tried, ids)
    declarations = await records_of(tx, case_declarations, Declaration, ids)
    answers = await records_of(tx, answers_given, AnswerGiven, ids)
    unread = await _unread(tx, ids)
    failed = await failed_conditions(tx, ids)
    added = await added_steps(tx, ids)
    return {
        case_id: Gathered(
            facts=tuple(fact for fact in facts if fact.case_id == case_id),
            tried=tried[case_id],
            declarations=declarations[case_id],
            answers=answers[case_id],
            requests=tuple(request for request in requests if request.case_id == case_id),
            promises=tuple(promise for promise in promised if promise.case_id == case_id),
            unread=case_id in unread,
            failed=failed[case_id],
            added=added[case_id],
        )
        for case_id in ids
    }


async def _unread(tx: Transaction, ids: Collection[CaseId]) -> set[CaseId]:
    """Cases whose customer moved last."""
    at, by = case_history.c.at, case_history.c.by
    his, ours = func.max(at).filter(by.startswith("customer:")), func.max(at).filter(by.startswith("agent:"))
    moved = select(case_history.c.case_id).where(case_history.c.case_id.in_(ids)).group_by(case_history.c.case_id)
    return {
        CaseId(row["case_id"])
        for row in await tx.rows(moved.having(or_(ours.is_(None) & his.is_not(None), his >= ours)))
    }


async def case(tx: Transaction, case_id: CaseId) -> WholeCase:
    """Everything on record about the case. Raises NotFound."""
    found = await case_alone(tx, case_id)
    rules = await category_of(tx, found)
    known = (await gather(tx, [case_id]))[case_id]
    on_record = known.on_record(found)
    history = (await records_of(tx, case_history, HistoryLine, [case_id]))[case_id]
    return WholeCase(
        case=found,
        category=rules,
        words=(await records_of(tx, case_words, Words, [case_id]))[case_id],
        facts=known.facts,
        tried=known.tried,
        declarations=known.declarations,
        notes=(await records_of(tx, case_notes, Note, [case_id]))[case_id],
        answers=known.answers,
        requests=known.requests,
        promises=known.promises,
        resolutions=tuple(await resolutions_of(tx, case_id)),
        reopenings=(await records_of(tx, reopenings, Reopening, [case_id]))[case_id],
        interactions=tuple(await interactions_of(tx, case_id)),
        history=history,
        states=line_of_states((line.status, line.at) for line in history),
        missing=missing_items(rules, on_record.known),
        next_step=next_step(rules, on_record, built_in(), tx.now),
        added=known.added,
    )


async def case_alone(tx: Transaction, case_id: CaseId) -> Case:
    """The case without its records. Raises NotFound."""
    row = await tx.one(select(cases).where(cases.c.id == case_id))
    if row is None:
        raise NotFound
    return case_row(row)


async def cases_alone(tx: Transaction, ids: Collection[CaseId]) -> dict[CaseId, Case]:
    """The same of many at once; one that is not known is left out."""
    rows = await tx.rows(select(cases).where(cases.c.id.in_(ids)))
    return {found.id: found for found in map(case_row, rows)}


async def case_by_number(tx: Transaction, number: str) -> Case | None:
    """The case people call by this number ("c-261123-0007" will do), if there is one."""
    wanted = number.strip().upper()
    if not _NUMBER.fullmatch(wanted):
        return None
    row = await tx.one(select(cases).where(cases.c.number == wanted))
    return case_row(row) if row else None


def case_row(row: RowMapping) -> Case:
    """A row of `cases` as the room's own value."""
    return Case(
        **{name: row[name] for name in _PLAIN},
        service_id=ServiceId.from_text(row["service_id"]) if row["service_id"] else None,
        watch_terms=tuple(row["watch_terms"]),
    )


_NUMBER = re.compile(r"C-[0-9]{6}-[0-9]{4,9}")
_PLAIN = tuple(name for name in Case.__slots__ if name not in ("service_id", "watch_terms"))


async def interactions_of(tx: Transaction, case_id: CaseId) -> list[InteractionId]:
    """The contacts about this case, in the order in which they were linked."""
    found = await tx.rows(
        select(case_interactions.c.interaction_id)
        .where(case_interactions.c.case_id == case_id)
        .order_by(case_interactions.c.linked_at, case_interactions.c.interaction_id)
    )
    return [InteractionId(row["interaction_id"]) for row in found]


async def category_of(tx: Transaction, found: Case) -> Category:
    """The category as it was when the case was opened."""
    return await category(tx, found.category_code, found.category_version)
