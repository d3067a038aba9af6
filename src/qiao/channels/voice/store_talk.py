"""Who is in a call beside the customer, in rows: any process may change them, the call's worker makes them heard."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    RowMapping,
    Table,
    Text,
    Uuid,
    bindparam,
    exists,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from qiao.channels.voice.model_talk import Leg, Talk
from qiao.channels.voice.recordings import voice_recordings
from qiao.channels.voice.store import voice_calls
from qiao.channels.voice.store_phrases import voice_phrases
from qiao.kernel.ids import AgentId, InteractionId
from qiao.platform.database import Transaction, metadata
from qiao.platform.live import touch

voice_talks = Table(
    "voice_talks",
    metadata,
    Column("call_id", Uuid, ForeignKey("voice_calls.id", ondelete="CASCADE"), primary_key=True),
    Column("held", Boolean, nullable=False, server_default="false"),
    Column("asking", Boolean, nullable=False, server_default="false"),
    Column("hard", Boolean, nullable=False, server_default="false"),
    Column("noticing", Boolean, nullable=False, server_default="false"),
    Column("notices", Integer, nullable=False, server_default="0"),
    Column("noticed_at", DateTime(timezone=True)),
    Column("ended_by", Uuid),
)
voice_legs = Table(
    "voice_legs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("call_id", Uuid, ForeignKey("voice_calls.id", ondelete="CASCADE"), nullable=False),
    Column("agent_id", Uuid, nullable=False),
    Column("role", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("lost", Boolean, nullable=False),
    Column("forgotten", Boolean, nullable=False, server_default="false"),
    Column("began_at", DateTime(timezone=True), nullable=False),
    Column("up_at", DateTime(timezone=True)),
    Column("over_at", DateTime(timezone=True)),
    Index("ix_voice_legs_call_id", "call_id"),
    Index("ix_voice_legs_live", "agent_id", postgresql_where="over_at is null"),
)
"""`forgotten`: over, and of no meaning for what goes on now; it stays as a record of who was there."""
_FLAGS: Final = ("held", "asking", "hard", "noticing", "notices", "noticed_at", "ended_by")


@dataclass(frozen=True, slots=True)
class Ongoing:
    """A call that goes on, as those who talk in it need it."""

    call_id: UUID
    interaction_id: InteractionId
    state: str
    talk: Talk


@dataclass(frozen=True, slots=True)
class Flags:
    """What of a call's rows is no part of its talk."""

    unrecorded: bool = False
    """The agent has stopped the recording."""
    phrases: bool = False
    """Something that the agent has chosen for the customer is not settled."""
    given_up: bool = False
    """It is recorded no more, to its end."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a call's worker looks at whenever something may have changed, all of it in two questions."""

    talk: Talk
    flags: Flags = Flags()


_CALL: Final[BindParameter[UUID]] = bindparam("call")
# Asked again and again, so made once: making a statement costs a third of running it.
_OPEN_PHRASE: Final = exists().where(voice_phrases.c.call_id == _CALL, voice_phrases.c.outcome == "").label("phrases")
_LOST: Final = voice_recordings.c.call_id == _CALL, voice_recordings.c.why_not != ""
_GIVEN_UP: Final = exists().where(*_LOST).label("given_up")
_SEEN: Final = (
    select(voice_talks, voice_calls.c.unrecorded, _OPEN_PHRASE, _GIVEN_UP)
    .select_from(voice_calls.outerjoin(voice_talks, voice_talks.c.call_id == voice_calls.c.id))
    .where(voice_calls.c.id == _CALL)
)
_FLAGS_NOW: Final = select(voice_calls.c.unrecorded, _OPEN_PHRASE, _GIVEN_UP).where(voice_calls.c.id == _CALL)
_HELD: Final = select(voice_talks).where(voice_talks.c.call_id == _CALL).with_for_update()
_LEGS: Final = (
    select(voice_legs)
    .where(voice_legs.c.call_id == _CALL, voice_legs.c.forgotten.is_(False))
    .order_by(voice_legs.c.began_at, voice_legs.c.id)
)


async def seen(tx: Transaction, call_id: UUID) -> Seen:
    """How a call stands, only to look at."""
    row = await tx.one(_SEEN, {"call": call_id})
    if row is None:
        return Seen(Talk())
    talk = await _whole(tx, call_id, row) if row["call_id"] is not None else Talk()
    return Seen(talk, Flags(row["unrecorded"], row["phrases"], row["given_up"]))


async def flags(tx: Transaction, call_id: UUID) -> Flags:
    """The same where the talk is held."""
    row = await tx.one(_FLAGS_NOW, {"call": call_id})
    return Flags(row["unrecorded"], row["phrases"], row["given_up"]) if row is not None else Flags()


async def held_talk(tx: Transaction, call_id: UUID) -> Talk:
    """The talk of a call, its row locked; made when there is none."""
    row = await tx.one(_HELD, {"call": call_id})
    if row is None:  # on conflict it waits for whoever made it, and has what he has written
        made = insert(voice_talks).values(call_id=call_id)
        same = {"call_id": made.excluded.call_id}
        row = await tx.one(made.on_conflict_do_update(index_elements=["call_id"], set_=same).returning(voice_talks))
    assert row is not None
    return await _whole(tx, call_id, row)


async def talk_of(tx: Transaction, call_id: UUID) -> Talk:
    """The same, only to look at."""
    row = await tx.one(select(voice_talks).where(voice_talks.c.call_id == call_id))
    return await _whole(tx, call_id, row) if row is not None else Talk()


