"""The demo's handset: where messages to customers arrive, in rows of its own, and the pages that show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import uuid4

from sqlalchemy import Column, DateTime, Identity, Index, Integer, MetaData, Table, Text, delete, select, text
from sqlalchemy.dialects.postgresql import insert

from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.live import touch
from qiao.post import Message

SHOWN_MAX: Final = 50
HOTLINE: Final = "10086"

own = MetaData(schema="demo")
"""The demo's tables stand apart: no operator's database ever has them."""

handset_messages = Table(
    "handset_messages",
    own,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("service", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("sender", Text, nullable=False, server_default=HOTLINE),
    Index("ix_handset_messages_service", "service", "id"),
)


handset_sent = Table(
    "handset_sent",
    own,
    Column("key", Text, primary_key=True),
    Column("service", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("ix_handset_sent_service", "service", "at"),
)
"""What left these telephones, by the key of the form it was written in."""


@dataclass(frozen=True, slots=True)
class Received:
    """One message on a handset."""

    id: int
    service: ServiceId
    text: str
    at: datetime
    sender: str = HOTLINE


async def make_tables(tx: Transaction) -> None:
    """Make the demo's schema, once."""
    await tx.execute(text("create schema if not exists demo"))
    await tx.connection.run_sync(own.create_all)
    added = f"alter table demo.handset_messages add column if not exists sender text not null default '{HOTLINE}'"
    await tx.execute(text(added))


async def arrived(tx: Transaction, service: ServiceId, words: str, *, sender: str, key: str = "") -> None:
    """A message is on this telephone; the same `key` is the same message."""
    row = {"service": str(service), "text": words, "key": key or str(uuid4()), "at": tx.now, "sender": sender}
    await tx.execute(insert(handset_messages).values(row).on_conflict_do_nothing(index_elements=["key"]))
    await touch(tx, f"handset:{service}")


async def leaves(tx: Transaction, service: ServiceId, words: str, key: str) -> bool:
    """A text is about to leave this telephone; False when the same form was sent before."""
    row = {"key": key, "service": str(service), "text": words, "at": tx.now}
    made = insert(handset_sent).values(row).on_conflict_do_nothing().returning(handset_sent.c.key)
    return await tx.scalar(made) is not None


async def stayed(tx: Transaction, key: str) -> None:
    """It did not leave after all."""
    await tx.execute(delete(handset_sent).where(handset_sent.c.key == key))


async def sent(tx: Transaction, service: ServiceId) -> list[Received]:
    """What left this telephone, newest first, at most 50."""
    mine = select(handset_sent).where(handset_sent.c.service == str(service))
    rows = await tx.rows(mine.order_by(handset_sent.c.at.desc()).limit(SHOWN_MAX))
    return [Received(0, service, row["text"], row["at"], f"→ {HOTLINE}") for row in rows]


class Handset:
    """Post's outlet where no SMS centre is linked: delivering means writing to the handset."""

    repeats_safely = True

    async def deliver(self, house: House, message: Message) -> Literal["delivered", "failed", "unknown"]:
        """Put the message on the handset of its recipient; the same message arrives once."""
        async with house.database.transaction() as tx:
            sender = message.sender or HOTLINE
            await arrived(tx, message.recipient, message.text, sender=sender, key=str(message.id))
        return "delivered"


async def messages(tx: Transaction, service: ServiceId) -> list[Received]:
    """What arrived on this handset, newest first, at most 50."""
    rows = await tx.rows(
        select(handset_messages)
        .where(handset_messages.c.service == str(service))
        .order_by(handset_messages.c.id.desc())
        .limit(SHOWN_MAX)
    )
    return [
        Received(row["id"], ServiceId.from_text(row["service"]), row["text"], row["at"], row["sender"]) for row in rows
    ]
