"""Cases that have to do with each other: related, part of another, merged into it, split from it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from qiao.cases.facts import keep_fact
from qiao.cases.model import Status
from qiao.cases.model_records import Case
from qiao.cases.model_relations import RELATIONS, Relation, in_order, makes_circle, share_a_customer
from qiao.cases.model_words import Form
from qiao.cases.operations import open_case, resolve_as
from qiao.cases.queries import case, case_alone
from qiao.cases.recording import keep_words
from qiao.cases.settling import happened, link, locked, must_be_live
from qiao.cases.store import case_interactions, cases
from qiao.cases.store_work import case_relations
from qiao.kernel.ids import AgentId, CaseId, InteractionId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.origin import Origin
from qiao.kernel.refused import NotFound, Refused
from qiao.platform.database import Transaction


class CasesOfTwoCustomers(Refused):
    """One case does not take in what belongs to somebody else."""

    code = "cases.of_two_customers"
    text = N_("Case {number} and case {other} are of two customers. Nothing was merged; relate them instead.")


class CaseWithinItself(Refused):
    """It would be part of itself."""

    code = "cases.within_itself"
    text = N_("Case {number} cannot be part of case {other}: that one is part of it. Nothing was changed.")


class CaseHasAParent(Refused):
    """A case is part of one other at most, and is merged once."""

    code = "cases.has_a_parent"
    text = N_("Case {number} belongs to another case already. Nothing was changed; take it out there first.")


@dataclass(frozen=True, slots=True)
class Related:
    """Another case as one case sees it; `says` is how it is said from here, a msgid."""

    id: UUID
    case_id: CaseId
    number: str
    title: str
    status: Status
    kind: Relation
    says: str
    at: datetime
    by: str


async def relate(
    tx: Transaction, *, case_id: CaseId, other_id: CaseId, kind: Relation, by: str, reason: str = ""
) -> None:
    """Say that a case is `related` to or `child_of` another; again changes nothing. Raises NotFound, CaseWithinItself,
    CaseHasAParent.

    Both are locked, the older first, so that two people who relate them crosswise wait for each other in one order.
    """
    first, second = in_order(case_id, other_id)
    if first == second:
        raise NotFound
    known = {one.id: one for one in (await locked(tx, first), await locked(tx, second))}
    below, above = (first, second) if kind == "related" else (case_id, other_id)
    if kind == "child_of":
        if makes_circle(below, above, await _parents(tx, above)):
            raise CaseWithinItself(number=known[below].number, other=known[above].number)
        parent = await _parent(tx, below)
        if parent is not None and parent != above:
            raise CaseHasAParent(number=known[below].number)
    if await _written(tx, known[below], above, kind, by=by, reason=reason):
        for one, other in ((below, above), (above, below)):
            await happened(tx, known[one], "related", by=by, details={"number": known[other].number, "kind": kind})


async def take_apart(tx: Transaction, *, relation_id: UUID, by: str) -> None:
    """Say that two cases have nothing to do with each other, or that one is no part of the other any more.

    What was merged or split stays so: that is what happened. Raises NotFound.
    """
    row = await tx.one(select(case_relations).where(case_relations.c.id == relation_id))
    if row is None or row["kind"] not in ("related", "child_of"):
        raise NotFound
    first, second = in_order(CaseId(row["case_id"]), CaseId(row["other_id"]))
    pair = [await locked(tx, first), await locked(tx, second)]
    gone = case_relations.delete().where(case_relations.c.id == relation_id).returning(case_relations.c.id)
    if await tx.scalar(gone) is not None:
        for one, other in (pair, pair[::-1]):
            await happened(tx, one, "taken_apart", by=by, details={"number": other.number, "kind": row["kind"]})


async def merge_case(
    tx: Transaction,
    *,
    case_id: CaseId,
    into_id: CaseId,
    agent_id: AgentId,
    reason: str,
    interaction_id: InteractionId | None = None,
    seen_version: int | None = None,
) -> None:
    """Go on with this matter in another case of the same customer: its contacts become that one's, its records stay.

    It is resolved as "merged" by this and, like every other, closed only by its own proof. Raises CasesOfTwoCustomers,
    CaseIsResolved, CaseIsClosed (of the one that would take it in), CaseChangedMeanwhile, InputNotUnderstood.
    """
    first, second = in_order(case_id, into_id)
    if first == second:
        raise NotFound
    known = {
        one: await locked(tx, one, seen_version=seen_version if one == case_id else None) for one in (first, second)
    }
    merged, into = known[case_id], known[into_id]
    if not share_a_customer((merged.customer_id, into.customer_id)):
        raise CasesOfTwoCustomers(number=merged.number, other=into.number)
    must_be_live(into)
    form = Form()
    why = form.words("reason", reason)
    form.finish()
    by = f"agent:{agent_id}"
    await resolve_as(tx, merged, kind="merged", what=why, by=by, interaction_id=interaction_id)
    if not await _written(tx, merged, into_id, "merged_into", by=by, reason=why):
        raise CaseHasAParent(number=merged.number)
    about = select(case_interactions.c.interaction_id).where(case_interactions.c.case_id == case_id)
    for row in await tx.rows(about):
        await link(tx, into, InteractionId(row["interaction_id"]), by)
    await happened(tx, into, "took_in", by=by, interaction_id=interaction_id, details={"number": merged.number})


async def split_case(
    tx: Transaction,
    *,
    case_id: CaseId,
    category_code: str,
    words: Collection[UUID],
    facts: Collection[UUID] = (),
    title: str = "",
    agent_id: AgentId,
    origin: Origin,
    interaction_id: InteractionId | None = None,
) -> CaseId:
    """Open a case of its own for a second matter that the customer told in one breath. Returns its id.

    `words` and `facts` are ids of records of this case: they are said again in the new one and stay here. Raises
    NotFound for any that are not of this case, InputNotUnderstood when no words are chosen, CategoryUnknown.
    """
    held = await locked(tx, case_id)
    whole = await case(tx, case_id)
    said = [one for one in whole.words if one.id in set(words)]
    known = [one for one in whole.facts_standing if one.id in set(facts)]
    if len(said) != len(set(words)) or len(known) != len(set(facts)):
        raise NotFound
    form = Form()
    first = form.words("words", said[0].text if said else "")
    form.finish()
    new = await open_case(
        tx,
        customer_id=held.customer_id,
        service_id=held.service_id,
        category_code=category_code,
        own_words=first,
        title=title,
        origin=origin,
        interaction_id=interaction_id,
        agent_id=agent_id,
        unit_id=held.unit_id,
        desk_id=held.desk_id,
        language=said[0].language,
    )
    opened, by = await case_alone(tx, new), f"agent:{agent_id}"
    for one in said[1:]:
        kept = {"text": one.text, "language": one.language, "said_by": one.said_by}
        await keep_words(tx, opened, by=by, interaction_id=interaction_id, **kept)
    for fact in known:
        await keep_fact(
            tx,
            opened,
            key=fact.key,
            value=fact.value,
            by=by,
            said_by=fact.said_by,
            interaction_id=interaction_id,
            file_id=fact.file_id,
            watched=whole.category.watch,
        )
    await _written(tx, opened, case_id, "split_from", by=by, reason="")
    await happened(tx, opened, "split_from", by=by, interaction_id=interaction_id, details={"number": held.number})
    await happened(tx, held, "split_into", by=by, interaction_id=interaction_id, details={"number": opened.number})
    return new


async def related_to(tx: Transaction, case_id: CaseId) -> tuple[Related, ...]:
    """Every case that has to do with this one, oldest relation first."""
    here, there = case_relations.c.case_id, case_relations.c.other_id
    other = cases.c.id == there
    columns = (case_relations, cases.c.number, cases.c.title, cases.c.status, cases.c.id.label("found_id"))
    ours = select(*columns).join(cases, other).where(here == case_id)
    theirs = select(*columns).join(cases, cases.c.id == here).where(there == case_id)
    found = [(row, 0) for row in await tx.rows(ours)] + [(row, 1) for row in await tx.rows(theirs)]
    return tuple(
        Related(
            id=row["id"],
            case_id=CaseId(row["found_id"]),
            number=row["number"],
            title=row["title"],
            status=row["status"],
            kind=row["kind"],
            says=RELATIONS[row["kind"]][side],
            at=row["at"],
            by=row["by"],
        )
        for row, side in sorted(found, key=lambda one: (one[0]["at"], one[0]["id"]))
    )


async def _written(tx: Transaction, held: Case, other_id: CaseId, kind: Relation, *, by: str, reason: str) -> bool:
    row = {"id": new_id(), "case_id": held.id, "at": tx.now, "by": by, "interaction_id": None}
    made = insert(case_relations).values(**row, other_id=other_id, kind=kind, reason=reason)
    return await tx.scalar(made.on_conflict_do_nothing().returning(case_relations.c.id)) is not None


async def _parent(tx: Transaction, case_id: CaseId) -> CaseId | None:
    mine = (case_relations.c.case_id == case_id) & (case_relations.c.kind == "child_of")
    found: CaseId | None = await tx.scalar(select(case_relations.c.other_id).where(mine))
    return found


async def _parents(tx: Transaction, case_id: CaseId) -> dict[CaseId, CaseId]:
    """Parents of this case and of all above it, each by its child."""
    start = select(case_relations.c.case_id, case_relations.c.other_id).where(
        case_relations.c.case_id == case_id, case_relations.c.kind == "child_of"
    )
    above = start.cte("above", recursive=True)
    further = select(case_relations.c.case_id, case_relations.c.other_id).where(
        case_relations.c.case_id == above.c.other_id, case_relations.c.kind == "child_of"
    )
    above = above.union(further)
    return {CaseId(row["case_id"]): CaseId(row["other_id"]) for row in await tx.rows(select(above))}
