"""Callbacks owed: promised for a window, waiting at the desk when it begins, tried until the customer is reached.

promised ─ due ─ offered ─ talked ─ written up: reached → done · no answer → tried again within the window
                          └ window over, or nobody answers thrice → missed: red until it is made up for
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from qiao import customers, interactions, routing
from qiao.interactions import Interaction
from qiao.kernel.ids import AgentId, CustomerId, DeskId, InteractionId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.origin import Origin
from qiao.kernel.refused import InputNotUnderstood, NotFound, Refused
from qiao.kernel.service_ids import ServiceId
from qiao.outreach import holding
from qiao.outreach.callback_rows import callback, locked_callback
from qiao.outreach.callback_writing import BEGINS, CLOSES, end, set_columns, set_next, tell, touch_all, whose
from qiao.outreach.consenting import zone_chosen_by
from qiao.outreach.events import (
    CallbackDone,
    CallbackDue,
    CallbackMissed,
    CallbackPromised,
    CallbackTried,
    CallbackWithdrawn,
)
from qiao.outreach.model import zone_of
from qiao.outreach.model_callbacks import Attempt, Callback, Outcome, next_attempt_at, window_problem
from qiao.outreach.store import attempts, callbacks
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.failpoints import failpoint
from qiao.platform.timers import cancel_timer, set_timer

ENTRY_POINT: Final = "callback"
CHANNEL: Final = "sms"
VOICE: Final = "voice"
Carries = Callable[[Transaction], Awaitable[bool]]
_BY_VOICE: list[Carries] = []
"""Asked whether calls can be made now; without an answer, and while there is none, a callback is a talk by text."""
PROMISED: Final = "outreach.promise_callback.before_commit"
QUEUED: Final = "outreach.callback_begins.before_commit"
SETTLED: Final = "outreach.callback_settled.before_commit"
MISSED: Final = "outreach.callback_missed.before_commit"


class CallbackIsOver(Refused):
    """It was made or withdrawn before."""

    code = "outreach.callback_is_over"
    text = N_("This call back was made or withdrawn already. Nothing was changed.")


class DeskClosedThen(Refused):
    """The desk is closed for the whole window."""

    code = "outreach.desk_closed_then"
    text = N_("The desk is closed for all of that time, so nobody could keep the promise. Choose another time.")


async def promise_callback(
    tx: Transaction,
    *,
    customer_id: CustomerId,
    service: ServiceId,
    window: tuple[datetime, datetime],
    matter: str,
    desk_id: DeskId,
    preferred_agent_id: AgentId | None,
    origin: Origin,
    key: str,
) -> UUID:
    """Promise the customer a call between two instants; the same key is the same promise.

    At the beginning the desk gets a waiting contact that ranks by when the customer's own waiting began (that of
    `origin.interaction`, else now), in the language he speaks there, else in that of his record. Raises NotFound
    (customer, desk), InputNotUnderstood (fields "from_at", "until_at"), DeskClosedThen.
    """
    from_at, until_at = window
    known = await tx.scalar(
        select(callbacks.c.id).where(callbacks.c.customer_id == customer_id, callbacks.c.key == key)
    )
    if known is not None:
        return known  # type: ignore[no-any-return]
    if from_at.tzinfo is None or until_at.tzinfo is None:
        raise ValueError("a window has zones")
    if (problem := window_problem(from_at, until_at, tx.now)) is not None:
        raise InputNotUnderstood(dict([problem]))
    begins_at = await _begins_at(tx, desk_id, max(from_at, tx.now), until_at)
    person = await customers.customer(tx, customer_id)
    contact = await interactions.interaction(tx, origin.interaction) if origin.interaction is not None else None
    callback_id = new_id()
    made = insert(callbacks).values(
        id=callback_id,
        key=key,
        customer_id=customer_id,
        service=str(service),
        from_at=from_at,
        until_at=until_at,
        zone=str(zone_of(service, await zone_chosen_by(tx, customer_id))),
        matter=matter,
        desk_id=desk_id,
        preferred_agent_id=preferred_agent_id,
        unit_id=person.unit_id,
        segment=person.segment,
        language=(contact.language if contact is not None else "") or person.language,
        promised_at=tx.now,
        promised_by=origin.actor,
        waiting_since=await _waiting_since(tx, contact),
        origin=origin.as_json(),
        next_at=begins_at,
    )
    kept = await tx.scalar(made.on_conflict_do_nothing(index_elements=["customer_id", "key"]).returning(callbacks.c.id))
    if kept is None:
        return await promise_callback(
            tx, customer_id=customer_id, service=service, window=window, matter=matter, desk_id=desk_id,
            preferred_agent_id=preferred_agent_id, origin=origin, key=key,
        )  # fmt: skip
    await set_timer(tx, kind=BEGINS, ref=str(callback_id), due_at=begins_at)
    await set_timer(tx, kind=CLOSES, ref=str(callback_id), due_at=until_at)
    owed = await callback(tx, callback_id)
    await emit(tx, CallbackPromised(*whose(owed), desk_id, from_at, until_at, preferred_agent_id))
    await tell(tx, owed, "promised", origin.interaction)
    failpoint(PROMISED)
    return callback_id


async def _begins_at(tx: Transaction, desk_id: DeskId, from_at: datetime, until_at: datetime) -> datetime:
    """When in the window the desk is open first. Raises NotFound, DeskClosedThen."""
    found = await routing.desks(tx, [desk_id])
    if not found:
        raise NotFound
    opens_at = found[0].plan.hours.opens_at(from_at)
    if opens_at is None or opens_at >= until_at:
        raise DeskClosedThen
    return opens_at


async def _waiting_since(tx: Transaction, contact: Interaction | None) -> datetime:
    """Since when he waits; a call that he was owed before, and that this contact holds back, gives its place to it."""
    if contact is None:
        return tx.now
    before = await holding.joined(tx, contact)
    since = contact.queued_at or contact.started_at
    return since if before is None else min(before, since)


async def callbacks_begin(tx: Transaction, refs: list[str]) -> None:
    """The timer's work: the contact begins to wait, unless it does already, is not owed, or its customer calls us.

    In order, as others who hold many at once.
    """
    for ref in sorted(refs):
        owed = await locked_callback(tx, UUID(ref))
        if owed is None or owed.state not in ("owed", "missed") or owed.open_attempt is not None:
            continue
        own = await holding.own_call(tx, owed.customer_id)
        if own is not None and await holding.hold(tx, owed, own.id):
            continue
        try:
            begins_at = await _begins_at(tx, owed.desk_id, tx.now, max(owed.until_at, tx.now + timedelta(hours=1)))
        except (DeskClosedThen, NotFound):
            begins_at = tx.now  # closed against the plan: it waits there, and its window tells
        if begins_at > tx.now:
            await set_next(tx, owed, begins_at)
            continue
        await _queue(tx, owed)
        failpoint(QUEUED)


def carry_by_voice(can: Carries) -> None:
    """Have callbacks be calls while `can` says so; the later one stands. Called from a room's `register`."""
    _BY_VOICE[:] = [can]


