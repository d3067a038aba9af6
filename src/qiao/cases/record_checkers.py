"""Checkers that look at the case's own records: what was done, answered, and said since it was last taken up."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select

from qiao.cases.checkers import Checker, Found, Question
from qiao.cases.store import (
    answers_given,
    case_facts,
    case_interactions,
    case_tried,
    case_words,
    cases,
    fact_withdrawals,
    reopenings,
)
from qiao.cases.store_work import case_relations
from qiao.platform.database import Transaction
from qiao.platform.house import House

RECEIPT: Final = "regulator_receipt"


class _OnRecord:
    """A checker that reads our own tables."""

    takes: frozenset[str] = frozenset()

    async def check(self, house: House, asked: Question) -> Found:
        """Look, in a transaction of its own."""
        async with house.database.transaction() as tx:
            found = await self.look(tx, asked)
        evidence = {"source": "case", "as_of": house.clock.now().isoformat(), **found.evidence}
        return Found(found.outcome, evidence, found.reason, found.again_at)

    async def look(self, tx: Transaction, asked: Question) -> Found:
        """The look itself."""
        raise NotImplementedError


class AnswerOnRecord(_OnRecord):
    """The customer was told something since the case was last taken up."""

    name = "answer_on_record"

    async def look(self, tx: Transaction, asked: Question) -> Found:
        mine = (answers_given.c.case_id == asked.case_id) & (answers_given.c.at >= await _taken_up_at(tx, asked))
        return await _counted(tx, select(func.count().label("n"), func.max(answers_given.c.at).label("at")).where(mine))


class StepOnRecord(_OnRecord):
    """Something was tried since the case was last taken up, and how it came out is written down."""

    name = "step_on_record"

    async def look(self, tx: Transaction, asked: Question) -> Found:
        mine = (case_tried.c.case_id == asked.case_id) & (case_tried.c.at >= await _taken_up_at(tx, asked))
        return await _counted(tx, select(func.count().label("n"), func.max(case_tried.c.at).label("at")).where(mine))


class NotHeardAgain(_OnRecord):
    """The customer has not come back with it since it was resolved."""

    name = "not_heard_again"

    async def look(self, tx: Transaction, asked: Question) -> Found:
        said = select(func.count()).where(
            case_words.c.case_id == asked.case_id, case_words.c.at > asked.resolved_at, case_words.c.said_by != ""
        )
        came = select(func.count()).where(
            case_interactions.c.case_id == asked.case_id, case_interactions.c.linked_at > asked.resolved_at
        )
        words, contacts = int(await tx.scalar(said)), int(await tx.scalar(came))
        evidence = {"since": asked.resolved_at.isoformat(), "words": words, "contacts": contacts}
        return Found("failed", evidence, "heard_again") if words else Found("passed", evidence)


class HisOwnWords(_OnRecord):
    """The customer's own words about it stand on record: of the contact it was resolved in, or written by himself."""

    name = "his_own_words"

    async def look(self, tx: Transaction, asked: Question) -> Found:
        since = await _taken_up_at(tx, asked)
        his = case_words.c.by.startswith("customer:") & (case_words.c.at > since)
        if asked.interaction_id is not None:
            his |= case_words.c.interaction_id == asked.interaction_id
        counted = select(func.count().label("n"), func.max(case_words.c.at).label("at"))
        return await _counted(tx, counted.where(case_words.c.case_id == asked.case_id, his))


class RegulatorReceipt(_OnRecord):
    """The regulator's receipt stands among the facts."""

    name = "regulator_receipt"

    async def look(self, tx: Transaction, asked: Question) -> Found:
        return await _fact(tx, asked, RECEIPT)


class OtherCaseClosed(_OnRecord):
    """The case it was merged into is closed; until then nobody can tell."""

    name = "other_case_closed"

    async def look(self, tx: Transaction, asked: Question) -> Found:
        into = (case_relations.c.case_id == asked.case_id) & (case_relations.c.kind == "merged_into")
        other = select(cases.c.number, cases.c.status, cases.c.moved_at).join(
            case_relations, case_relations.c.other_id == cases.c.id
        )
        row = await tx.one(other.where(into))
        if row is None:
            return Found("failed", {}, "not_merged")
        if row["status"] != "closed":
            return Found("unknown", {"number": row["number"]}, "other_case_open")
        return Found("passed", {"number": row["number"], "closed_at": row["moved_at"].isoformat()})


RECORD_CHECKERS: Final[tuple[Checker, ...]] = (
    AnswerOnRecord(),
    StepOnRecord(),
    NotHeardAgain(),
    HisOwnWords(),
    RegulatorReceipt(),
    OtherCaseClosed(),
)


async def _taken_up_at(tx: Transaction, asked: Question) -> datetime:
    """When it was opened, or last reopened before it was resolved."""
    last = select(func.max(reopenings.c.at)).where(
        reopenings.c.case_id == asked.case_id, reopenings.c.at <= asked.resolved_at
    )
    found: datetime | None = await tx.scalar(last)
    return found or asked.opened_at


async def _counted(tx: Transaction, query: Any) -> Found:
    row = await tx.one(query)
    assert row is not None
    evidence = {"records": row["n"], "last_at": row["at"].isoformat() if row["at"] else None}
    return Found("passed", evidence) if row["n"] else Found("failed", evidence, "nothing_on_record")


async def _fact(tx: Transaction, asked: Question, key: str) -> Found:
    withdrawn = select(fact_withdrawals.c.fact_id)
    mine = (case_facts.c.case_id == asked.case_id) & (case_facts.c.key == key) & case_facts.c.id.not_in(withdrawn)
    row = await tx.one(select(case_facts.c.value, case_facts.c.at).where(mine).order_by(case_facts.c.at.desc()))
    if row is None:
        return Found("failed", {"fact": key}, "nothing_on_record")
    return Found("passed", {"fact": key, "value": row["value"], "at": row["at"].isoformat()})
