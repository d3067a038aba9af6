"""The customer's word: asked once everything is proved; his yes closes, his no reopens, his silence lets it rest.

verified ─ asked ─ 3 d ─ one reminder ─ 3 d ─ one human call ─ 7 d ─ dormant ─ his next contact ─ verified
"""

from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.cases.confirmation_rules import (
    AnsweredBefore,
    ContactDoesNotProve,
    NothingAsked,
)
from qiao.cases.events import CaseReopened
from qiao.cases.events_proof import CaseClosed, CaseConfirmed, CaseRated, CaseRefused, ConfirmationAsked
from qiao.cases.model_confirmation import CHANNELS, SILENCE, STARS, Channel, Solved
from qiao.cases.model_records import Case
from qiao.cases.model_words import LONG_MAX, UNKNOWN, Form
from qiao.cases.proof_records import OpenQuestion, open_question
from qiao.cases.recording import keep_words
from qiao.cases.settling import happened, locked
from qiao.cases.store import cases, confirmations, resolutions
from qiao.cases.store_proof import case_ratings, confirmation_questions, confirmation_steps
from qiao.cases.timeline import tell
from qiao.interactions import interaction
from qiao.kernel.ids import AgentId, CaseId, InteractionId, new_id
from qiao.kernel.refused import NotFound
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.failpoints import failpoint
from qiao.platform.jobs import defer
from qiao.platform.policy import Level
from qiao.platform.timers import cancel_timer, set_timer

SILENT: Final = "cases.silent"
TELL: Final = "cases.tell_question"
ANSWERED: Final = "cases.confirm.before_commit"
BY: Final = "system:proof"


async def ask_customer(tx: Transaction, *, case: Case, resolution_id: UUID) -> UUID | None:
    """Ask the customer whether it is solved; once for each resolution. None for a case that is nobody's yet."""
    question_id = new_id()
    row = {"id": question_id, "case_id": case.id, "at": tx.now, "by": BY, "resolution_id": resolution_id}
    made = insert(confirmation_questions).values(
        **row, customer_id=case.customer_id, service_id=str(case.service_id) if case.service_id else None
    )
    if await tx.scalar(made.on_conflict_do_nothing().returning(confirmation_questions.c.id)) is None:
        return None
    await take_step(tx, case, OpenQuestion(question_id, case.id, resolution_id, tx.now), "asked")
    await set_timer(tx, kind=SILENT, ref=str(question_id), due_at=tx.now + SILENCE[0][1])
    return question_id


async def take_step(tx: Transaction, case: Case, question: OpenQuestion, step: str) -> bool:
    """Write down that he was asked in one more way, and have it told to him; False when it was done before."""
    made = insert(confirmation_steps).values(question_id=question.id, step=step, at=tx.now).on_conflict_do_nothing()
    if await tx.scalar(made.returning(confirmation_steps.c.step)) is None:
        return False
    await happened(tx, case, f"confirmation_{step}", by=BY)
    await emit(tx, ConfirmationAsked(case.id, question.resolution_id, question.id, step, case.customer_id))
    if step != "call":
        await defer(tx, TELL, question_id=str(question.id), step=step)
    return True


async def confirm(
    tx: Transaction,
    *,
    case_id: CaseId,
    solved: Solved,
    by: str,
    channel: Channel,
    words: str = "",
    interaction_id: InteractionId | None = None,
    seen_question: UUID | None = None,
) -> None:
    """Take the customer's word on the question that is open. His yes closes the case, his no reopens it.

    `by` is the customer himself, or an agent who notes it in a live contact in which the customer has proved who he is
    ("contact": `interaction_id` and the customer's `words` are needed). `seen_question` is the one he was shown.
    Raises NotFound, NothingAsked, AnsweredBefore, ContactDoesNotProve, InputNotUnderstood.
    """
    case = await locked(tx, case_id, customer=by)
    form = Form()
    form.choice("channel", channel, {str(name): text for name, text in CHANNELS.items()})
    form.choice("solved", solved, {"yes": "", "no": ""})
    told = form.words("words", words, LONG_MAX, needed=channel == "contact")
    form.finish()
    await _must_be_his(tx, case, by, channel, interaction_id)
    question = await open_question(tx, case_id)
    if question is None or seen_question not in (None, question.id):
        raise await _why_not(tx, case, seen_question)
    if case.status not in ("verified", "dormant"):
        raise NothingAsked(number=case.number)
    made = insert(confirmations).values(
        id=new_id(),
        case_id=case_id,
        at=tx.now,
        by=by,
        interaction_id=interaction_id,
        resolution_id=question.resolution_id,
        solved=solved,
        words=told,
        channel=channel,
    )
    if await tx.scalar(made.on_conflict_do_nothing().returning(confirmations.c.id)) is None:
        raise AnsweredBefore(number=case.number)
    await cancel_timer(tx, kind=SILENT, ref=str(question.id))
    if told:
        his = f"customer:{case.customer_id}"
        await keep_words(tx, case, text=told, language="", by=by, said_by=his, interaction_id=interaction_id)
    if solved == "yes":
        await _closed(tx, case, question, by, channel, interaction_id)
    else:
        await _refused(tx, case, question, by, channel, interaction_id, told)
    failpoint(ANSWERED)