async def _channel(tx: Transaction, owed: Callback) -> str:
    if owed.service.kind != "mobile":
        return CHANNEL
    for can in _BY_VOICE:
        if await can(tx):
            return VOICE
    return CHANNEL


async def _queue(tx: Transaction, owed: Callback) -> None:
    """Let a contact wait for it: outbound, at its desk, held for the same agent as long as the desk's rules say."""
    channel = await _channel(tx, owed)
    contact = await interactions.start_interaction(
        tx,
        channel=channel,
        language=owed.language,
        direction="outbound",
        unit_id=owed.unit_id,
        customer_id=owed.customer_id,
        service_id=owed.service,
        segment=owed.segment,
        entry_point=ENTRY_POINT,
    )
    number = len(owed.attempts) + 1
    await tx.execute(
        attempts.insert().values(
            callback_id=owed.id, number=number, interaction_id=contact.id, queued_at=tx.now, outcome=None
        )
    )
    await set_columns(tx, owed, next_at=None, held_by=None)
    if owed.matter:
        await interactions.link_matter(tx, interaction_id=contact.id, matter=owed.matter)
    await interactions.mark_queued(tx, interaction_id=contact.id)
    await routing.queue_contact(
        tx,
        interaction_id=contact.id,
        channel=routing.SEATS.get(channel, channel),
        entry_point=ENTRY_POINT,
        language=owed.language,
        segment=owed.segment,
        customer_id=owed.customer_id,
        preferred_agent=owed.preferred_agent_id,
        unit_id=owed.unit_id,
        origin=Origin(channel, contact.id, "system:outreach"),
        desk_id=owed.desk_id,
        queued_at=owed.waiting_since,
    )
    await emit(tx, CallbackDue(*whose(owed), number, owed.desk_id, contact.id))


async def answered(tx: Transaction, *, interaction_id: InteractionId, agent_id: AgentId) -> None:
    """An agent accepted the offer: the attempt is his."""
    found = await _of_contact(tx, interaction_id)
    if found is None:
        return
    owed, attempt = found
    mine = (attempts.c.callback_id == owed.id) & (attempts.c.number == attempt.number)
    await tx.execute(update(attempts).where(mine).values(agent_id=agent_id, answered_at=attempt.answered_at or tx.now))
    await touch_all(tx, owed)


