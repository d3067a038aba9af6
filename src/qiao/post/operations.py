"""Taking messages into the ledger, claiming them, and writing down what became of them."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from sqlalchemy import case, select, true, update
from sqlalchemy.dialects.postgresql import insert

from qiao.kernel.ids import MessageId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.origin import Origin
from qiao.kernel.refused import Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.jobs import defer
from qiao.post.events import MessageAccepted, MessageSettled
from qiao.post.model import PRIORITIES, Ending, Message, Priority, after_crash
from qiao.post.queries import as_message
from qiao.post.store import post_messages

TEXT_MAX: Final = 4_000
STALE_AFTER: Final = timedelta(minutes=2)
"""A claim this old belongs to a sender that died."""
SUBMITTED_MAX: Final = timedelta(days=3)
"""An outlet that has not told of a message by then never will (SMS networks keep trying for one to three days)."""


class MessageTooLong(Refused):
    """More than any outlet takes."""

    code = "post.too_long"
    status = 413
    text = N_("The message has {count} characters; {limit} is the most. It was not sent; shorten it.")


async def send(
    tx: Transaction,
    *,
    purpose: str,
    recipient: ServiceId,
    text: str,
    language: str,
    key: str,
    origin: Origin,
    priority: Priority = "normal",
    secret: bool = False,
    sender: str = "",
) -> MessageId:
    """Take a message into the ledger; it leaves once this transaction has committed.

    The same (purpose, key, recipient) is the same message, however often it is asked for. A `secret` text (a one-time
    code) is wiped as soon as the message is settled, and is never logged. It leaves from `sender`, a service
    number. Raises MessageTooLong.
    """
    if len(text) > TEXT_MAX:
        raise MessageTooLong(count=len(text), limit=TEXT_MAX)
    message_id = MessageId(new_id())
    made = insert(post_messages).values(
        id=message_id,
        purpose=purpose,
        key=key,
        recipient=str(recipient),
        text=text,
        language=language,
        priority=PRIORITIES[priority],
        secret=secret,
        sender=sender,
        origin=origin.as_json(),
        accepted_at=tx.now,
    )
    kept = await tx.scalar(made.on_conflict_do_nothing().returning(post_messages.c.id))
    if kept is None:
        known = select(post_messages.c.id).where(
            post_messages.c.purpose == purpose,
            post_messages.c.key == key,
            post_messages.c.recipient == str(recipient),
        )
        return MessageId(await tx.scalar(known))
    await emit(tx, MessageAccepted(message_id, purpose))
    await defer(tx, "post.deliver", message_id=str(message_id))
    return message_id


async def claim(tx: Transaction, *, message_id: MessageId | None = None, limit: int = 1) -> list[Message]:
    """Take messages to send: the urgent first, then the oldest. What somebody else is at is passed over."""
    waiting = select(post_messages.c.id).where(post_messages.c.state == "accepted")
    if message_id is not None:
        waiting = waiting.where(post_messages.c.id == message_id)
    mine = (
        waiting.order_by(post_messages.c.priority, post_messages.c.accepted_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = update(post_messages).where(post_messages.c.id.in_(mine)).values(state="claimed", claimed_at=tx.now)
    rows = await tx.rows(taken.returning(post_messages))
    return [as_message(row) for row in sorted(rows, key=lambda row: (row["priority"], row["accepted_at"]))]


async def give_back(tx: Transaction, *, message_id: MessageId) -> None:
    """It surely never left: it waits again."""
    mine = (post_messages.c.id == message_id) & (post_messages.c.state == "claimed")
    await tx.execute(update(post_messages).where(mine).values(state="accepted", claimed_at=None))


async def submitted(tx: Transaction, *, message_id: MessageId) -> None:
    """The outlet has it; a receipt will tell the rest."""
    mine = (post_messages.c.id == message_id) & (post_messages.c.state == "claimed")
    await tx.execute(update(post_messages).where(mine).values(state="submitted", submitted_at=tx.now))


async def settle(tx: Transaction, *, message_id: MessageId, ending: Ending, reason: str = "") -> bool:
    """Write down how it ended, once; False when it had ended before. A secret text goes."""
    return await _end(tx, message_id, ending, reason, ("claimed", "submitted"))


async def _end(tx: Transaction, message_id: MessageId, ending: Ending, reason: str, states: tuple[str, ...]) -> bool:
    open_still = post_messages.c.state.in_(states)
    ended = (
        update(post_messages)
        .where(post_messages.c.id == message_id, open_still)
        .values(
            state=ending,
            settled_at=tx.now,
            reason=reason[:300],
            text=case((post_messages.c.secret, None), else_=post_messages.c.text),
        )
    )
    row = await tx.one(ended.returning(post_messages.c.purpose))
    if row is None:
        return False
    await emit(tx, MessageSettled(message_id, row["purpose"], ending))
    return True


async def rescue(
    tx: Transaction, *, message_id: MessageId | None = None, repeats_safely: bool, after: timedelta = STALE_AFTER
) -> list[MessageId]:
    """Messages (or this one) whose sender should have told by now: sent again where that does no harm, else unknown.

    Returns those that wait to be sent: the ones given back, and with no `message_id` those whose job was lost, too.
    """
    this = (post_messages.c.id == message_id) if message_id is not None else true()
    stale = select(post_messages).where(
        this, post_messages.c.state == "claimed", post_messages.c.claimed_at <= tx.now - after
    )
    waiting = []
    for row in await tx.rows(stale.limit(1000).with_for_update(skip_locked=True)):
        if after_crash(row["state"], repeats_safely=repeats_safely) == "accepted":
            await give_back(tx, message_id=MessageId(row["id"]))
            waiting.append(MessageId(row["id"]))
        else:
            await settle(tx, message_id=MessageId(row["id"]), ending="unknown", reason="the sender stopped")
    if message_id is None:
        lost = select(post_messages.c.id).where(
            post_messages.c.state == "accepted", post_messages.c.accepted_at < tx.now - after
        )
        waiting = [MessageId(row["id"]) for row in await tx.rows(lost.order_by(post_messages.c.priority).limit(1000))]
    return waiting


async def withdraw(tx: Transaction, *, recipient: ServiceId, purposes: Collection[str]) -> int:
    """What has not left yet for this number and these purposes never does. Returns how many messages."""
    waiting = (post_messages.c.recipient == str(recipient)) & (post_messages.c.state == "accepted")
    rows = await tx.rows(
        select(post_messages.c.id)
        .where(waiting, post_messages.c.purpose.in_(list(purposes)))
        .with_for_update(skip_locked=True)
    )
    for row in rows:
        await _end(tx, MessageId(row["id"]), "failed", "withdrawn", ("accepted",))
    return len(rows)


async def give_up_submitted(tx: Transaction, *, after: timedelta = SUBMITTED_MAX, limit: int = 1_000) -> int:
    """Messages whose receipt never came are unknown; their secrets go. Returns how many."""
    silent = (post_messages.c.state == "submitted") & (post_messages.c.submitted_at <= tx.now - after)
    rows = await tx.rows(select(post_messages.c.id).where(silent).limit(limit).with_for_update(skip_locked=True))
    for row in rows:
        await settle(tx, message_id=MessageId(row["id"]), ending="unknown", reason="no receipt came")
    return len(rows)
