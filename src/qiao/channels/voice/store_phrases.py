"""Set phrases of calls, in rows: chosen by the agent, said by the call's worker, answered by the caller's keys."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Column, ColumnElement, DateTime, ForeignKey, Index, RowMapping, Table, Text, Uuid, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.channels.voice.model_phrases import Outcome
from qiao.platform.database import PERSONAL, Transaction, metadata

voice_phrases = Table(
    "voice_phrases",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("call_id", Uuid, ForeignKey("voice_calls.id", ondelete="CASCADE"), nullable=False),
    Column("agent_id", Uuid, nullable=False),
    Column("code", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("read_in", Text, nullable=False),
    Column("calls_at", DateTime(timezone=True)),
    Column("zone", Text, nullable=False),
    Column("chosen_at", DateTime(timezone=True), nullable=False),
    Column("said_at", DateTime(timezone=True)),
    Column("outcome", Text, nullable=False, server_default=""),
    Column("answer", Text, nullable=False, server_default="", info=PERSONAL),
    Column("over_at", DateTime(timezone=True)),
    Index("ix_voice_phrases_call_id", "call_id", "chosen_at"),
)
"""`language`: as the caller hears it. `read_in`: as the agent reads it. `calls_at`: when a call was promised with it,
and `zone` by whose clock that is said. `outcome`: "" while it is not settled. `answer`: a key; no secret is."""
SHOWN_MAX: Final = 30


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of a call."""

    id: UUID
    call_id: UUID
    agent_id: UUID
    code: str
    language: str
    read_in: str
    calls_at: datetime | None
    zone: str
    chosen_at: datetime
    said_at: datetime | None = None
    outcome: Outcome | str = ""
    answer: str = ""


def _phrase(row: RowMapping) -> Phrase:
    return Phrase(**{name: row[name] for name in Phrase.__slots__})


async def keep_chosen(tx: Transaction, one: Phrase) -> None:
    """Write a phrase that is to be said; what was chosen before it and not said yet is not said any more."""
    waits = (voice_phrases.c.call_id == one.call_id) & voice_phrases.c.said_at.is_(None) & _open()
    await tx.execute(update(voice_phrases).where(waits).values(outcome="left", over_at=tx.now))
    await tx.execute(insert(voice_phrases).values({name: getattr(one, name) for name in Phrase.__slots__}))


async def unsettled(tx: Transaction, call_id: UUID) -> list[Phrase]:
    """What of a call is to be said, or was said and is not settled; the newest first."""
    mine = select(voice_phrases).where(voice_phrases.c.call_id == call_id, _open())
    return [_phrase(row) for row in await tx.rows(mine.order_by(voice_phrases.c.chosen_at.desc()))]


async def phrase(tx: Transaction, phrase_id: UUID) -> Phrase | None:
    """One of them."""
    row = await tx.one(select(voice_phrases).where(voice_phrases.c.id == phrase_id))
    return _phrase(row) if row is not None else None


async def phrases_of(tx: Transaction, call_id: UUID) -> list[Phrase]:
    """The newest of a call, the newest first."""
    mine = select(voice_phrases).where(voice_phrases.c.call_id == call_id)
    return [_phrase(row) for row in await tx.rows(mine.order_by(voice_phrases.c.chosen_at.desc()).limit(SHOWN_MAX))]


async def keep_said(tx: Transaction, phrase_id: UUID) -> None:
    """It is being said."""
    await tx.execute(update(voice_phrases).where(voice_phrases.c.id == phrase_id).values(said_at=tx.now))


async def keep_settled(tx: Transaction, phrase_id: UUID, outcome: str, answer: str) -> Phrase | None:
    """What became of it, the first time it is told; None when that is known already."""
    changed = {"outcome": outcome, "answer": answer, "over_at": tx.now}
    mine = (voice_phrases.c.id == phrase_id) & _open()
    written = update(voice_phrases).where(mine).values(changed).returning(*_columns())
    row = await tx.one(written)
    return _phrase(row) if row is not None else None


def _open() -> ColumnElement[bool]:
    return voice_phrases.c.outcome == ""


def _columns() -> Iterable[Column[object]]:
    return [voice_phrases.c[name] for name in Phrase.__slots__]
