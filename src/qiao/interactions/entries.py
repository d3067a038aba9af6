"""Lines that other rooms put on a customer's timeline."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from qiao.interactions.kinds import known_kind
from qiao.interactions.store import interactions, timeline_entries
from qiao.kernel.ids import CustomerId, InteractionId, UnitId, new_id
from qiao.platform.database import Transaction
from qiao.platform.live import touch
from qiao.platform.policy import Level


async def add_entry(
    tx: Transaction,
    *,
    customer_id: CustomerId,
    kind: str,
    ref: str,
    summary: dict[str, Any],
    interaction_id: InteractionId | None = None,
    unit_id: UnitId | None = None,
    level: Level | None = None,
    at: datetime | None = None,
    entry_id: UUID | None = None,
) -> UUID:
    """Put a line on the customer's timeline; the same `entry_id` again replaces it. `summary`: plain JSON values.

    It belongs to the organisation unit of its contact, unless `unit_id` names another. `level` below what the kind
    asks is raised to it. Raises LookupError for a kind nobody registered.
    """
    known = known_kind(kind)
    of_contact = select(interactions.c.unit_id).where(interactions.c.id == interaction_id).scalar_subquery()
    values = {
        "id": entry_id or new_id(),
        "unit_id": unit_id or (of_contact if interaction_id else None),
        "customer_id": customer_id,
        "at": at or tx.now,
        "kind": kind,
        "ref": ref,
        "interaction_id": interaction_id,
        "level": max(known.level, int(level or 0)),
        "summary": summary,
    }
    written = insert(timeline_entries).values(values)
    kept = {name: written.excluded[name] for name in ("customer_id", "unit_id", "at", "ref", "level", "summary")}
    await tx.execute(written.on_conflict_do_update(index_elements=["id"], set_=kept))
    await touch(tx, f"customer:{customer_id}")
    return values["id"]  # type: ignore[return-value]
