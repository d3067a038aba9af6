"""Calls in rows, each with our own id and the worker that has it now."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    RowMapping,
    Table,
    Text,
    Uuid,
    bindparam,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from qiao.channels.voice.model import Call
from qiao.kernel.ids import CustomerId, InteractionId
from qiao.platform import leases
from qiao.platform.database import PERSONAL, Transaction, metadata

voice_calls = Table(
    "voice_calls",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("trunk", Text, nullable=False),
    Column("number", Text, nullable=False, info=PERSONAL),
    Column("dialled", Text, nullable=False),
    Column("customer_id", Uuid),
    Column("interaction_id", Uuid, nullable=False),
    Column("session_id", Uuid, nullable=False),
    Column("entry_point", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("segment", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("ending", Boolean, nullable=False),
    Column("parting", Boolean, nullable=False, server_default="false"),
    Column("score", Integer),
    Column("matter", Text, nullable=False, server_default=""),
    Column("unrecorded", Boolean, nullable=False, server_default="false"),
    Column("words", Integer, nullable=False),
    Column("prompts", Integer, nullable=False),
    Column("began_at", DateTime(timezone=True), nullable=False),
    Column("queued_at", DateTime(timezone=True)),
    Column("answered_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    CheckConstraint("(state = 'over') = (ended_at is not null)", name="ended_when_over"),
    CheckConstraint(
        "queued_at is null or state in ('waiting', 'talking') or (state = 'over' and outcome in"
        " ('answered', 'abandoned', 'overflowed', 'callback', 'dropped'))",
        name="offered_is_in_one_place",
    ),
    Index("ix_voice_calls_began_at", "began_at"),
    Index("ix_voice_calls_channel", "channel"),
    Index("ix_voice_calls_going_on", "owner", postgresql_where="ended_at is null or parting"),
    Index("ix_voice_calls_interaction_id", "interaction_id", unique=True),
    Index("uq_voice_calls_channel", "channel", unique=True, postgresql_where="ended_at is null or parting"),
)
"""What was keyed stands in no column. `number` is as the network told it, "" for none; `owner` is a worker's name.

One telephone call is at most one row that goes on, whoever thinks that it is his.

No commit leaves a call that was offered to people anywhere but in one place, so that figures add up at every moment.

`parting`: over, while its customer is on the line and hears the last words.
`score`: 3 satisfied, 2 so-so, 1 not, as he keyed it after the conversation.
`matter`: "case:<id>" of a call that we make about an emergency.
`unrecorded`: the agent has stopped the recording for a while, as for a card number that is spoken."""
NOBODY: Final = ""
"""The worker of a call that none has."""
BEGUN_WITHIN: Final = timedelta(seconds=15)
"""Between a row and its line there is a moment; a row this old has a line, or none any more."""
_GOES_ON: Final = voice_calls.c.ended_at.is_(None) | voice_calls.c.parting
KEPT: Final = ("state", "outcome", "ending", "words", "prompts", "queued_at", "answered_at", "ended_at", "parting")
"""What of a call outlives its worker."""


_KEEP: Final = update(voice_calls).where(voice_calls.c.id == bindparam("call"), voice_calls.c.owner == bindparam("by"))


@dataclass(frozen=True, slots=True)
class Party:
    """Whose call it is, where it came in, and the contact and flow that carry it."""

    trunk: str
    number: str
    dialled: str
    customer_id: CustomerId | None
    interaction_id: InteractionId
    session_id: UUID
    entry_point: str
    language: str
    segment: str


def lease_of(owner: str) -> str:
    """The lease that says that a worker lives."""
    return f"voice.{owner}"


async def keep_new(tx: Transaction, call: Call, party: Party, owner: str) -> bool:
    """Write a call that begins; False when its channel is a call that goes on already, and nothing was written."""
    told: dict[str, Any] = {name: getattr(party, name) for name in Party.__dataclass_fields__}
    row = insert(voice_calls).values(
        id=call.id, channel=call.channel, owner=owner, began_at=tx.now, **told, **_kept(call)
    )
    once = row.on_conflict_do_nothing(index_elements=["channel"], index_where=_GOES_ON)
    return await tx.scalar(once.returning(voice_calls.c.id)) is not None


async def keep(tx: Transaction, call: Call, owner: str) -> bool:
    """Write a call as it stands now; False when another worker has it, and nothing was written."""
    written = await tx.execute(_KEEP, {"call": call.id, "by": owner, **_kept(call)})
    return bool(written.rowcount)


async def keep_score(tx: Transaction, call_id: UUID, score: int) -> None:
    """What the customer said of the conversation, 3 satisfied, 2 so-so, 1 not; the first word counts."""
    mine = (voice_calls.c.id == call_id) & voice_calls.c.score.is_(None)
    await tx.execute(update(voice_calls).where(mine).values(score=score))


async def score_of(tx: Transaction, call_id: UUID) -> int | None:
    """What he has said of it; None for nothing yet."""
    told: int | None = await tx.scalar(select(voice_calls.c.score).where(voice_calls.c.id == call_id))
    return told


async def adopt(tx: Transaction, owner: str, dead: Collection[str], limit: int = 200) -> list[tuple[Call, Party, str]]:
    """Take the calls of these workers, who live no more, who waits longest first, each with its worker's name."""
    if not dead:
        return []
    theirs = select(voice_calls).where(_GOES_ON, voice_calls.c.owner.in_(dead))
    order = (voice_calls.c.queued_at.asc().nulls_last(), voice_calls.c.began_at)
    rows = await tx.rows(theirs.order_by(*order).limit(limit).with_for_update(skip_locked=True))
    ids = [row["id"] for row in rows]
    await tx.execute(update(voice_calls).where(voice_calls.c.id.in_(ids)).values(owner=owner))
    return [(_call(row), _party(row), row["owner"]) for row in rows]


