"""Recordings of calls in rows: kept sealed, for as long as the rule says, each with its fingerprint in the audit."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import Column, DateTime, Float, Index, Table, Text, UniqueConstraint, Uuid, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao import interactions
from qiao.channels.voice.model_recording import LEGS, Lack
from qiao.channels.voice.store import voice_calls
from qiao.interactions import Entry, EntryKind, register_entry_kind
from qiao.kernel.ids import FileId, InteractionId, new_id
from qiao.kernel.languages import N_
from qiao.platform import audit
from qiao.platform.database import PERSONAL, Transaction, metadata
from qiao.platform.live import touch
from qiao.platform.policy import Level

voice_recordings = Table(
    "voice_recordings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("call_id", Uuid, nullable=False),
    Column("interaction_id", Uuid, nullable=False),
    Column("leg", Text, nullable=False),
    Column("file_id", Uuid, info=PERSONAL),
    Column("sha256", Text, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("why_not", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("keep_until", DateTime(timezone=True), nullable=False),
    UniqueConstraint("call_id", "leg"),
    Index("ix_voice_recordings_interaction_id", "interaction_id"),
    Index("ix_voice_recordings_keep_until", "keep_until", postgresql_where="file_id is not null"),
)
"""`file_id` None: not recorded (`why_not` says why), not sealed yet, or its time is over. `seconds` of sound.

`why_not` of a recording that was not ended by its call: what was written until then is kept all the same."""
KIND: Final = "voice.recording"
LISTEN: Final = "voice.listen"
"""The right to hear them again."""
LACKS: Final[dict[Lack, str]] = {
    "no_room": N_("not recorded: the disk is full"),
    "room_ended": N_("no longer recorded: the disk is full"),
    "broke_off": N_("no longer recorded: it cannot be written"),
}
"""What the agent and his team leader see of a call that goes on."""
WHY_NOT: Final[dict[Lack, str]] = {
    "no_room": N_("not recorded: the disk was full"),
    "room_ended": N_("not recorded to its end: the disk was full"),
    "broke_off": N_("not recorded to its end: it could not be written"),
}
"""What stands beside a recording afterwards."""
FOR_ROOM: Final[tuple[Lack, ...]] = ("no_room", "room_ended")
ACTOR: Final = "system:voice"
Stands = Literal["on", "stopped"] | Lack
_UNSEALED: Final = voice_recordings.c.why_not.in_(("room_ended", "broke_off")) & (voice_recordings.c.sha256 == "")


@dataclass(frozen=True, slots=True)
class Recording:
    """One leg of a call: "in" is what the customer said, "out" what he heard."""

    id: UUID
    call_id: UUID
    interaction_id: InteractionId
    leg: str
    file_id: FileId | None
    sha256: str
    seconds: float
    why_not: str
    at: datetime
    keep_until: datetime


def about(call_id: UUID, leg: str) -> str:
    """What a recording is bound to."""
    return f"recording:{call_id}:{leg}"


async def known(tx: Transaction, call_ids: Collection[UUID]) -> set[tuple[UUID, str]]:
    """Which legs of these calls are on record already, but those of which the first part lies unsealed."""
    if not call_ids:
        return set()
    mine = voice_recordings.c.call_id.in_(call_ids) & ~_UNSEALED
    rows = await tx.rows(select(voice_recordings.c.call_id, voice_recordings.c.leg).where(mine))
    return {(row["call_id"], row["leg"]) for row in rows}


async def keep(
    tx: Transaction, *, call_id: UUID, leg: str, file_id: FileId, sha256: str, seconds: float, days: int
) -> bool:
    """Put a leg on record, on the customer's timeline and in the audit; False when it is there already."""
    contact_id = await tx.scalar(select(voice_calls.c.interaction_id).where(voice_calls.c.id == call_id))
    if contact_id is None:
        return False
    told = {"file_id": file_id, "sha256": sha256, "seconds": seconds, "keep_until": tx.now + timedelta(days=days)}
    made = insert(voice_recordings).values(_new(tx, call_id, contact_id, leg) | told)
    first = made.on_conflict_do_update(index_elements=["call_id", "leg"], set_=told, where=_UNSEALED)
    kept = await tx.one(first.returning(voice_recordings.c.why_not))
    if kept is None:
        return False
    contact = await interactions.interaction(tx, InteractionId(contact_id))
    cut = {"why_not": kept["why_not"]} if kept["why_not"] else {}
    await audit.record(
        tx,
        actor=ACTOR,
        act="keep.recording",
        customer_id=contact.customer_id,
        interaction_id=contact.id,
        unit_id=contact.unit_id,
        subject=about(call_id, leg),
        details={"sha256": sha256, "seconds": round(seconds, 1)} | cut,
        once=False,
    )
    if contact.customer_id is not None:
        await interactions.add_entry(
            tx,
            customer_id=contact.customer_id,
            kind=KIND,
            ref=str(contact.id),
            interaction_id=contact.id,
            entry_id=call_id,
            at=contact.started_at,
            summary={"seconds": round(seconds)} | cut,
        )
    return True


