"""What may be asked about contacts; every list ends somewhere and stands on an index."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, Select, bindparam, func, select, tuple_

from qiao.interactions.kinds import CONTACT
from qiao.interactions.model import (
    Attachment,
    Draft,
    Entry,
    Interaction,
    Message,
    Participation,
    TimelinePage,
)
from qiao.interactions.store import (
    attachments,
    drafts,
    interactions,
    matters,
    messages,
    participations,
    timeline_entries,
)
from qiao.kernel.ids import AgentId, CustomerId, FileId, InteractionId, MessageId, UnitId
from qiao.kernel.refused import NotFound
from qiao.kernel.service_ids import ServiceId
from qiao.platform.cursors import cursor
from qiao.platform.cursors import place as place_of
from qiao.platform.database import Transaction

LIST_MAX = 200
_ONE: Final = select(interactions).where(interactions.c.id == bindparam("contact"))


async def interaction(tx: Transaction, interaction_id: InteractionId) -> Interaction:
    """The contact. Raises NotFound."""
    row = await tx.one(_ONE, {"contact": interaction_id})
    if row is None:
        raise NotFound
    return as_interaction(row)


async def interactions_by_ids(tx: Transaction, ids: Collection[InteractionId]) -> dict[InteractionId, Interaction]:
    """Those contacts that there are, by id; one query however many."""
    if not ids:
        return {}
    rows = await tx.rows(select(interactions).where(interactions.c.id.in_(ids)))
    return {InteractionId(row["id"]): as_interaction(row) for row in rows}


async def first_answers(tx: Transaction, ids: Collection[InteractionId]) -> dict[InteractionId, datetime]:
    """When a person of ours first wrote in each of these contacts; those in which none did are left out."""
    if not ids:
        return {}
    said = select(messages.c.interaction_id, func.min(messages.c.at).label("at"))
    ours = messages.c.interaction_id.in_(ids) & (messages.c.author_kind == "agent")
    rows = await tx.rows(said.where(ours).group_by(messages.c.interaction_id))
    return {InteractionId(row["interaction_id"]): row["at"] for row in rows}


async def messages_after(
    tx: Transaction, interaction_id: InteractionId, seq: int = 0, limit: int = LIST_MAX
) -> list[Message]:
    """Messages with a greater number, in order; at most `limit`."""
    query = _messages_of(interaction_id).where(messages.c.seq > seq).order_by(messages.c.seq)
    return [as_message(row) for row in await tx.rows(query.limit(min(limit, LIST_MAX)))]


async def messages_before(
    tx: Transaction, interaction_id: InteractionId, seq: int | None = None, limit: int = LIST_MAX
) -> list[Message]:
    """The newest messages below a number (or the newest of all), still oldest first."""
    query = _messages_of(interaction_id).order_by(messages.c.seq.desc()).limit(min(limit, LIST_MAX))
    if seq is not None:
        query = query.where(messages.c.seq < seq)
    return [as_message(row) for row in reversed(await tx.rows(query))]


async def message_by_key(
    tx: Transaction, interaction_id: InteractionId, author_kind: str, client_key: str
) -> Message | None:
    """The message this sender already sent under this key, if any."""
    row = await tx.one(
        _messages_of(interaction_id).where(messages.c.author_kind == author_kind, messages.c.client_key == client_key)
    )
    return as_message(row) if row else None


def _messages_of(interaction_id: InteractionId) -> Select[Any]:
    """One month's partition: the subquery gives the month in which the contact began."""
    began_at = select(interactions.c.started_at).where(interactions.c.id == interaction_id).scalar_subquery()
    return (
        select(
            messages,
            attachments.c.name,
            attachments.c.media_type,
            attachments.c.size_bytes,
            attachments.c.inline,
        )
        .outerjoin(attachments, attachments.c.file_id == messages.c.file_id)
        .where(messages.c.interaction_id == interaction_id, messages.c.began_at == began_at)
    )


