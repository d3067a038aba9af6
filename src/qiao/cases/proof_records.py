"""Reading proof: the conditions of each resolution with what was seen, and what all of them make of it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from qiao.cases.model_verification import Outcome, verified_of
from qiao.cases.store import cases, confirmations, resolutions, verifications
from qiao.cases.store_proof import case_charges, case_checks, case_ratings, case_watches, confirmation_questions
from qiao.kernel.ids import CaseId, CustomerId
from qiao.kernel.money import Money
from qiao.platform.database import Transaction


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at a condition told: plain JSON values of what was seen, when and where."""

    at: datetime
    by: str
    outcome: Outcome
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Check:
    """A condition of a resolution. `due_at` is the next look, None once its outcome is on record."""

    id: UUID
    resolution_id: UUID
    condition: str
    checker: str
    names: Mapping[str, str]
    month: str
    outcome: Outcome
    due_at: datetime | None
    expires_at: datetime
    expired_at: datetime | None
    tries: int
    looked_at: datetime | None
    reason: str
    seen: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class ChargeOnCase:
    """A charge that the matter is about, as it was first found; `held` when it was asked to be put on hold."""

    id: UUID
    at: datetime
    month: str
    line_ref: str
    provider_code: str | None
    names: Mapping[str, str]
    amount: Money
    charged_at: datetime
    issued: bool
    hold_order_id: UUID | None


@dataclass(frozen=True, slots=True)
class Watch:
    """A number that is watched for the codes of its case; over when `ended_at` is set."""

    id: UUID
    at: datetime
    until_at: datetime
    looked_at: datetime | None
    looks: int
    ended_at: datetime | None
    ended_why: str


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """The customer is asked whether it is solved, and has not answered."""

    id: UUID
    case_id: CaseId
    resolution_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class QuestionTo:
    """A question that waits for its customer's word, with the case's number as he knows it."""

    id: UUID
    case_id: CaseId
    number: str


@dataclass(frozen=True, slots=True)
class Rating:
    """How the customer found it, 1 to 5."""

    at: datetime
    stars: int
    words: str


@dataclass(frozen=True, slots=True)
class Proof:
    """Everything about the proof of one case, oldest first in each list."""

    checks: tuple[Check, ...]
    charges: tuple[ChargeOnCase, ...]
    watch: Watch | None
    question: OpenQuestion | None
    ratings: tuple[Rating, ...]

    def of(self, resolution_id: UUID) -> tuple[Check, ...]:
        """The conditions of one resolution."""
        return tuple(check for check in self.checks if check.resolution_id == resolution_id)


async def verified_by(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, bool | None]:
    """What all conditions together make of each of these resolutions."""
    if not ids:
        return {}
    required: dict[UUID, set[str]] = defaultdict(set)
    planned = select(case_checks.c.resolution_id, case_checks.c.condition).where(case_checks.c.resolution_id.in_(ids))
    for row in await tx.rows(planned):
        required[row["resolution_id"]].add(row["condition"])
    outcomes: dict[UUID, dict[str, Outcome]] = defaultdict(dict)
    told = select(verifications.c.resolution_id, verifications.c.condition, verifications.c.outcome).where(
        verifications.c.resolution_id.in_(ids), verifications.c.outcome != "unknown"
    )
    for row in await tx.rows(told.order_by(verifications.c.at, verifications.c.id)):
        outcomes[row["resolution_id"]][row["condition"]] = row["outcome"]
    return {one: verified_of(required[one], outcomes[one]) for one in ids}


