"""Taking messages into the ledger, claiming them, and writing down what became of them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from operator import attrgetter
from typing import Final

from sqlalchemy import case, select, true, update
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert

from qiao.kernel.ids import MessageId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.origin import Origin
from qiao.kernel.refused import Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.live import MESSAGES, notify
from qiao.post.events import MessageAccepted, MessageSettled
from qiao.post.model import PRIORITIES, Draft, Ending, Message, Priority, after_crash
from qiao.post.queries import TAKEN, as_claimed
from qiao.post.store import post_messages

TEXT_MAX: Final = 4_000
_TAKE: Final = insert(post_messages).on_conflict_do_nothing().returning(post_messages.c.id, post_messages.c.purpose)
_PLACE: Final = attrgetter("priority", "accepted_at")
STALE_AFTER: Final = timedelta(minutes=2)
"""A claim this old belongs to a sender that died."""
SENDER_STOPPED: Final = "the sender stopped"
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
    draft = Draft(purpose, recipient, text, language, key, origin, priority, secret, sender)
    if kept := await send_all(tx, [draft]):
        return kept[0]
    known = select(post_messages.c.id).where(
        post_messages.c.purpose == purpose,
        post_messages.c.key == key,
        post_messages.c.recipient == str(recipient),
    )
    return MessageId(await tx.scalar(known))


async def send_all(tx: Transaction, drafts: Sequence[Draft]) -> list[MessageId]:
    """As `send`, for many in one statement; returns the ids of those that are new. Raises MessageTooLong."""
    for one in drafts:
        if len(one.text) > TEXT_MAX:
            raise MessageTooLong(count=len(one.text), limit=TEXT_MAX)
    if not drafts:
        return []
    rows = [
        {
            "id": new_id(),
            "purpose": one.purpose,
            "key": one.key,
            "recipient": str(one.recipient),
            "text": one.text,
            "language": one.language,
            "priority": PRIORITIES[one.priority],
            "secret": one.secret,
            "sender": one.sender,
            "origin": one.origin.as_json(),
            "accepted_at": tx.now,
        }
        for one in drafts
    ]
    made = await tx.execute(_TAKE, rows)
    kept = made.mappings().all()
    if kept:
        await emit(tx, *(MessageAccepted(MessageId(row["id"]), row["purpose"]) for row in kept))
        await notify(tx, MESSAGES)
    return [MessageId(row["id"]) for row in kept]


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
    found = (await tx.execute(taken.returning(*TAKEN))).all()
    return [as_claimed(row) for row in sorted(found, key=_PLACE)]


async def give_back(tx: Transaction, *, message_ids: Collection[MessageId]) -> None:
    """They surely never left: they wait again."""
    if message_ids:
        mine = post_messages.c.id.in_(list(message_ids)) & (post_messages.c.state == "claimed")
        await tx.execute(update(post_messages).where(mine).values(state="accepted", claimed_at=None))


_SUBMITTED: Final = sql(
    """
    update post_messages set state = 'submitted', submitted_at = :now, text = case when secret then null else text end
    where id = any(:ids) and state = 'claimed'
    """
)


async def submitted(tx: Transaction, *, message_ids: Collection[MessageId]) -> None:
    """The outlet has them; receipts will tell the rest. Secret texts go: nothing will ask for them again."""
    if message_ids:
        await tx.execute(_SUBMITTED, {"now": tx.now, "ids": list(message_ids)})


async def settle(tx: Transaction, *, message_id: MessageId, ending: Ending, reason: str = "") -> bool:
    """Write down how it ended, once; False when it had ended before. A secret text goes."""
    return await _end(tx, message_id, ending, reason, ("claimed", "submitted"))


_SETTLED: Final = sql(
    """
    update post_messages m
    set state = told.ending, settled_at = :now, reason = told.reason,
        text = case when m.secret then null else m.text end
    from unnest(cast(:ids as uuid[]), cast(:endings as text[]), cast(:reasons as text[])) told (id, ending, reason)
    where m.id = told.id and m.state in ('claimed', 'submitted')
    returning m.id, m.purpose, m.state
    """
)


async def settle_all(tx: Transaction, endings: Mapping[MessageId, tuple[Ending, str]]) -> int:
    """Write down how many messages ended, with their reasons; those that had ended before stay. Returns how many."""
    if not endings:
        return 0
    told = {
        "now": tx.now,
        "ids": list(endings),
        "endings": [ending for ending, _ in endings.values()],
        "reasons": [reason[:300] for _, reason in endings.values()],
    }
    rows = await tx.rows(_SETTLED, told)
    await emit(tx, *(MessageSettled(MessageId(row["id"]), row["purpose"], row["state"]) for row in rows))
    return len(rows)


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

    Returns the ones given back.
    """
    this = (post_messages.c.id == message_id) if message_id is not None else true()
    stale = select(post_messages).where(
        this, post_messages.c.state == "claimed", post_messages.c.claimed_at <= tx.now - after
    )
    again, lost = list[MessageId](), dict[MessageId, tuple[Ending, str]]()
    for row in await tx.rows(stale.limit(1000).with_for_update(skip_locked=True)):
        if after_crash(row["state"], repeats_safely=repeats_safely) == "accepted":
            again.append(MessageId(row["id"]))
        else:
            lost[MessageId(row["id"])] = ("unknown", SENDER_STOPPED)
    await give_back(tx, message_ids=again)
    await settle_all(tx, lost)
    return again


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
