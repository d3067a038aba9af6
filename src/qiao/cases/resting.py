"""The silence of a customer: one reminder, one human call, then the case rests until he is heard of again."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import select

from qiao.cases.confirming import BY, SILENT, take_step
from qiao.cases.events_proof import CaseFellDormant, CaseWoke
from qiao.cases.model_confirmation import DORMANT_AGAIN, next_silence_step
from qiao.cases.model_records import Case
from qiao.cases.proof_records import OpenQuestion, open_question
from qiao.cases.settling import happened, locked
from qiao.cases.store import cases
from qiao.cases.store_proof import confirmation_questions, confirmation_steps, dormancies, wakings
from qiao.cases.timeline import tell
from qiao.kernel.ids import CaseId, CustomerId, InteractionId, new_id
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.failpoints import failpoint
from qiao.platform.timers import set_timer

RESTED: Final = "cases.rest.before_commit"


async def silences_fall_due(tx: Transaction, refs: list[str]) -> None:
    """The timer's work: he has not answered; the next step is taken, each once."""
    for ref in refs:
        case_id = await tx.scalar(
            select(confirmation_questions.c.case_id).where(confirmation_questions.c.id == UUID(ref))
        )
        if case_id is None:
            continue
        case = await locked(tx, CaseId(case_id))
        question = await open_question(tx, case.id)
        if question is not None and str(question.id) == ref and case.status == "verified":
            await _next(tx, case, question)


async def _next(tx: Transaction, case: Case, question: OpenQuestion) -> None:
    steps = select(confirmation_steps.c.step).where(confirmation_steps.c.question_id == question.id)
    taken = {row["step"] for row in await tx.rows(steps)}
    step = next_silence_step(taken)
    if step is None or step[0] == "dormant":
        await _rest(tx, case, question)
        return
    await take_step(tx, case, question, step[0])
    after = next_silence_step({*taken, step[0]})
    assert after is not None
    await set_timer(tx, kind=SILENT, ref=str(question.id), due_at=tx.now + after[1])


async def _rest(tx: Transaction, case: Case, question: OpenQuestion) -> None:
    """Off the work lists; neither solved nor closed."""
    row = {"id": new_id(), "case_id": case.id, "at": tx.now, "by": BY, "resolution_id": question.resolution_id}
    await tx.execute(dormancies.insert().values(row))
    await happened(tx, case, "dormant", by=BY)
    await tell(tx, case, "case.dormant")
    await emit(tx, CaseFellDormant(case.id, question.resolution_id, case.customer_id))
    failpoint(RESTED)


async def who_rest(tx: Transaction, customer_ids: Collection[CustomerId]) -> set[CustomerId]:
    """Those of these customers who have a resting case; one query however many."""
    mine = cases.c.customer_id.in_(customer_ids) & (cases.c.status == "dormant")
    return {CustomerId(row["customer_id"]) for row in await tx.rows(select(cases.c.customer_id).where(mine).distinct())}


async def wake(tx: Transaction, *, customer_id: CustomerId, interaction_id: InteractionId | None) -> int:
    """He is heard of again: his resting cases are live again, and the question is open. Returns how many woke."""
    resting = select(cases.c.id).where(cases.c.customer_id == customer_id, cases.c.status == "dormant")
    woken = 0
    for row in await tx.rows(resting.order_by(cases.c.id)):
        case = await locked(tx, CaseId(row["id"]))
        if case.status != "dormant":
            continue
        told = {"id": new_id(), "case_id": case.id, "at": tx.now, "by": BY, "interaction_id": interaction_id}
        await tx.execute(wakings.insert().values(told))
        await happened(tx, case, "woke", by=BY)
        await tell(tx, case, "case.woke")
        await emit(tx, CaseWoke(case.id, customer_id, interaction_id))
        question = await open_question(tx, case.id)
        if question is not None:
            await set_timer(tx, kind=SILENT, ref=str(question.id), due_at=tx.now + DORMANT_AGAIN)
        woken += 1
    return woken
