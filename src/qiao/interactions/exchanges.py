"""What customers and machines say to each other in many contacts at once, in a handful of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Uuid, cast, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from qiao.interactions.events import MessageSaid
from qiao.interactions.holding import InteractionHasEnded, touched
from qiao.interactions.model import Interaction, TextIsEmpty, clean_key, clean_text, topic_of
from qiao.interactions.queries import as_interaction
from qiao.interactions.store import interactions, messages
from qiao.kernel.ids import InteractionId, MessageId, new_id
from qiao.kernel.refused import NotFound
from qiao.platform.database import Transaction
from qiao.platform.events import emit


@dataclass(frozen=True, slots=True)
class Said:
    """One thing to be said; the same `client_key` of the same kind of author is the same message."""

    interaction_id: InteractionId
    author_kind: Literal["customer", "bot", "system"]
    text: str
    client_key: str
    author_id: UUID | None = None


_KEEP: Final = text(
    """
    update interactions i
    set last_seq = told.seq,
        topic = case when i.topic = '' then told.topic else i.topic end,
        last_said_at = case when told.by = '' then i.last_said_at else cast(:now as timestamptz) end,
        last_said_by = case when told.by = '' then i.last_said_by else told.by end,
        customer_read_seq = greatest(i.customer_read_seq, told.read)
    from unnest(
        cast(:ids as uuid[]), cast(:seqs as int[]), cast(:topics as text[]), cast(:bys as text[]), cast(:reads as int[])
    ) told (id, seq, topic, by, read)
    where i.id = told.id
    """
)


async def say_all(tx: Transaction, said: Sequence[Said]) -> None:
    """Keep what is said in many contacts, in this order; what was kept before under its key is passed over.

    Raises TextIsEmpty, TextTooLong, TextHasNul, KeyNotUnderstood, NotFound, InteractionHasEnded: then nothing is kept.
    """
    wanted = [(one, clean_text(one.text), clean_key(one.client_key) or "") for one in said]
    if not wanted:
        return
    if not all(words for _, words, _ in wanted):
        raise TextIsEmpty
    held = await _locked(tx, {one.interaction_id for one in said})
    known = await _known(tx, wanted, held)
    standing: dict[InteractionId, dict[str, Any]] = {}
    rows, happened = [], []
    for one, words, key in wanted:
        if (one.interaction_id, one.author_kind, key) in known:
            continue
        contact = held[one.interaction_id]
        if contact.ended_at is not None:
            raise InteractionHasEnded
        known.add((one.interaction_id, one.author_kind, key))
        now = standing.setdefault(
            contact.id, {"id": contact.id, "seq": contact.last_seq, "topic": "", "by": "", "read": 0}
        )
        now["seq"] += 1
        if one.author_kind != "system":
            now["by"] = one.author_kind
        if one.author_kind == "customer":
            now["topic"], now["read"] = now["topic"] or topic_of(words), now["seq"]
        message_id = MessageId(new_id())
        rows.append(
            {
                "interaction_id": contact.id,
                "began_at": contact.started_at,
                "seq": now["seq"],
                "id": message_id,
                "at": tx.now,
                "author_kind": one.author_kind,
                "author_id": one.author_id,
                "text": words,
                "client_key": key or None,
                "file_id": None,
            }
        )
        happened.append(MessageSaid(contact.id, message_id, now["seq"], one.author_kind, contact.channel))
    if not rows:
        return
    await tx.execute(messages.insert(), rows)
    told = list(standing.values())
    await tx.execute(
        _KEEP,
        {"now": tx.now, **{f"{name}s": [one[name] for one in told] for name in ("id", "seq", "topic", "by", "read")}},
    )
    await emit(tx, *happened)
    for contact_id in standing:
        await touched(tx, held[contact_id])


async def _locked(tx: Transaction, ids: set[InteractionId]) -> dict[InteractionId, Interaction]:
    mine = interactions.c.id == func.any(cast(list(ids), ARRAY(Uuid)))
    these = select(interactions).where(mine).order_by(interactions.c.id)
    held = {
        InteractionId(row["id"]): as_interaction(row) for row in await tx.rows(these.with_for_update(key_share=True))
    }
    if held.keys() != ids:
        raise NotFound
    return held


async def _known(
    tx: Transaction, wanted: Sequence[tuple[Said, str, str]], held: dict[InteractionId, Interaction]
) -> set[tuple[InteractionId, str, str]]:
    keys = [
        (one.interaction_id, held[one.interaction_id].started_at, one.author_kind, key) for one, _, key in wanted if key
    ]
    if not keys:
        return set()
    column = messages.c
    these = tuple_(column.interaction_id, column.began_at, column.author_kind, column.client_key).in_(keys)
    found = await tx.rows(select(column.interaction_id, column.author_kind, column.client_key).where(these))
    return {(InteractionId(row["interaction_id"]), row["author_kind"], row["client_key"]) for row in found}
