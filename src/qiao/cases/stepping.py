"""Steps that a category did not foresee: added to one case by a right, done or dropped; one left bars "remedied"."""

from typing import Final, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from qiao.cases.model_records import Case
from qiao.cases.model_words import TEXT_MAX, UNKNOWN, Form
from qiao.cases.records import added_steps
from qiao.cases.settling import happened, locked, must_be_live
from qiao.cases.store_work import case_step_endings, case_steps
from qiao.kernel.ids import AgentId, CaseId, InteractionId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotAllowed, NotFound, Refused
from qiao.platform.database import Transaction

RIGHT: Final = "cases.steps"
STEPS_MAX: Final = 20
"""Steps one case may have of its own; whoever needs more needs another category."""
HOW: Final = {"done": N_("done"), "dropped": N_("not needed any more")}


class StepLeftToDo(Refused):
    """A step was added to this case and nobody has done or dropped it."""

    code = "cases.step_left"
    text = N_("Case {number} has a step left: {step}. What you typed was kept; do that step or drop it first.")


class TooManySteps(Refused):
    """It has STEPS_MAX steps of its own."""

    code = "cases.too_many_steps"
    text = N_("Case {number} has {most} steps of its own, which is the most. Nothing was added.")


async def add_step(
    tx: Transaction,
    *,
    case_id: CaseId,
    text: str,
    agent_id: AgentId,
    rights: frozenset[str],
    interaction_id: InteractionId | None = None,
) -> UUID:
    """Add a step to this one case; it is the next one until it is done or dropped. `rights`: of whoever adds it.

    Raises NotAllowed without "cases.steps", InputNotUnderstood (field "text"), CaseIsClosed, TooManySteps.
    """
    case = await locked(tx, case_id)
    must_be_live(case)
    if RIGHT not in rights:
        raise NotAllowed
    form = Form()
    told = form.line("text", text, TEXT_MAX)
    form.finish()
    if len((await added_steps(tx, [case_id]))[case_id]) >= STEPS_MAX:
        raise TooManySteps(number=case.number, most=STEPS_MAX)
    step_id, by = new_id(), f"agent:{agent_id}"
    row = {"id": step_id, "case_id": case_id, "at": tx.now, "by": by, "interaction_id": interaction_id, "text": told}
    await tx.execute(case_steps.insert().values(row))
    await happened(tx, case, "step_added", by=by, interaction_id=interaction_id, details={"step_id": str(step_id)})
    return step_id


async def end_step(
    tx: Transaction,
    *,
    step_id: UUID,
    how: Literal["done", "dropped"],
    outcome: str,
    agent_id: AgentId,
    interaction_id: InteractionId | None = None,
) -> None:
    """Say that it was done and how it came out, or why it is not needed; the first word stands.

    Raises NotFound, InputNotUnderstood (fields "how", "outcome"), CaseIsClosed.
    """
    case_id = await tx.scalar(select(case_steps.c.case_id).where(case_steps.c.id == step_id))
    if case_id is None:
        raise NotFound
    case = await locked(tx, CaseId(case_id))
    must_be_live(case)
    form = Form()
    if how not in HOW:
        form.wrong["how"] = UNKNOWN
    told = form.line("outcome", outcome, TEXT_MAX, needed=how == "dropped")
    form.finish()
    by = f"agent:{agent_id}"
    row = {"step_id": step_id, "at": tx.now, "by": by, "interaction_id": interaction_id, "how": how, "text": told}
    made = insert(case_step_endings).values(row).on_conflict_do_nothing().returning(case_step_endings.c.step_id)
    if await tx.scalar(made) is not None:
        await happened(tx, case, f"step_{how}", by=by, interaction_id=interaction_id, details={"step_id": str(step_id)})


async def no_step_left(tx: Transaction, case: Case) -> None:
    """Raises StepLeftToDo."""
    added = (await added_steps(tx, [case.id]))[case.id]
    if (left := next((step for step in added if step.open), None)) is not None:
        raise StepLeftToDo(number=case.number, step=left.text)
