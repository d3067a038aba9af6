"""The demo's handset: where messages to customers arrive, in rows of its own, and the pages that show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import Column, DateTime, Identity, Index, Integer, MetaData, Table, Text, select, text
from sqlalchemy.dialects.postgresql import insert

from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.live import touch
from qiao.post import Message

SHOWN_MAX: Final = 50

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
    Index("ix_handset_messages_service", "service", "id"),
)


@dataclass(frozen=True, slots=True)
class Received:
    """One message on a handset."""

    id: int
    service: ServiceId
    text: str
    at: datetime
    sender: str = "10086"


async def make_tables(tx: Transaction) -> None:
    """Make the demo's schema, once."""
    await tx.execute(text("create schema if not exists demo"))
    await tx.connection.run_sync(own.create_all)


class Handset:
    """Post's outlet in the demo: delivering means writing to the handset."""

    repeats_safely = True

    async def deliver(self, house: House, message: Message) -> Literal["delivered", "failed", "unknown"]:
        """Put the message on the handset of its recipient; the same message arrives once."""
        async with house.database.transaction() as tx:
            arrived = insert(handset_messages).values(
                service=str(message.recipient), text=message.text, key=str(message.id), at=tx.now
            )
            await tx.execute(arrived.on_conflict_do_nothing(index_elements=["key"]))
            await touch(tx, f"handset:{message.recipient}")
        return "delivered"


async def messages(tx: Transaction, service: ServiceId) -> list[Received]:
    """What arrived on this handset, newest first, at most 50."""
    rows = await tx.rows(
        select(handset_messages)
        .where(handset_messages.c.service == str(service))
        .order_by(handset_messages.c.id.desc())
        .limit(SHOWN_MAX)
    )
    return [Received(row["id"], ServiceId.from_text(row["service"]), row["text"], row["at"]) for row in rows]