async def settle_attempt(tx: Transaction, *, interaction_id: InteractionId, outcome: Outcome) -> None:
    """How the attempt came out; the first word counts. Reached: done. Else tried again, or missed."""
    found = await _of_contact(tx, interaction_id)
    if found is None:
        return
    owed, attempt = found
    mine = (attempts.c.callback_id == owed.id) & (attempts.c.number == attempt.number)
    await tx.execute(update(attempts).where(mine).values(outcome=outcome, settled_at=tx.now))
    if outcome == "reached":
        assert attempt.agent_id is not None
        await end(tx, owed, "done", f"agent:{attempt.agent_id}")
        late = owed.missed_at is not None or (tx.now > owed.until_at and attempt.answered_at is None)
        await emit(tx, CallbackDone(*whose(owed), attempt.agent_id, interaction_id, late))
        await tell(tx, owed, "done", interaction_id)
    else:
        await _try_again(tx, owed, attempt, outcome)
    failpoint(SETTLED)


async def _try_again(tx: Transaction, owed: Callback, attempt: Attempt, outcome: Outcome) -> None:
    made = sum(one.outcome == "no_answer" for one in owed.attempts) + (outcome == "no_answer")
    next_at = next_attempt_at(outcome=outcome, made=made, now=tx.now, until_at=owed.until_at)
    await emit(tx, CallbackTried(*whose(owed), attempt.number, outcome, next_at))
    await tell(tx, owed, "tried", attempt.interaction_id)
    if next_at is not None:
        await set_next(tx, owed, next_at)
    else:
        await _miss(tx, owed, "window" if tx.now >= owed.until_at else "no_answer")
    await touch_all(tx, owed)


async def callbacks_close(tx: Transaction, refs: list[str]) -> None:
    """The timer's work: a window that is over without a conversation is missed; whoever waits goes on waiting."""
    for ref in refs:
        owed = await locked_callback(tx, UUID(ref))
        if owed is None or owed.ended_at is not None or tx.now < owed.until_at:
            continue
        attempt = owed.open_attempt
        if attempt is not None and attempt.answered_at is not None and attempt.answered_at <= owed.until_at:
            continue  # reached in time as far as anybody knows; what the agent writes decides
        await _miss(tx, owed, "window")
        failpoint(MISSED)


async def _miss(tx: Transaction, owed: Callback, why: str) -> None:
    if owed.missed_at is not None:
        return
    await set_columns(tx, owed, missed_at=tx.now, next_at=None)
    await cancel_timer(tx, kind=CLOSES, ref=str(owed.id))
    await emit(tx, CallbackMissed(*whose(owed), owed.desk_id, owed.until_at, why))
    await tell(tx, owed, "missed", None)


async def try_now(tx: Transaction, *, callback_id: UUID) -> None:
    """Let a missed callback, or one that is not due yet, wait at its desk at once; nothing while he calls himself.

    Raises NotFound, CallbackIsOver.
    """
    owed = await locked_callback(tx, callback_id)
    if owed is None:
        raise NotFound
    if owed.ended_at is not None:
        raise CallbackIsOver
    if owed.state == "held" and await holding.own_call(tx, owed.customer_id) is not None:
        return
    if owed.open_attempt is None:
        await cancel_timer(tx, kind=BEGINS, ref=str(owed.id))
        await _queue(tx, owed)
        await touch_all(tx, owed)


async def withdraw_callback(tx: Transaction, *, callback_id: UUID, by: str) -> None:
    """It is not owed any more (the customer called, or wants none). Again: nothing.

    Raises NotFound, and CallbackIsOver while somebody talks with the customer or once it was made.
    """
    owed = await locked_callback(tx, callback_id)
    if owed is None:
        raise NotFound
    if owed.ended_how == "withdrawn":
        return
    attempt = owed.open_attempt
    if owed.ended_at is not None or (attempt is not None and attempt.answered_at is not None):
        raise CallbackIsOver
    await end(tx, owed, "withdrawn", by)
    if attempt is not None:
        mine = (attempts.c.callback_id == owed.id) & (attempts.c.number == attempt.number)
        await tx.execute(update(attempts).where(mine).values(outcome="dropped", settled_at=tx.now))
        await interactions.end_interaction(tx, interaction_id=attempt.interaction_id, reason="replaced")
    await emit(tx, CallbackWithdrawn(*whose(owed), by))
    await tell(tx, owed, "withdrawn", None)


async def _of_contact(tx: Transaction, interaction_id: InteractionId) -> tuple[Callback, Attempt] | None:
    """The callback whose open attempt this contact is, locked."""
    callback_id = await tx.scalar(select(attempts.c.callback_id).where(attempts.c.interaction_id == interaction_id))
    owed = await locked_callback(tx, callback_id) if callback_id is not None else None
    attempt = owed.open_attempt if owed is not None else None
    if owed is None or attempt is None or attempt.interaction_id != interaction_id:
        return None
    return owed, attempt