async def give_up(tx: Transaction, *, call_id: UUID, why: Lack, days: int) -> None:
    """It is recorded no more: say so where the agent and his team leader look; the call goes on.

    What was written until now stays to be sealed. The first reason counts.
    """
    contact_id = await tx.scalar(select(voice_calls.c.interaction_id).where(voice_calls.c.id == call_id))
    if contact_id is None:
        return
    rows = [
        _new(tx, call_id, contact_id, leg) | {"why_not": why, "keep_until": tx.now + timedelta(days=days)}
        for leg in LEGS
    ]
    made = insert(voice_recordings).values(rows).on_conflict_do_nothing(index_elements=["call_id", "leg"])
    if not await tx.rows(made.returning(voice_recordings.c.id)):
        return
    contact = await interactions.interaction(tx, InteractionId(contact_id))
    await audit.record(
        tx,
        actor=ACTOR,
        act="do.stop_recording",
        customer_id=contact.customer_id,
        interaction_id=contact.id,
        unit_id=contact.unit_id,
        subject=f"recording:{call_id}",
        details={"why_not": why},
        once=False,
    )
    await touch(tx, f"interaction:{contact.id}")


def _new(tx: Transaction, call_id: UUID, interaction_id: UUID, leg: str) -> dict[str, object]:
    ids = {"id": new_id(), "call_id": call_id, "interaction_id": interaction_id, "leg": leg}
    return ids | {"file_id": None, "sha256": "", "seconds": 0.0, "why_not": "", "at": tx.now}


async def stop(tx: Transaction, *, interaction_id: InteractionId, on: bool) -> None:
    """The agent stops the recording of his call, or has it go on; the call's worker hears of it."""
    mine = (voice_calls.c.interaction_id == interaction_id) & voice_calls.c.ended_at.is_(None)
    await tx.execute(update(voice_calls).where(mine).values(unrecorded=on))
    await touch(tx, f"interaction:{interaction_id}")


async def stands(tx: Transaction, interaction_id: InteractionId) -> Stands:
    """How the recording of a call that goes on stands, for its agent and who leads him."""
    if (lack := (await given_up(tx, [interaction_id])).get(interaction_id)) is not None:
        return lack
    mine = voice_calls.c.interaction_id == interaction_id
    return "stopped" if await tx.scalar(select(voice_calls.c.unrecorded).where(mine)) else "on"


async def given_up(tx: Transaction, contacts: Collection[UUID]) -> dict[UUID, Lack]:
    """Which of these calls are recorded no more, and why."""
    lost = voice_recordings.c.interaction_id.in_(contacts) & (voice_recordings.c.why_not != "")
    rows = await tx.rows(select(voice_recordings.c.interaction_id, voice_recordings.c.why_not).where(lost))
    return {row["interaction_id"]: row["why_not"] for row in rows}


async def recordings_of(tx: Transaction, interaction_id: InteractionId) -> list[Recording]:
    """The legs of a contact's call."""
    mine = voice_recordings.c.interaction_id == interaction_id
    rows = await tx.rows(select(voice_recordings).where(mine).order_by(voice_recordings.c.leg))
    return [Recording(**row) for row in rows]


async def given_up_since(tx: Transaction, since: datetime) -> tuple[int, int]:
    """How many calls were not recorded to their end since then: for want of room, and because of a fault."""
    lost = (voice_recordings.c.why_not != "") & (voice_recordings.c.at >= since)
    rows = await tx.rows(select(voice_recordings.c.call_id, voice_recordings.c.why_not).where(lost).distinct())
    for_room = sum(row["why_not"] in FOR_ROOM for row in rows)
    return for_room, len(rows) - for_room


async def outlived(tx: Transaction, limit: int = 200) -> list[FileId]:
    """Take those whose time is over off the record; their files are the caller's to remove after the commit."""
    late = select(voice_recordings.c.id, voice_recordings.c.file_id).where(
        voice_recordings.c.file_id.is_not(None), voice_recordings.c.keep_until <= tx.now
    )
    rows = await tx.rows(late.limit(limit).with_for_update(skip_locked=True))
    ids = [row["id"] for row in rows]
    await tx.execute(update(voice_recordings).where(voice_recordings.c.id.in_(ids)).values(file_id=None))
    return [FileId(row["file_id"]) for row in rows]


def register_kind() -> None:
    """Make recordings known to the timeline: heard with one factor proved, or by who leads."""
    whole, cut = N_("recorded, {seconds} s"), N_("recorded in part, {seconds} s")

    def line(entry: Entry, translate: object) -> str:
        assert callable(translate)
        told = cut if entry.summary.get("why_not") else whole
        return str(translate(told)).format(seconds=entry.summary.get("seconds", 0))

    def leads(entry: Entry) -> str:
        return f"/desk/recordings/{entry.ref}"

    kind = EntryKind(KIND, N_("Recording"), line, icon="phone", level=int(Level.ONE_FACTOR), leads=leads, right=LISTEN)
    register_entry_kind(kind)