async def failed_conditions(tx: Transaction, ids: Collection[CaseId]) -> dict[CaseId, frozenset[str]]:
    """Conditions of each case's newest resolution that were seen to fail."""
    newest = (
        select(resolutions.c.id)
        .where(resolutions.c.case_id == verifications.c.case_id)
        .order_by(resolutions.c.at.desc(), resolutions.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(verifications.c.case_id, verifications.c.condition).where(
        verifications.c.case_id.in_(ids), verifications.c.outcome == "failed", verifications.c.resolution_id == newest
    )
    found: dict[CaseId, set[str]] = defaultdict(set)
    for row in await tx.rows(query):
        found[row["case_id"]].add(row["condition"])
    return {case_id: frozenset(found[case_id]) for case_id in ids}


async def proof_of(tx: Transaction, case_id: CaseId) -> Proof:
    """Everything about the proof of the case."""
    return Proof(
        checks=tuple(await checks_of(tx, case_id)),
        charges=tuple(await charges_of(tx, case_id)),
        watch=await watch_of(tx, case_id),
        question=await open_question(tx, case_id),
        ratings=tuple(await _ratings_of(tx, case_id)),
    )


async def checks_of(tx: Transaction, case_id: CaseId) -> list[Check]:
    """Its conditions, resolution by resolution, with what was seen of each."""
    seen: dict[tuple[UUID, str], list[Seen]] = defaultdict(list)
    told = select(verifications).where(verifications.c.case_id == case_id)
    for row in await tx.rows(told.order_by(verifications.c.at, verifications.c.id)):
        one = Seen(row["at"], row["by"], row["outcome"], row["evidence"])
        seen[row["resolution_id"], row["condition"]].append(one)
    planned = select(case_checks).where(case_checks.c.case_id == case_id)
    return [
        Check(
            **{name: row[name] for name in _CHECK},
            outcome=next((s.outcome for s in reversed(seen[_key(row)]) if s.outcome != "unknown"), "unknown"),
            seen=tuple(seen[_key(row)]),
        )
        for row in await tx.rows(planned.order_by(case_checks.c.at, case_checks.c.id))
    ]


_CHECK = tuple(name for name in Check.__slots__ if name not in ("outcome", "seen"))


def _key(row: Mapping[Any, Any]) -> tuple[UUID, str]:
    return row["resolution_id"], row["condition"]


async def charges_of(tx: Transaction, case_id: CaseId) -> list[ChargeOnCase]:
    """Charges that the matter is about, as they were found."""
    mine = select(case_charges).where(case_charges.c.case_id == case_id)
    return [
        ChargeOnCase(
            id=row["id"],
            at=row["at"],
            month=row["month"],
            line_ref=row["line_ref"],
            provider_code=row["provider_code"],
            names=row["names"],
            amount=Money(row["minor"], row["currency"]),
            charged_at=row["charged_at"],
            issued=row["issued"] == "yes",
            hold_order_id=row["hold_order_id"],
        )
        for row in await tx.rows(mine.order_by(case_charges.c.month, case_charges.c.line_ref))
    ]


async def watch_of(tx: Transaction, case_id: CaseId) -> Watch | None:
    """The case's watch, if it has one."""
    row = await tx.one(select(case_watches).where(case_watches.c.case_id == case_id))
    return Watch(**{name: row[name] for name in Watch.__slots__}) if row else None


async def open_question(tx: Transaction, case_id: CaseId) -> OpenQuestion | None:
    """The question to the customer that waits for his answer; one about a resolution that stands no more is none."""
    newest = (
        select(resolutions.c.id)
        .where(resolutions.c.case_id == case_id)
        .order_by(resolutions.c.at.desc(), resolutions.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    row = await tx.one(
        select(confirmation_questions)
        .outerjoin(confirmations, confirmations.c.resolution_id == confirmation_questions.c.resolution_id)
        .where(confirmation_questions.c.resolution_id == newest, confirmations.c.id.is_(None))
    )
    return OpenQuestion(row["id"], case_id, row["resolution_id"], row["at"]) if row else None


async def questions_to(tx: Transaction, customer_id: CustomerId, *, limit: int = 5) -> list[QuestionTo]:
    """What this customer is asked and has not answered, the newest first."""
    rows = await tx.rows(unanswered(customer_id).limit(limit))
    return [QuestionTo(row["id"], CaseId(row["case_id"]), row["number"]) for row in rows]


def unanswered(customer_id: CustomerId) -> Select[tuple[UUID, UUID, str]]:
    """The query of it: id, case_id and the case's number."""
    return (
        select(confirmation_questions.c.id, cases.c.id.label("case_id"), cases.c.number)
        .join(cases, cases.c.id == confirmation_questions.c.case_id)
        .outerjoin(confirmations, confirmations.c.resolution_id == confirmation_questions.c.resolution_id)
        .where(
            confirmation_questions.c.customer_id == customer_id,
            cases.c.customer_id == customer_id,
            cases.c.status.in_(("verified", "dormant")),
            confirmations.c.id.is_(None),
        )
        .order_by(confirmation_questions.c.at.desc(), confirmation_questions.c.id.desc())
    )


async def _ratings_of(tx: Transaction, case_id: CaseId) -> list[Rating]:
    mine = select(case_ratings).where(case_ratings.c.case_id == case_id).order_by(case_ratings.c.at)
    return [Rating(row["at"], row["stars"], row["words"]) for row in await tx.rows(mine)]
