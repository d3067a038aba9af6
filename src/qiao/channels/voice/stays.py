"""Where calls waited, desk by desk, and what became of each there: heard from routing, whose desks they are.

A call is offered once to its service number and once to each desk at which it waits. If it waits too long at one and
goes on to another, the first has overflowed and the second has one more to answer; its number has one call all the
time. So overflow is counted by desk, as a queue's figures are anywhere, and sums over desks are no sums of calls.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    RowMapping,
    Table,
    Text,
    Uuid,
    func,
    or_,
    select,
    update,
)
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


@dataclass(frozen=True, slots=True)
class DeskFigures:
    """Calls that came in and were offered to one desk: of this day, and those that go on.

    offered = answered + abandoned + overflowed + callback + waiting + dropped; who talks is answered.
    """

    desk_id: DeskId
    waiting: int
    longest_since: datetime | None
    offered: int
    came_over: int
    """Of those offered: from another desk where they had waited too long."""
    answered: int
    abandoned: int
    overflowed: int
    callback: int
    dropped: int

    @property
    def adds_up(self) -> bool:
        """Whether every call that was offered to the desk is in exactly one place."""
        places = (self.answered, self.abandoned, self.overflowed, self.callback, self.waiting, self.dropped)
        return self.offered == sum(places)


# What routing tells -----------------------------------------------------------------------------------------------


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


# Figures ----------------------------------------------------------------------------------------------------------


async def desk_figures(tx: Transaction, *, since: datetime, desks: Collection[DeskId]) -> dict[DeskId, DeskFigures]:
    """By desk: calls that came to it since then, or that are there and go on."""
    stay, call = voice_stays.c, voice_calls.c
    here = stay.left_at.is_(None)
    over = here & (call.state == "over")
    answered = (stay.left_as == "answered") | (here & (call.state == "talking")) | (over & (call.outcome == "answered"))
    waiting = here & (call.state == "waiting")
    overflowed = (stay.left_as == "overflowed") | (over & (call.outcome == "overflowed"))
    found = await tx.rows(
        select(
            stay.desk_id,
            _many(waiting, "waiting"),
            func.min(stay.came_at).filter(waiting).label("longest_since"),
            func.count().label("offered"),
            _many(_came_over(), "came_over"),
            _many(answered, "answered"),
            _many(overflowed, "overflowed"),
            *(_many(over & (call.outcome == one), one) for one in ("abandoned", "callback", "dropped")),
        )
        .join(voice_calls, call.id == stay.call_id)
        .where(stay.desk_id.in_(list(desks)), call.dialled != "", call.queued_at.is_not(None))
        .where(or_(stay.came_at >= since, here & call.ended_at.is_(None)))
        .group_by(stay.desk_id)
    )
    return {row["desk_id"]: _figures(row) for row in found}


def _came_over() -> ColumnElement[bool]:
    before = voice_stays.alias()
    earlier = select(before.c.id).where(
        before.c.call_id == voice_stays.c.call_id,
        before.c.left_as == "overflowed",
        before.c.left_at == voice_stays.c.came_at,
    )
    return earlier.exists()


def _many(such: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.count().filter(such).label(name)


def _figures(row: RowMapping) -> DeskFigures:
    return DeskFigures(**{name: row[name] for name in DeskFigures.__slots__})
