"""A call promised about a case, kept by how the callback comes out; and the customer's answer by text."""

import contextlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import exists, or_

from qiao import outreach, routing
from qiao.cases.confirmation_rules import AnsweredBefore, NothingAsked
from qiao.cases.confirming import confirm
from qiao.cases.events import PromiseKept
from qiao.cases.events_proof import ConfirmationAsked
from qiao.cases.model_confirmation import number_in, reply_of
from qiao.cases.promising import keep_promise, promise
from qiao.cases.proof_records import unanswered
from qiao.cases.queries import case_alone
from qiao.cases.recording import link_interaction
from qiao.cases.store import cases
from qiao.cases.store_proof import confirmation_questions, confirmation_steps
from qiao.cases.telling import BY, number_to_tell
from qiao.customers import customer_of
from qiao.interactions import set_topic
from qiao.kernel.events import Event
from qiao.kernel.ids import AgentId, CaseId, DeskId, InteractionId
from qiao.kernel.languages import N_
from qiao.kernel.origin import Origin
from qiao.kernel.refused import Refused
from qiao.outreach import CallbackDone, CallbackDue, CallbackWithdrawn
from qiao.platform.database import Transaction
from qiao.platform.room import Hears
from qiao.post import TextIn

KEY: Final = "promise:"
CALL_FROM: Final = timedelta(hours=1)
CALL_WITHIN: Final = timedelta(days=1)
"""The one call after his silence: from when, and for how long it is owed."""


class NobodyToCall(Refused):
    """The case has no customer yet, or he has no number with us."""

    code = "cases.nobody_to_call"
    text = N_(
        "There is no number of the customer to call about case {number}. Nothing was promised; ask for one first."
    )


async def promise_call(
    tx: Transaction,
    *,
    case_id: CaseId,
    window: tuple[datetime, datetime],
    what: str,
    agent_id: AgentId,
    desk_id: DeskId,
    same_agent: bool = True,
    interaction_id: InteractionId | None = None,
) -> UUID:
    """Promise the customer of a case a call within a window; returns the callback's id.

    It stands on the case as a promise due at the window's end. Raises NobodyToCall, InputNotUnderstood (fields "what",
    "from_at", "until_at"), CaseIsClosed, DeskClosedThen.
    """
    case = await case_alone(tx, case_id)
    service = await number_to_tell(tx, case)
    if case.customer_id is None or service is None:
        raise NobodyToCall(number=case.number)
    given = {"case_id": case_id, "what": what, "due_at": window[1], "agent_id": agent_id}
    promise_id = await promise(tx, interaction_id=interaction_id, **given)  # type: ignore[arg-type]
    return await outreach.promise_callback(
        tx,
        customer_id=case.customer_id,
        service=service,
        window=window,
        matter=f"case:{case_id}",
        desk_id=desk_id,
        preferred_agent_id=agent_id if same_agent else None,
        origin=Origin("desk", interaction_id, f"agent:{agent_id}"),
        key=f"{KEY}{promise_id}",
    )


async def on_confirmation_asked(tx: Transaction, event: ConfirmationAsked) -> None:
    """He answered neither the question nor its reminder: one human call is owed to him, by the desk of his case."""
    if event.step != "call":
        return
    case = await case_alone(tx, event.case_id)
    service = await number_to_tell(tx, case)
    ours = [desk.id for desk in await routing.desks(tx) if desk.unit_id in (None, case.unit_id)]
    desk_id = case.desk_id or next(iter(ours), None)
    if case.customer_id is None or service is None or desk_id is None:
        return
    with contextlib.suppress(outreach.DeskClosedThen):
        await outreach.promise_callback(
            tx,
            customer_id=case.customer_id,
            service=service,
            window=(tx.now + CALL_FROM, tx.now + CALL_FROM + CALL_WITHIN),
            matter=f"case:{case.id}",
            desk_id=desk_id,
            preferred_agent_id=case.owner_id,
            origin=Origin("system", None, BY),
            key=f"confirmation:{event.question_id}",
        )


async def on_callback_due(tx: Transaction, event: CallbackDue) -> None:
    """The contact that waits for it is about the case: whoever takes it has its history and next step before him."""
    kind, _, told = event.matter.partition(":")
    if kind != "case":
        return
    case = await case_alone(tx, CaseId(UUID(told)))
    await set_topic(tx, interaction_id=event.interaction_id, topic=case.title)
    await link_interaction(tx, case_id=case.id, interaction_id=event.interaction_id, by=BY)


async def on_callback_done(tx: Transaction, event: CallbackDone) -> None:
    """The promise is kept."""
    if event.key.startswith(KEY):
        by = f"agent:{event.agent_id}"
        told = {"how": "", "by": by, "interaction_id": event.interaction_id}
        await keep_promise(tx, promise_id=UUID(event.key.removeprefix(KEY)), **told)  # type: ignore[arg-type]


async def on_callback_withdrawn(tx: Transaction, event: CallbackWithdrawn) -> None:
    """Nobody waits for it any more: the promise does not stay open until it breaks."""
    if event.key.startswith(KEY):
        await keep_promise(tx, promise_id=UUID(event.key.removeprefix(KEY)), how="", by=event.by)


async def on_promise_kept(tx: Transaction, event: PromiseKept) -> None:
    """It was kept in another way: no contact waits for it any more."""
    for owed in await outreach.callbacks_about(tx, f"case:{event.case_id}"):
        if owed.key == f"{KEY}{event.promise_id}" and owed.state not in ("done", "withdrawn", "talking"):
            await outreach.withdraw_callback(tx, callback_id=owed.id, by=f"agent:{event.owner_id}")


async def hear_answer(tx: Transaction, text: TextIn, *, asked_after: datetime | None = None) -> bool:
    """A yes or no from the number of a case answers its open question; anything else answers nothing.

    It is the case he names by its number, else the one he was asked about last. A word to no question changes nothing.
    `asked_after`: he was asked something else then, and his "1" answers a question put, or reminded of, later only.
    Returns whether the text was such an answer.
    """
    solved = reply_of(text.text)
    person = await customer_of(tx, text.sender) if solved else None
    if solved is None or person is None:
        return False
    about = confirmation_questions.c.service_id
    by_this_number = or_(about == str(text.sender), about.is_(None), ~about.startswith("mobile:"))
    asked = unanswered(person.id).where(by_this_number)
    if (number := number_in(text.text)) is not None:
        asked = asked.where(cases.c.number == number)
    elif asked_after is not None:
        put = (confirmation_steps.c.question_id == confirmation_questions.c.id) & (
            confirmation_steps.c.at > asked_after
        )
        asked = asked.where(or_(confirmation_questions.c.at > asked_after, exists().where(put)))
    row = await tx.one(asked.limit(1))
    if row is None:
        return False
    given = {"by": f"customer:{person.id}", "channel": "sms", "seen_question": row["id"]}
    with contextlib.suppress(NothingAsked, AnsweredBefore):
        await confirm(tx, case_id=CaseId(row["case_id"]), solved=solved, **given)
    return True


CALLS: Final[Mapping[type[Event], Hears]] = {
    CallbackDue: on_callback_due,
    CallbackDone: on_callback_done,
    CallbackWithdrawn: on_callback_withdrawn,
    ConfirmationAsked: on_confirmation_asked,
    PromiseKept: on_promise_kept,
}