async def attachment(tx: Transaction, interaction_id: InteractionId, file_id: UUID) -> Attachment:
    """A file of this contact and no other. Raises NotFound."""
    row = await tx.one(
        select(attachments).where(attachments.c.file_id == file_id, attachments.c.interaction_id == interaction_id)
    )
    if row is None:
        raise NotFound
    return Attachment(
        FileId(row["file_id"]),
        interaction_id,
        row["name"],
        row["media_type"],
        row["size_bytes"],
        row["inline"],
    )


async def open_interactions(tx: Transaction, agent_id: AgentId) -> list[Interaction]:
    """What this agent has in hand: talking, or ended and not wrapped up; longest first."""
    found = await tx.rows(
        select(interactions)
        .where(interactions.c.agent_id == agent_id, interactions.c.wrapped_up_at.is_(None))
        .order_by(interactions.c.answered_at, interactions.c.id)
        .limit(LIST_MAX)
    )
    return [as_interaction(row) for row in found]


async def recent_for_customer(tx: Transaction, customer_id: CustomerId, limit: int = 20) -> list[Interaction]:
    """His newest contacts, newest first."""
    found = await tx.rows(
        select(interactions)
        .where(interactions.c.customer_id == customer_id)
        .order_by(interactions.c.started_at.desc())
        .limit(min(limit, LIST_MAX))
    )
    return [as_interaction(row) for row in found]


async def contacts_since(tx: Transaction, customer_id: CustomerId, since: datetime) -> int:
    """How often he has been in touch since then, on any channel; counted up to 1,000."""
    some = (
        select(interactions.c.id)
        .where(interactions.c.customer_id == customer_id, interactions.c.started_at >= since)
        .limit(1000)
        .subquery()
    )
    return int(await tx.scalar(select(func.count()).select_from(some)))


async def contacts_on_matter(tx: Transaction, matter: str) -> int:
    """How many contacts were about this matter, such as "case:<id>"."""
    return int(await tx.scalar(select(func.count()).select_from(matters).where(matters.c.matter == matter)))


async def interactions_on_matter(tx: Transaction, matter: str, limit: int = LIST_MAX) -> list[Interaction]:
    """The contacts about this matter, oldest first."""
    found = await tx.rows(
        select(interactions)
        .join(matters, matters.c.interaction_id == interactions.c.id)
        .where(matters.c.matter == matter)
        .order_by(interactions.c.started_at)
        .limit(min(limit, LIST_MAX))
    )
    return [as_interaction(row) for row in found]


async def last_agent(tx: Transaction, customer_id: CustomerId, since: datetime) -> AgentId | None:
    """Who last answered this customer since then: the one to prefer when he is back on his matter."""
    found = await tx.scalar(
        select(interactions.c.agent_id)
        .where(
            interactions.c.customer_id == customer_id,
            interactions.c.started_at >= since,
            interactions.c.agent_id.is_not(None),
        )
        .order_by(interactions.c.started_at.desc())
        .limit(1)
    )
    return AgentId(found) if found else None


async def took_part(tx: Transaction, interaction_id: InteractionId) -> list[Participation]:
    """Which agents had a part in it, first one first."""
    found = await tx.rows(
        select(participations)
        .where(participations.c.interaction_id == interaction_id)
        .order_by(participations.c.from_at, participations.c.id)
        .limit(LIST_MAX)
    )
    return [
        Participation(AgentId(row["agent_id"]), row["role"], row["from_at"], row["until_at"], row["reason"])
        for row in found
    ]


async def draft(tx: Transaction, interaction_id: InteractionId, agent_id: AgentId) -> Draft | None:
    """What this agent had typed here and not sent."""
    row = await tx.one(select(drafts).where(drafts.c.interaction_id == interaction_id, drafts.c.agent_id == agent_id))
    return Draft(interaction_id, agent_id, row["text"], row["saved_at"]) if row else None


