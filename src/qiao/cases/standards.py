"""What the cases of a time come to by the house's standard, and what one case has cost."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select

from qiao.cases.model_import import IMPORTED
from qiao.cases.model_standards import CaseFacts, Standard, standard_of
from qiao.cases.store import answers_given, cases, confirmations, reopenings, resolutions
from qiao.cases.store_clocks import case_clocks
from qiao.cases.store_proof import case_ratings
from qiao.cases.store_work import case_relations, case_texts
from qiao.compensation import Grant
from qiao.interactions import Interaction
from qiao.kernel.ids import CaseId, UnitId
from qiao.kernel.money import Money
from qiao.platform.database import Transaction


@dataclass(frozen=True, slots=True)
class Standards:
    """All cases of the time together, and those of each category."""

    whole: Standard
    by_category: dict[str, Standard]


async def standards(tx: Transaction, *, unit_ids: Collection[UnitId], since: datetime, until: datetime) -> Standards:
    """The standard over the cases of these units that were opened from `since` up to `until`.

    A case that was merged into another, or taken over from another system, is not counted: the matter is counted where
    it was asked and worked on. One that rests because its customer is silent counts as asked, never as solved.
    """
    facts = _facts(unit_ids, since, until).subquery()
    alike = select(*facts.c, func.count().label("many")).group_by(*facts.c)
    whole: Counter[CaseFacts] = Counter()
    by_category: dict[str, Counter[CaseFacts]] = defaultdict(Counter)
    for row in await tx.rows(alike):
        told = dict(row)
        code, many = told.pop("category_code"), told.pop("many")
        one = CaseFacts(**told)
        whole[one] += many
        by_category[code][one] += many
    return Standards(standard_of(whole), {code: standard_of(found) for code, found in sorted(by_category.items())})


def _facts(unit_ids: Collection[UnitId], since: datetime, until: datetime) -> Select[Any]:
    last = (
        select(resolutions.c.id, resolutions.c.at, resolutions.c.by)
        .where(resolutions.c.case_id == cases.c.id)
        .order_by(resolutions.c.at.desc(), resolutions.c.id.desc())
        .limit(1)
        .lateral("last")
    )
    said = select(confirmations.c.id).where(confirmations.c.resolution_id == last.c.id).correlate(last)
    after = [
        select(table.c.case_id).where(table.c.case_id == cases.c.id, table.c.at >= last.c.at).correlate(cases, last)
        for table in (answers_given, case_texts)
    ]
    refused = select(confirmations.c.id).where(confirmations.c.case_id == cases.c.id, confirmations.c.solved == "no")
    again = select(reopenings.c.id).where(reopenings.c.case_id == cases.c.id)
    times = select(func.count()).where(resolutions.c.case_id == cases.c.id).correlate(cases).scalar_subquery()
    stars = select(case_ratings.c.stars).where(case_ratings.c.case_id == cases.c.id).correlate(cases)
    first = select(case_clocks.c.case_id).where(
        case_clocks.c.case_id == cases.c.id,
        case_clocks.c.kind == "first_answer",
        case_clocks.c.met_at.is_not(None),
        case_clocks.c.breached_at.is_(None),
    )
    columns: list[ColumnElement[Any]] = [
        cases.c.category_code,
        cases.c.status.in_(("verified", "closed")).label("proved"),
        func.coalesce(or_(said.exists(), *(one.exists() for one in after)), literal(value=False)).label("told"),
        func.coalesce(said.where(confirmations.c.solved == "yes").exists(), literal(value=False)).label("said_yes"),
        func.coalesce(stars.order_by(case_ratings.c.at.desc()).limit(1).scalar_subquery(), 0).label("stars"),
        first.correlate(cases).exists().label("answered_in_time"),
        func.coalesce(last.c.by == cases.c.opened_by, literal(value=False)).label("by_first_person"),
        and_(times == 1, ~again.correlate(cases).exists(), ~refused.correlate(cases).exists()).label("in_one_go"),
    ]
    merged = select(case_relations.c.id).where(
        case_relations.c.case_id == cases.c.id, case_relations.c.kind == "merged_into"
    )
    return (
        select(*columns)
        .select_from(cases.outerjoin(last, literal(value=True)))
        .where(
            or_(cases.c.unit_id.in_(unit_ids), cases.c.unit_id.is_(None)),
            cases.c.listed_at >= since,  # never before it was opened; the index is over this
            cases.c.opened_at >= since,
            cases.c.opened_at < until,
            cases.c.origin["channel"].astext != IMPORTED,
            ~merged.correlate(cases).exists(),
        )
    )


@dataclass(frozen=True, slots=True)
class Cost:
    """What a case has cost so far: contacts, minutes of talking in them, texts that left, money given."""

    contacts: int
    minutes: int
    texts: int
    credits: Money


async def texts_sent(tx: Transaction, case_id: CaseId) -> int:
    """How many texts about the case have left."""
    return int(await tx.scalar(select(func.count()).where(case_texts.c.case_id == case_id)))


def cost_of(contacts: Collection[Interaction], given: Iterable[Grant], *, texts: int, now: datetime) -> Cost:
    """See Cost. A contact counts from its answer to its end, or to now while it goes on. Pure."""
    seconds = sum(((one.ended_at or now) - one.answered_at).total_seconds() for one in contacts if one.answered_at)
    spent = [one.amount for one in given if one.state == "spent"]
    return Cost(len(contacts), round(seconds / 60), texts, sum(spent, Money(0)))