async def left(tx: Transaction, owner: str) -> list[str]:
    """Workers that live no more and have calls that go on."""
    going_on = select(voice_calls.c.owner).where(_GOES_ON, voice_calls.c.owner != owner)
    owners = [row["owner"] for row in await tx.rows(going_on.distinct())]
    return [one for one in owners if await leases.holder(tx, lease_of(one)) is None]


async def lives(tx: Transaction, owner: str) -> bool:
    """Whether a worker of this name serves."""
    return await leases.holder(tx, lease_of(owner)) is not None


async def take(tx: Transaction, call_id: UUID, channel: str, owner: str) -> tuple[Call, Party] | None:
    """Have this call, whoever had it, with the channel that bears its mark; None when it is over or was not written."""
    there = voice_calls.c.ended_at.is_(None) | voice_calls.c.parting
    mine = update(voice_calls).where(voice_calls.c.id == call_id, there).values(owner=owner, channel=channel)
    row = await tx.one(mine.returning(voice_calls))
    return (_call(row), _party(row)) if row is not None else None


async def written(tx: Transaction, call_id: UUID) -> tuple[Call, Party] | None:
    """This call, whoever has it; None where there is none."""
    row = await tx.one(select(voice_calls).where(voice_calls.c.id == call_id))
    return (_call(row), _party(row)) if row is not None else None


async def of_channel(tx: Transaction, channel: str) -> UUID | None:
    """The call of this channel that goes on: there is at most one."""
    found: UUID | None = await tx.scalar(select(voice_calls.c.id).where(_GOES_ON, voice_calls.c.channel == channel))
    return found


async def over(tx: Transaction, calls: Collection[UUID]) -> dict[UUID, bool]:
    """Which of these were written, and whether each is over, its last words too."""
    rows = await tx.rows(select(voice_calls).where(voice_calls.c.id.in_(list(calls)))) if calls else []
    return {row["id"]: row["state"] == "over" and not row["parting"] for row in rows}


async def without_line(tx: Transaction, owner: str, having: Collection[str]) -> list[tuple[Call, Party]]:
    """Calls that this living worker should serve and does not, as the channels that it has tell."""
    mine = (voice_calls.c.owner == owner) & voice_calls.c.ended_at.is_(None)
    old = voice_calls.c.began_at < tx.now - BEGUN_WITHIN
    rows = await tx.rows(select(voice_calls).where(mine & old, voice_calls.c.channel.not_in(list(having))))
    return [(_call(row), _party(row)) for row in rows]


async def calls(tx: Transaction, *, limit: int = 1000) -> list[Call]:
    """The newest calls, whoever has them."""
    rows = await tx.rows(select(voice_calls).order_by(voice_calls.c.began_at.desc()).limit(limit))
    return [_call(row) for row in rows]


def _kept(call: Call) -> dict[str, Any]:
    return {name: getattr(call, name) for name in KEPT}


def _call(row: RowMapping) -> Call:
    told = {name: row[name] for name in KEPT if name != "parting"}
    unheard = f"{row['id']}-left" if row["parting"] else ""  # a prompt of its dead worker, of which nothing is heard
    return Call(row["id"], row["channel"], prompt=unheard, **told)


def _party(row: RowMapping) -> Party:
    return Party(**{name: row[name] for name in Party.__dataclass_fields__})
