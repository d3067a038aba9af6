"""Lines that other rooms put on a customer's timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from qiao.interactions.kinds import known_kind
from qiao.interactions.store import interactions, timeline_entries
from qiao.kernel.ids import CustomerId, InteractionId, UnitId, new_id
from qiao.platform.database import Transaction
from qiao.platform.live import touch_all
from qiao.platform.policy import Level


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A line for a customer's timeline; see `add_entry`."""

    customer_id: CustomerId
    kind: str
    ref: str
    summary: dict[str, Any]
    interaction_id: InteractionId | None = None
    unit_id: UnitId | None = None
    level: Level | None = None
    at: datetime | None = None
    entry_id: UUID | None = None


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
    line = NewEntry(customer_id, kind, ref, summary, interaction_id, unit_id, level, at, entry_id or new_id())
    await add_entries(tx, [line])
    assert line.entry_id is not None
    return line.entry_id


async def add_entries(tx: Transaction, lines: Sequence[NewEntry]) -> None:
    """As `add_entry`, for many in one statement; of those with one `entry_id` the last stands."""
    if not lines:
        return
    rows = {row["id"]: row for row in (_row(tx, one) for one in lines)}
    written = insert(timeline_entries).values(list(rows.values()))
    kept = {name: written.excluded[name] for name in ("customer_id", "unit_id", "at", "ref", "level", "summary")}
    await tx.execute(written.on_conflict_do_update(index_elements=["id"], set_=kept))
    await touch_all(tx, {f"customer:{one.customer_id}" for one in lines})


def _row(tx: Transaction, one: NewEntry) -> dict[str, Any]:
    known = known_kind(one.kind)
    of_contact = select(interactions.c.unit_id).where(interactions.c.id == one.interaction_id).scalar_subquery()
    return {
        "id": one.entry_id or new_id(),
        "unit_id": one.unit_id or (of_contact if one.interaction_id else None),
        "customer_id": one.customer_id,
        "at": one.at or tx.now,
        "kind": one.kind,
        "ref": one.ref,
        "interaction_id": one.interaction_id,
        "level": max(known.level, int(one.level or 0)),
        "summary": one.summary,
    }
