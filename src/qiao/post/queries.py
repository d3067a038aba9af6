"""Reads of the ledger."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on

from qiao.kernel.ids import MessageId
from qiao.kernel.refused import NotFound
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.post.model import PRIORITIES, Message, TextIn
from qiao.post.store import post_messages, post_texts


async def message(tx: Transaction, message_id: MessageId) -> Message:
    """One message. Raises NotFound."""
    row = await tx.one(select(post_messages).where(post_messages.c.id == message_id))
    if row is None:
        raise NotFound
    return as_message(row)


async def messages_to(tx: Transaction, recipient: ServiceId, *, limit: int = 50) -> list[Message]:
    """What was sent to a number, newest first; secret texts are gone."""
    rows = await tx.rows(
        select(post_messages)
        .where(post_messages.c.recipient == str(recipient))
        .order_by(post_messages.c.accepted_at.desc(), post_messages.c.id.desc())
        .limit(limit)
    )
    return [as_message(row) for row in rows]


async def unknowns(
    tx: Transaction, *, after: tuple[datetime, MessageId] | None = None, limit: int = 1_000
) -> list[Message]:
    """Messages of which nobody knows whether they arrived, oldest first, from after this (settled_at, id) on."""
    found = select(post_messages).where(post_messages.c.state == "unknown")
    if after is not None:
        found = found.where(tuple_(post_messages.c.settled_at, post_messages.c.id) > tuple_(*after))
    rows = await tx.rows(found.order_by(post_messages.c.settled_at, post_messages.c.id).limit(limit))
    return [as_message(row) for row in rows]


TAKEN: Final = tuple(
    post_messages.c[name]
    for name in ("id", "purpose", "recipient", "text", "language", "accepted_at", "reason", "priority", "sender")
)
"""What a sender needs to know of a message."""


def as_claimed(row: Sequence[Any]) -> Message:
    """A row of TAKEN, of which a gateway takes thousands a second."""
    message_id, purpose, recipient, text, language, accepted_at, reason, priority, sender = row
    return Message(
        message_id,
        purpose,
        ServiceId.from_text(recipient),
        text or "",
        language,
        "claimed",
        accepted_at,
        None,
        reason,
        priority == PRIORITIES["urgent"],
        sender,
    )


def as_message(row: RowMapping) -> Message:
    """A row of the ledger as the room's own value."""
    return Message(
        id=MessageId(row["id"]),
        purpose=row["purpose"],
        recipient=ServiceId.from_text(row["recipient"]),
        text=row["text"] or "",
        language=row["language"],
        state=row["state"],
        accepted_at=row["accepted_at"],
        settled_at=row["settled_at"],
        reason=row["reason"],
        urgent=row["priority"] == PRIORITIES["urgent"],
        sender=row["sender"],
    )


async def text_in(tx: Transaction, text_id: UUID) -> TextIn:
    """One text that was received. Raises NotFound."""
    row = await tx.one(select(post_texts).where(post_texts.c.id == text_id))
    if row is None:
        raise NotFound
    return as_text(row)


async def texts_between(
    tx: Transaction, senders: Collection[ServiceId], since: datetime, until: datetime
) -> dict[ServiceId, list[TextIn]]:
    """What these numbers texted us after `since` and before `until`, oldest first; one query however many."""
    when = (post_texts.c.received_at > since) & (post_texts.c.received_at < until)
    mine = select(post_texts).where(post_texts.c.sender.in_([str(one) for one in senders]), when)
    found: dict[ServiceId, list[TextIn]] = {}
    for row in await tx.rows(mine.order_by(post_texts.c.received_at, post_texts.c.id)):
        one = as_text(row)
        found.setdefault(one.sender, []).append(one)
    return found


async def unheard(tx: Transaction, *, limit: int = 100) -> list[TextIn]:
    """Texts that nobody has made anything of yet, oldest first. One reader at a time: whoever holds the lease."""
    waiting = select(post_texts).where(post_texts.c.heard_at.is_(None))
    rows = await tx.rows(waiting.order_by(post_texts.c.received_at, post_texts.c.id).limit(limit))
    return [as_text(row) for row in rows]


async def unheard_of_each(tx: Transaction, *, limit: int = 100) -> list[TextIn]:
    """As `unheard`, the oldest of each number only: slower, and nobody is kept waiting by one who floods us."""
    oldest = (
        select(post_texts)
        .ext(distinct_on(post_texts.c.sender))
        .where(post_texts.c.heard_at.is_(None))
        .order_by(post_texts.c.sender, post_texts.c.received_at, post_texts.c.id)
        .subquery()
    )
    rows = await tx.rows(select(oldest).order_by(oldest.c.received_at, oldest.c.id).limit(limit))
    return [as_text(row) for row in rows]


def as_text(row: RowMapping) -> TextIn:
    """A row of texts received as the room's own value."""
    sender = ServiceId.from_text(row["sender"])
    return TextIn(row["id"], sender, row["text"], row["received_at"], row["addressed_to"])
