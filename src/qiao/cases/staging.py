"""Moving a case from one stage of its work to the next, by the lifecycle of the category it was opened under."""

from typing import Any

from sqlalchemy import select

from qiao.cases.model_lifecycle import Stage, WayOn, ways_on
from qiao.cases.model_records import Case
from qiao.cases.model_words import UNKNOWN
from qiao.cases.queries import category_of, gather
from qiao.cases.settling import happened, locked, must_be_live
from qiao.cases.store_work import case_stages
from qiao.kernel.ids import AgentId, CaseId, InteractionId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood, NotAllowed, Refused
from qiao.platform.database import Transaction


class StageDoesNotResolve(Refused):
    """The lifecycle has more to be done before somebody may say that it is solved."""

    code = "cases.stage_does_not_resolve"
    text = N_("Case {number} cannot be solved at this stage of its work. What you typed was kept; move it on first.")


class MoveIsGuarded(Refused):
    """The lifecycle does not let the case make this move yet."""

    code = "cases.move_is_guarded"
    text = N_("Case {number} cannot make this move yet: something it asks for is missing. Nothing was changed.")


async def move(
    tx: Transaction,
    *,
    case_id: CaseId,
    code: str,
    agent_id: AgentId,
    rights: frozenset[str],
    interaction_id: InteractionId | None = None,
    seen_version: int | None = None,
) -> None:
    """Make one move of the case's own lifecycle. `rights` are those of whoever does it.

    Raises InputNotUnderstood for a move that is not at this stage, NotAllowed, MoveIsGuarded, CaseIsClosed,
    CaseChangedMeanwhile.
    """
    case = await locked(tx, case_id, seen_version=seen_version)
    must_be_live(case)
    lifecycle = (await category_of(tx, case)).lifecycle
    here = lifecycle.stage(await last_stage(tx, case_id))
    known = next((one for one in lifecycle.moves if one.code == code and here.code in one.starts), None)
    if known is None:
        raise InputNotUnderstood({"move": UNKNOWN})
    if known.right not in rights:
        raise NotAllowed
    way = next(one for one in await _ways(tx, case, here.code, rights) if one.move.code == code)
    if not way.open:
        raise MoveIsGuarded(number=case.number)
    by = f"agent:{agent_id}"
    row = {"id": new_id(), "case_id": case_id, "at": tx.now, "by": by, "interaction_id": interaction_id}
    await tx.execute(case_stages.insert().values(**row, move=code, stage=known.to))
    details = {"move": code, "stage": known.to, "previous": here.code}
    await happened(tx, case, "moved", by=by, interaction_id=interaction_id, details=details)


async def stage_and_ways(tx: Transaction, case: Case, rights: frozenset[str]) -> tuple[Stage, tuple[WayOn, ...]]:
    """At which stage the case is, and where somebody with these rights may take it."""
    lifecycle = (await category_of(tx, case)).lifecycle
    here = lifecycle.stage(await last_stage(tx, case.id))
    return here, await _ways(tx, case, here.code, rights)


async def must_resolve(tx: Transaction, case: Case) -> None:
    """Raises StageDoesNotResolve."""
    lifecycle = (await category_of(tx, case)).lifecycle
    if not lifecycle.stage(await last_stage(tx, case.id)).resolves:
        raise StageDoesNotResolve(number=case.number)


async def last_stage(tx: Transaction, case_id: CaseId) -> str | None:
    """The stage of the newest move; None before the first."""
    newest = select(case_stages.c.stage).where(case_stages.c.case_id == case_id)
    found: str | None = await tx.scalar(newest.order_by(case_stages.c.at.desc(), case_stages.c.id.desc()).limit(1))
    return found


async def _ways(tx: Transaction, case: Case, stage: str, rights: frozenset[str]) -> tuple[WayOn, ...]:
    category = await category_of(tx, case)
    values: dict[str, Any] = (await gather(tx, [case.id]))[case.id].on_record(case).values(category)
    return ways_on(category.lifecycle, stage, values, rights, tx.now)
