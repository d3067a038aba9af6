"""Where calls waited, desk by desk, and what became of each there: heard from routing, whose desks they are.

A call is offered once to its service number and once to each desk at which it waits. If it waits too long at one and
goes on to another, the first has overflowed and the second has one more to answer; its number has one call all the
time. So overflow is counted by desk, as a queue's figures are anywhere, and sums over desks are no sums of calls.
"""

from typing import Final

from sqlalchemy import Column, DateTime, ForeignKey, Index, Table, Text, Uuid, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.channels.voice.store import voice_calls
from qiao.kernel.ids import DeskId, InteractionId, new_id
from qiao.platform.database import Transaction, metadata
from qiao.platform.live import touch
from qiao.routing import ContactOverflowed, ContactQueued, ContactTransferred

CHANNEL: Final = "voice"
voice_stays = Table(
    "voice_stays",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("call_id", Uuid, ForeignKey("voice_calls.id", ondelete="CASCADE"), nullable=False),
    Column("desk_id", Uuid, nullable=False),
    Column("came_at", DateTime(timezone=True), nullable=False),
    Column("left_at", DateTime(timezone=True)),
    Column("left_as", Text, nullable=False, server_default=""),
    Index("ix_voice_stays_here", "call_id", unique=True, postgresql_where="left_at is null"),
    Index("ix_voice_stays_call_id", "call_id"),
    Index("ix_voice_stays_came_at", "came_at"),
)
"""`left_as`: "overflowed" or "answered" (and handed on); while it is at the desk the call itself says how it stands."""


async def on_queued(tx: Transaction, event: ContactQueued) -> None:
    """It waits at a desk. Told again, it is there already."""
    if event.channel == CHANNEL:
        await _comes(tx, event.interaction_id, event.desk_id)


async def on_overflowed(tx: Transaction, event: ContactOverflowed) -> None:
    """It has waited too long and waits at another desk."""
    if await _leaves(tx, event.interaction_id, event.from_desk_id, "overflowed"):
        await _comes(tx, event.interaction_id, event.desk_id)


async def on_transferred(tx: Transaction, event: ContactTransferred) -> None:
    """Its agent has handed it on; at the same desk it stays what it is, answered or waiting again."""
    call_id = await _call_of(tx, event.interaction_id)
    here = (voice_stays.c.call_id == call_id) & voice_stays.c.left_at.is_(None)
    desk_id = await tx.scalar(select(voice_stays.c.desk_id).where(here))
    if desk_id not in (None, event.desk_id) and await _leaves(tx, event.interaction_id, desk_id, "answered"):
        await _comes(tx, event.interaction_id, event.desk_id)


async def _call_of(tx: Transaction, interaction_id: InteractionId) -> object:
    return await tx.scalar(select(voice_calls.c.id).where(voice_calls.c.interaction_id == interaction_id))


async def _comes(tx: Transaction, interaction_id: InteractionId, desk_id: DeskId) -> None:
    call_id = await _call_of(tx, interaction_id)
    if call_id is None:
        return
    row = {"id": new_id(), "call_id": call_id, "desk_id": desk_id, "came_at": tx.now}
    await tx.execute(insert(voice_stays).values(row).on_conflict_do_nothing())
    await touch(tx, f"desk:{desk_id}")


async def _leaves(tx: Transaction, interaction_id: InteractionId, desk_id: DeskId, left_as: str) -> bool:
    call_id = await _call_of(tx, interaction_id)
    here = (voice_stays.c.call_id == call_id) & (voice_stays.c.desk_id == desk_id) & voice_stays.c.left_at.is_(None)
    left = update(voice_stays).where(here).values(left_at=tx.now, left_as=left_as)
    await touch(tx, f"desk:{desk_id}")
    return bool((await tx.execute(left)).rowcount)
