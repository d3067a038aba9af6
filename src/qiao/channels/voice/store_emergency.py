"""Emergencies that were taken up, in rows: by number, so that a further call of it adds to what there is."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    RowMapping,
    Table,
    Text,
    Uuid,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from qiao.channels.voice.model_emergency import DAY, Back, Earlier
from qiao.channels.voice.store import voice_calls
from qiao.kernel.ids import CaseId, InteractionId
from qiao.platform.database import PERSONAL, Transaction, metadata
from qiao.platform.timers import cancel_timer

AGAIN: Final = "voice.emergency_again"
"""The timer of a call back that did not help, for the next; named by that call."""
voice_emergencies = Table(
    "voice_emergencies",
    metadata,
    Column("call_id", Uuid, ForeignKey("voice_calls.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Text, nullable=False, info=PERSONAL),
    Column("case_id", Uuid, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("texted", Boolean, nullable=False),
    Column("back_id", Uuid),
    Column("taken_away_at", DateTime(timezone=True)),
    Index("ix_voice_emergencies_number", "number", "at"),
    Index("ix_voice_emergencies_at", "at"),
    Index("ix_voice_emergencies_back_id", "back_id", unique=True),
)
"""`call_id`: the call that was cut short. `back_id`: the call back that was made of it, unless one was there.
`taken_away_at`: when he called again himself, so that nobody had to call him back any more."""


async def keep_taken_up(
    tx: Transaction, *, call_id: UUID, number: str, case_id: CaseId, texted: bool, back_id: UUID | None
) -> None:
    """Write what became of a call that was cut short."""
    row = {"call_id": call_id, "number": number, "case_id": case_id, "at": tx.now, "back_id": back_id}
    await tx.execute(insert(voice_emergencies).values(**row, texted=texted))


async def earlier(tx: Transaction, number: str) -> list[tuple[CaseId, Earlier]]:
    """What was taken up of this number before and still counts, oldest first, each with its case.

    That is the newest, and what brought a text or a call within a day; whether a case is open the caller knows better.
    """
    mine = voice_emergencies.c.number == number
    counts = voice_emergencies.c.texted | voice_emergencies.c.back_id.is_not(None)
    newest = select(func.max(voice_emergencies.c.at)).where(mine).scalar_subquery()
    kept = (counts & (voice_emergencies.c.at > tx.now - DAY)) | (voice_emergencies.c.at == newest)
    rows = await tx.rows(
        select(voice_emergencies, voice_calls.c.ended_at)
        .outerjoin(voice_calls, voice_calls.c.id == voice_emergencies.c.back_id)
        .where(mine, kept)
        .order_by(voice_emergencies.c.at)
    )
    return [(CaseId(row["case_id"]), Earlier(row["at"], False, row["texted"], _back(row))) for row in rows]


def _back(row: RowMapping) -> Back:
    if row["back_id"] is None:
        return "no"
    if row["taken_away_at"] is not None:
        return "taken_away"
    return "waits" if row["ended_at"] is None else "over"


async def numbers_lately(tx: Transaction, but: str, within: timedelta) -> int:
    """How many other numbers have got a text or a call back lately."""
    counts = voice_emergencies.c.texted | voice_emergencies.c.back_id.is_not(None)
    lately = (voice_emergencies.c.at > tx.now - within) & (voice_emergencies.c.number != but)
    many = select(func.count(voice_emergencies.c.number.distinct())).where(counts, lately)
    return int(await tx.scalar(many) or 0)


async def waiting_back(tx: Transaction, number: str) -> InteractionId | None:
    """The contact of the call back that waits for this number, if one does."""
    waits = (voice_emergencies.c.number == number) & voice_emergencies.c.taken_away_at.is_(None)
    found = await tx.scalar(
        select(voice_calls.c.interaction_id)
        .join(voice_emergencies, voice_calls.c.id == voice_emergencies.c.back_id)
        .where(waits, voice_calls.c.ended_at.is_(None))
    )
    return InteractionId(found) if found is not None else None


async def over_and_waiting(tx: Transaction, contacts: Collection[UUID]) -> dict[InteractionId, bool]:
    """Which of these contacts are calls back that are over and may be made again; whether the next waits already."""
    call, back, other = voice_calls.c, voice_calls.alias(), voice_emergencies.alias()
    waits = exists().where(
        other.c.number == call.number,
        other.c.taken_away_at.is_(None),
        back.c.id == other.c.back_id,
        back.c.ended_at.is_(None),
    )
    is_made = exists().where(voice_emergencies.c.call_id == call.id)
    over = call.interaction_id.in_(contacts) & (call.matter != "") & call.ended_at.is_not(None)
    rows = await tx.rows(select(call.interaction_id, waits.label("waits")).where(over, waits | ~is_made))
    return {InteractionId(row["interaction_id"]): row["waits"] for row in rows}


async def take_away(tx: Transaction, contact: InteractionId) -> None:
    """He calls himself: this call back is needed no more."""
    its = select(voice_calls.c.id).where(voice_calls.c.interaction_id == contact).scalar_subquery()
    mine = voice_emergencies.c.back_id == its
    await tx.execute(update(voice_emergencies).where(mine).values(taken_away_at=tx.now))


async def made_back(tx: Transaction, number: str) -> int:
    """Calls back to this number that are over, of a day."""
    return sum(one.back == "over" and tx.now - one.at < DAY for _, one in await earlier(tx, number))


async def is_called_again(tx: Transaction, call_id: UUID) -> bool:
    """Whether something was made of the end of this call already."""
    mine = voice_emergencies.c.call_id == call_id
    return await tx.scalar(select(voice_emergencies.c.call_id).where(mine)) is not None


async def again_no_more(tx: Transaction, number: str) -> bool:
    """He calls himself: he is not called again in some minutes. Whether he would have been."""
    his = (voice_emergencies.c.number == number) & voice_emergencies.c.back_id.is_not(None)
    newest = select(voice_emergencies.c.back_id).where(his).order_by(voice_emergencies.c.at.desc()).limit(1)
    back_id = await tx.scalar(newest)
    return back_id is not None and await cancel_timer(tx, kind=AGAIN, ref=str(back_id))


async def first_called(tx: Transaction, case_id: CaseId) -> datetime | None:
    """When the first call began that this case is about."""
    its = select(func.min(voice_calls.c.began_at)).join(
        voice_emergencies, voice_emergencies.c.call_id == voice_calls.c.id
    )
    found: datetime | None = await tx.scalar(its.where(voice_emergencies.c.case_id == case_id))
    return found


async def dialled_by(tx: Transaction, back_id: UUID) -> str:
    """The number of ours that he had dialled who is called back now; "" for a call back of another kind."""
    its = select(voice_emergencies.c.case_id).where(voice_emergencies.c.back_id == back_id).scalar_subquery()
    his = select(voice_calls.c.dialled).join(voice_emergencies, voice_emergencies.c.call_id == voice_calls.c.id)
    his = his.where(voice_emergencies.c.case_id == its, voice_calls.c.dialled != "")
    return str(await tx.scalar(his.order_by(voice_calls.c.began_at.desc()).limit(1)) or "")