async def timeline(
    tx: Transaction,
    customer_id: CustomerId,
    *,
    units: Collection[UnitId] | None = None,
    before: str | None = None,
    limit: int = 50,
    level: int = 0,
) -> TimelinePage:
    """One customer's contacts and entries of every kind, newest last; `before` is the cursor of a page.

    Entries that ask for more than `level`, and those of organisation units other than `units`, are left out; what
    belongs to no unit is everybody's. A cursor that is not one starts at the newest.
    """
    most = max(1, min(limit, LIST_MAX))
    query = (
        select(timeline_entries)
        .where(timeline_entries.c.customer_id == customer_id, timeline_entries.c.level <= level)
        .order_by(timeline_entries.c.at.desc(), timeline_entries.c.id.desc())
        .limit(most + 1)
    )
    if units is not None:
        query = query.where(timeline_entries.c.unit_id.is_(None) | timeline_entries.c.unit_id.in_(units))
    if (place := place_of(before)) is not None:
        query = query.where(tuple_(timeline_entries.c.at, timeline_entries.c.id) < place)
    found = await tx.rows(query)
    shown = [_as_entry(row) for row in found[:most]]
    more = len(found) > most
    before_these = cursor(shown[-1].at, shown[-1].id) if more else None
    return TimelinePage(tuple(await _with_contacts(tx, reversed(shown))), before_these)


async def _with_contacts(tx: Transaction, entries: Iterable[Entry]) -> list[Entry]:
    """Contact entries told from the contact as it now stands, not as it stood when the entry was written."""
    listed = list(entries)
    wanted = [entry.interaction_id for entry in listed if entry.kind == CONTACT and entry.interaction_id]
    if not wanted:
        return listed
    found = {
        row["id"]: as_interaction(row)
        for row in await tx.rows(select(interactions).where(interactions.c.id.in_(wanted)))
    }
    return [
        replace(entry, summary=contact_summary(found[entry.interaction_id]))
        if entry.kind == CONTACT and entry.interaction_id in found
        else entry
        for entry in listed
    ]


def contact_summary(contact: Interaction) -> dict[str, Any]:
    """What a folded line tells of a contact."""
    return {
        "channel": contact.channel,
        "direction": contact.direction,
        "topic": contact.topic,
        "phase": contact.phase,
        "disposition": contact.disposition,
        "note": contact.wrap_note,
        "end_reason": contact.end_reason,
        "agent_id": str(contact.agent_id) if contact.agent_id else None,
        "messages": contact.last_seq,
    }


def _as_entry(row: RowMapping) -> Entry:
    return Entry(
        id=row["id"],
        customer_id=CustomerId(row["customer_id"]),
        at=row["at"],
        kind=row["kind"],
        ref=row["ref"],
        interaction_id=InteractionId(row["interaction_id"]) if row["interaction_id"] else None,
        level=row["level"],
        summary=row["summary"],
    )


def as_interaction(row: RowMapping) -> Interaction:
    """A row of `interactions` as the room's own value."""
    values = dict(row)
    for name in ("service_id", "claimed_service_id"):
        values[name] = ServiceId.from_text(row[name]) if row[name] else None
    return Interaction(**values)


def as_message(row: RowMapping) -> Message:
    """A row of `messages` with its attachment's columns."""
    interaction_id = InteractionId(row["interaction_id"])
    file_id = row["file_id"]
    kept = (
        Attachment(FileId(file_id), interaction_id, row["name"], row["media_type"], row["size_bytes"], row["inline"])
        if file_id
        else None
    )
    return Message(
        id=MessageId(row["id"]),
        interaction_id=interaction_id,
        seq=row["seq"],
        at=row["at"],
        author_kind=row["author_kind"],
        author_id=row["author_id"],
        text=row["text"],
        client_key=row["client_key"],
        attachment=kept,
    )
