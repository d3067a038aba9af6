"""Contacts begin: one, or many at once in a handful of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.dialects.postgresql import insert

from qiao.interactions.events import CustomerIdentified, InteractionStarted
from qiao.interactions.holding import touched
from qiao.interactions.kinds import CONTACT
from qiao.interactions.model import TOPIC_CHARACTERS_MAX, Direction, Interaction, clean_text, for_display
from qiao.interactions.queries import as_interaction
from qiao.interactions.store import interactions, timeline_entries
from qiao.kernel.events import Event
from qiao.kernel.ids import CustomerId, InteractionId, UnitId, new_id
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.events import emit

RAW_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class Beginning:
    """A contact that begins, at level 0; `party` is how the other side is called until it is identified."""

    channel: str
    language: str
    direction: Direction = "inbound"
    unit_id: UnitId | None = None
    customer_id: CustomerId | None = None
    service_id: ServiceId | None = None
    party: str = ""
    segment: str = ""
    entry_point: str = ""
    topic: str = ""
    started_at: datetime | None = None


async def start_all(tx: Transaction, beginnings: Sequence[Beginning]) -> list[Interaction]:
    """Begin contacts, in this order; whose they are, as their channel knows, proves nothing."""
    if not beginnings:
        return []
    rows = [_row(tx, one) for one in beginnings]
    made = await tx.execute(insert(interactions).returning(interactions), rows)
    by_id = {row["id"]: as_interaction(row) for row in made.mappings()}
    begun = [by_id[row["id"]] for row in rows]
    entries = [_entry(one) for one in begun if one.customer_id is not None]
    if entries:
        await tx.execute(insert(timeline_entries), entries)
    happened: list[Event] = []
    for one in begun:
        happened.append(InteractionStarted(one.id, one.channel, one.direction, one.customer_id))
        if one.customer_id is not None:
            happened.append(CustomerIdentified(one.id, one.customer_id))
            await touched(tx, one)
    await emit(tx, *happened)
    return begun


def _row(tx: Transaction, one: Beginning) -> dict[str, Any]:
    return {
        "id": InteractionId(new_id()),
        "unit_id": one.unit_id,
        "customer_id": one.customer_id,
        "service_id": str(one.service_id) if one.service_id else None,
        "party": for_display(clean_text(one.party, limit=RAW_MAX))[:TOPIC_CHARACTERS_MAX],
        "channel": one.channel,
        "language": one.language,
        "segment": one.segment,
        "direction": one.direction,
        "entry_point": one.entry_point,
        "topic": for_display(clean_text(one.topic, limit=RAW_MAX))[:TOPIC_CHARACTERS_MAX],
        "started_at": one.started_at or tx.now,
    }


def _entry(one: Interaction) -> dict[str, Any]:
    """The contact's own line on its customer's timeline."""
    return {
        "id": one.id,
        "customer_id": one.customer_id,
        "unit_id": one.unit_id,
        "at": one.started_at,
        "kind": CONTACT,
        "ref": str(one.id),
        "interaction_id": one.id,
    }
