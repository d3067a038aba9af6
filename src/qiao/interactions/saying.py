"""What is said in a contact: numbered messages, their files, what was read, what is half typed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert

from qiao.interactions.events import MessageSaid
from qiao.interactions.holding import InteractionHasEnded, locked, touched
from qiao.interactions.model import (
    Attachment,
    AuthorKind,
    Interaction,
    Message,
    TextIsEmpty,
    clean_key,
    clean_text,
    topic_of,
)
from qiao.interactions.operations import NotYourInteraction, is_in
from qiao.interactions.queries import attachment, interaction, message_by_key
from qiao.interactions.sniff import Sniffed
from qiao.interactions.store import attachments, drafts, interactions, messages
from qiao.kernel.ids import AgentId, FileId, InteractionId, MessageId, new_id
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.live import touch


async def say(
    tx: Transaction,
    *,
    interaction_id: InteractionId,
    author_kind: AuthorKind,
    author_id: UUID | None = None,
    text: str = "",
    client_key: str | None = None,
    file_id: FileId | None = None,
    at: datetime | None = None,
) -> Message:
    """Keep one message under the next number; the same `client_key` of the same kind of author is the same message.

    The number is given under the contact's row lock, so the order of numbers is the order of commits. Raises
    TextIsEmpty, TextTooLong, TextHasNul, KeyNotUnderstood, InteractionHasEnded, NotYourInteraction (an agent who
    does not take part), NotFound (a file that is not of this contact).
    """
    said = clean_text(text)
    key = clean_key(client_key)
    if not said and file_id is None:
        raise TextIsEmpty
    row = await locked(tx, interaction_id)
    if key is not None and (before := await message_by_key(tx, interaction_id, author_kind, key)) is not None:
        return before
    if row.ended_at is not None:
        raise InteractionHasEnded
    if author_kind == "agent":
        await _must_take_part(tx, row, author_id)
    kept = await attachment(tx, interaction_id, file_id) if file_id is not None else None
    message = Message(
        id=MessageId(new_id()),
        interaction_id=interaction_id,
        seq=row.last_seq + 1,
        at=at or tx.now,
        author_kind=author_kind,
        author_id=author_id,
        text=said,
        client_key=key,
        attachment=kept,
    )
    await _keep(tx, row, message)
    await emit(tx, MessageSaid(interaction_id, message.id, message.seq, author_kind, row.channel))
    await touched(tx, row)
    return message


async def _must_take_part(tx: Transaction, row: Interaction, author_id: UUID | None) -> None:
    if author_id is None or (row.agent_id != author_id and not await is_in(tx, row.id, AgentId(author_id))):
        raise NotYourInteraction


async def _keep(tx: Transaction, row: Interaction, message: Message) -> None:
    await tx.execute(
        messages.insert().values(
            interaction_id=row.id,
            began_at=row.started_at,
            seq=message.seq,
            id=message.id,
            at=message.at,
            author_kind=message.author_kind,
            author_id=message.author_id,
            text=message.text,
            client_key=message.client_key,
            file_id=message.attachment.file_id if message.attachment else None,
        )
    )
    changed: dict[str, Any] = {"last_seq": message.seq}
    if message.author_kind != "system":
        changed |= {"last_said_at": message.at, "last_said_by": message.author_kind}
    if message.author_kind == "customer" and not row.topic and message.text:
        changed["topic"] = topic_of(message.text)
    if message.author_kind == "agent":
        changed["agent_read_seq"] = message.seq
        if message.author_id is not None:
            await _drop_draft(tx, row.id, AgentId(message.author_id))
    if message.author_kind == "customer":
        changed["customer_read_seq"] = message.seq
    await tx.execute(update(interactions).where(interactions.c.id == row.id).values(changed))


async def keep_file(
    tx: Transaction, *, interaction_id: InteractionId, file_id: FileId, found: Sniffed, size_bytes: int
) -> Attachment:
    """Record a stored file as part of this contact, as `accept_file` found it; then `say` it."""
    row = await locked(tx, interaction_id)
    if row.ended_at is not None:
        raise InteractionHasEnded
    await tx.execute(
        attachments.insert().values(
            file_id=file_id,
            interaction_id=interaction_id,
            name=found.name,
            media_type=found.media_type,
            size_bytes=size_bytes,
            inline=found.inline,
            kept_at=tx.now,
        )
    )
    return Attachment(file_id, interaction_id, found.name, found.media_type, size_bytes, found.inline)


async def mark_read(tx: Transaction, *, interaction_id: InteractionId, reader: AuthorKind, seq: int) -> None:
    """The customer or the agent has seen everything up to this number; never back, never past the end."""
    column = {"customer": interactions.c.customer_read_seq, "agent": interactions.c.agent_read_seq}.get(reader)
    if column is None or not 0 < seq < 2**31:
        return
    moved = await tx.execute(
        update(interactions)
        .where(interactions.c.id == interaction_id, column < func.least(seq, interactions.c.last_seq))
        .values({column: func.least(seq, interactions.c.last_seq)})
    )
    if moved.rowcount:
        await touch(tx, f"read:{interaction_id}")


async def typing(tx: Transaction, *, interaction_id: InteractionId, by: AuthorKind) -> None:
    """Hint that somebody is typing; kept nowhere. Topic "typing:<interaction>:<customer|agent>"."""
    await touch(tx, f"typing:{interaction_id}:{by}")


async def save_draft(tx: Transaction, *, interaction_id: InteractionId, agent_id: AgentId, text: str) -> None:
    """Keep what the agent has typed so far, so that a reload loses nothing; nothing typed forgets it."""
    typed = clean_text(text)
    if not typed:
        await _drop_draft(tx, interaction_id, agent_id)
        return
    row = await interaction(tx, interaction_id)
    if row.agent_id != agent_id and not await is_in(tx, interaction_id, agent_id):
        raise NotYourInteraction
    written = insert(drafts).values(interaction_id=interaction_id, agent_id=agent_id, text=typed, saved_at=tx.now)
    await tx.execute(
        written.on_conflict_do_update(
            index_elements=["interaction_id", "agent_id"],
            set_={"text": written.excluded.text, "saved_at": written.excluded.saved_at},
        )
    )


async def _drop_draft(tx: Transaction, interaction_id: InteractionId, agent_id: AgentId) -> None:
    await tx.execute(delete(drafts).where(drafts.c.interaction_id == interaction_id, drafts.c.agent_id == agent_id))