async def _must_be_his(
    tx: Transaction, case: Case, by: str, channel: Channel, interaction_id: InteractionId | None
) -> None:
    """Only the customer himself, or somebody to whom he says it now and who knows that it is he."""
    if case.customer_id is None:
        raise NothingAsked(number=case.number)
    if channel != "contact":
        if by != f"customer:{case.customer_id}":
            raise NotFound
        return
    contact = await interaction(tx, interaction_id) if interaction_id else None
    if (
        contact is None
        or contact.customer_id != case.customer_id
        or contact.ended_at is not None
        or contact.level < Level.ONE_FACTOR
        or by != f"agent:{contact.agent_id}"
    ):
        raise ContactDoesNotProve(number=case.number)


async def _why_not(tx: Transaction, case: Case, seen_question: UUID | None) -> NothingAsked | AnsweredBefore:
    """What to tell whoever answers what is not asked."""
    answered = (
        select(confirmations.c.id)
        .join(confirmation_questions, confirmation_questions.c.resolution_id == confirmations.c.resolution_id)
        .where(confirmation_questions.c.case_id == case.id)
    )
    if seen_question is not None:
        answered = answered.where(confirmation_questions.c.id == seen_question)
    before = case.status == "closed" or (seen_question is not None and await tx.scalar(answered.limit(1)) is not None)
    return (AnsweredBefore if before else NothingAsked)(number=case.number)


async def _closed(
    tx: Transaction, case: Case, question: OpenQuestion, by: str, channel: str, interaction_id: InteractionId | None
) -> None:
    status = await happened(tx, case, "confirmed", by=by, interaction_id=interaction_id, details={"channel": channel})
    assert status == "closed", status
    kind = await tx.scalar(select(resolutions.c.kind).where(resolutions.c.id == question.resolution_id))
    await tell(tx, case, "case.confirmed", interaction_id=interaction_id)
    await emit(tx, CaseConfirmed(case.id, question.resolution_id, by, channel, case.customer_id))
    await emit(tx, CaseClosed(case.id, question.resolution_id, kind, case.customer_id))


async def _refused(
    tx: Transaction,
    case: Case,
    question: OpenQuestion,
    by: str,
    channel: str,
    interaction_id: InteractionId | None,
    words: str,
) -> None:
    """It goes on at the head of the same desk."""
    await tx.execute(update(cases).where(cases.c.id == case.id).values(returned_at=tx.now))
    back = await locked(tx, case.id)
    await happened(tx, back, "refused", by=by, interaction_id=interaction_id, details={"channel": channel})
    await tell(tx, back, "case.refused", interaction_id=interaction_id, words=words)
    whose = (back.customer_id, back.owner_id, back.desk_id)
    await emit(tx, CaseRefused(case.id, question.resolution_id, by, channel, *whose))
    await emit(tx, CaseReopened(case.id, by, *whose))


async def rate(
    tx: Transaction,
    *,
    case_id: CaseId,
    stars: int,
    by: str,
    words: str = "",
    interaction_id: InteractionId | None = None,
) -> None:
    """What the customer himself thinks of how it was handled, 1 to 5; once for each resolution, again changes nothing.

    Raises NotFound, NothingAsked (nothing was resolved yet), InputNotUnderstood.
    """
    case = await locked(tx, case_id, customer=by)
    if by != f"customer:{case.customer_id}":
        raise NotFound
    form = Form()
    told = form.words("words", words, LONG_MAX, needed=False)
    if stars not in STARS:
        form.wrong["stars"] = UNKNOWN
    form.finish()
    newest = select(resolutions.c.id).where(resolutions.c.case_id == case_id)
    last = await tx.scalar(newest.order_by(resolutions.c.at.desc(), resolutions.c.id.desc()).limit(1))
    if last is None:
        raise NothingAsked(number=case.number)
    row = {"id": new_id(), "case_id": case_id, "at": tx.now, "by": by, "interaction_id": interaction_id}
    made = insert(case_ratings).values(**row, resolution_id=last, stars=stars, words=told).on_conflict_do_nothing()
    if await tx.scalar(made.returning(case_ratings.c.id)) is not None:
        await happened(tx, case, "rated", by=BY, details={"stars": stars})
        await emit(tx, CaseRated(case_id, last, stars))


async def note_in_contact(
    tx: Transaction,
    *,
    case_id: CaseId,
    solved: Solved,
    words: str,
    agent_id: AgentId,
    interaction_id: InteractionId | None,
) -> None:
    """Note the customer's word in a live contact. See `confirm`."""
    given = {"by": f"agent:{agent_id}", "words": words, "interaction_id": interaction_id}
    await confirm(tx, case_id=case_id, solved=solved, channel="contact", **given)  # type: ignore[arg-type]