async def _whole(tx: Transaction, call_id: UUID, row: RowMapping) -> Talk:
    rows = await tx.rows(_LEGS, {"call": call_id})
    legs = tuple(Leg(one["id"], one["agent_id"], one["role"], one["state"], one["way"], one["lost"]) for one in rows)
    return Talk(**{name: row[name] for name in _FLAGS}, legs=legs)


async def keep_talk(tx: Transaction, call_id: UUID, interaction_id: InteractionId, before: Talk, after: Talk) -> None:
    """Write what changed, and tell everybody in the call and its worker."""
    if after == before:
        return
    flags = {name: getattr(after, name) for name in _FLAGS}
    if any(getattr(before, name) != value for name, value in flags.items()):
        await tx.execute(update(voice_talks).where(voice_talks.c.call_id == call_id).values(flags))
    kept = {leg.id: leg for leg in after.legs}
    for leg in after.legs:
        if before.of(leg.id) != leg:
            await _keep_leg(tx, call_id, leg)
    for leg in before.legs:
        if leg.id not in kept:
            over = {"forgotten": True, "state": "over"} | ({"over_at": tx.now} if leg.live else {})
            await tx.execute(update(voice_legs).where(voice_legs.c.id == leg.id).values(over))
    await touch(tx, f"interaction:{interaction_id}")
    for agent_id in {leg.agent_id for leg in (*before.legs, *after.legs)}:
        await touch(tx, f"agent:{agent_id}")


async def _keep_leg(tx: Transaction, call_id: UUID, leg: Leg) -> None:
    told: dict[str, Any] = {"role": leg.role, "state": leg.state, "way": leg.way, "lost": leg.lost}
    if leg.state == "up":
        told["up_at"] = tx.now
    if leg.state == "over":
        told["over_at"] = tx.now
    row = {"id": leg.id, "call_id": call_id, "agent_id": leg.agent_id, "began_at": tx.now}
    await tx.execute(insert(voice_legs).values(row | told).on_conflict_do_update(index_elements=["id"], set_=told))


async def ongoing_of(tx: Transaction, agent_id: AgentId) -> list[tuple[Ongoing, Leg]]:
    """The calls in which this colleague's telephone rings or talks, the newest first."""
    live = (voice_legs.c.agent_id == agent_id) & voice_legs.c.over_at.is_(None)
    asked = (
        select(voice_legs.c.id.label("leg_id"), voice_calls.c.id, voice_calls.c.interaction_id, voice_calls.c.state)
        .join(voice_calls, voice_calls.c.id == voice_legs.c.call_id)
        .where(live, voice_calls.c.ended_at.is_(None))
        .order_by(voice_legs.c.began_at.desc())
    )
    found = []
    for row in await tx.rows(asked):
        talk = await talk_of(tx, row["id"])
        leg = talk.of(row["leg_id"])
        if leg is not None and leg.live:
            found.append((Ongoing(row["id"], row["interaction_id"], row["state"], talk), leg))
    return found


async def call_of(tx: Transaction, interaction_id: UUID) -> Ongoing | None:
    """The call of a contact, while it goes on."""
    mine = (voice_calls.c.interaction_id == interaction_id) & voice_calls.c.ended_at.is_(None)
    row = await tx.one(select(voice_calls).where(mine))
    return Ongoing(row["id"], row["interaction_id"], row["state"], await talk_of(tx, row["id"])) if row else None


async def to_lead(tx: Transaction, leader_id: AgentId, limit: int = 100) -> list[Ongoing]:
    """Calls that are hard, and those this leader is in; the hard ones first."""
    in_it = exists().where(
        voice_legs.c.call_id == voice_calls.c.id,
        voice_legs.c.agent_id == leader_id,
        voice_legs.c.role == "leader",
        voice_legs.c.over_at.is_(None),
    )
    rows = await tx.rows(
        select(voice_calls)
        .join(voice_talks, voice_talks.c.call_id == voice_calls.c.id)
        .where(voice_calls.c.ended_at.is_(None), voice_talks.c.hard | in_it)
        .order_by(voice_talks.c.hard.desc(), voice_calls.c.began_at)
        .limit(limit)
    )
    return [Ongoing(row["id"], row["interaction_id"], row["state"], await talk_of(tx, row["id"])) for row in rows]


@dataclass(frozen=True, slots=True)
class Talking:
    """A call in which an agent talks: with whom, of which service number ("": we called), since when."""

    ongoing: Ongoing
    agent_id: AgentId
    dialled: str
    since: datetime


async def talking_with(tx: Transaction, agent_ids: Collection[AgentId], limit: int = 100) -> list[Talking]:
    """The calls of these agents that go on, the hard ones first, then those that last longest."""
    call, leg = voice_calls.c, voice_legs.c
    with_them = (leg.role == "agent") & (leg.state == "up") & leg.over_at.is_(None) & leg.agent_id.in_(agent_ids)
    rows = await tx.rows(
        select(voice_calls, leg.agent_id.label("talks_with"))
        .join(voice_legs, leg.call_id == call.id)
        .join(voice_talks, voice_talks.c.call_id == call.id)
        .where(call.ended_at.is_(None), call.state == "talking", call.answered_at.is_not(None), with_them)
        .order_by(voice_talks.c.hard.desc(), call.answered_at, call.id)
        .limit(limit)
    )
    return [
        Talking(
            Ongoing(row["id"], row["interaction_id"], row["state"], await talk_of(tx, row["id"])),
            AgentId(row["talks_with"]),
            row["dialled"],
            row["answered_at"],
        )
        for row in rows
    ]
