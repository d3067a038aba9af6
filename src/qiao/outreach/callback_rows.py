"""Reads of callbacks owed."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, select

from qiao.kernel.ids import AgentId, CustomerId, DeskId, InteractionId, UnitId
from qiao.kernel.refused import NotFound
from qiao.kernel.service_ids import ServiceId
from qiao.outreach.model_callbacks import Attempt, Callback
from qiao.outreach.store import attempts, callbacks
from qiao.platform.database import Transaction

LIST_MAX: Final = 200


async def callback(tx: Transaction, callback_id: UUID) -> Callback:
    """One of them. Raises NotFound."""
    found = await _where(tx, callbacks.c.id == callback_id)
    if not found:
        raise NotFound
    return found[0]


async def locked_callback(tx: Transaction, callback_id: UUID) -> Callback | None:
    """The same, held until the transaction ends; None if there is none."""
    mine = callbacks.c.id == callback_id
    if await tx.one(select(callbacks.c.id).where(mine).with_for_update()) is None:
        return None
    return (await _where(tx, mine))[0]


async def callbacks_owed(
    tx: Transaction, *, desk_ids: Iterable[DeskId], units: Iterable[UnitId] | None = None, limit: int = LIST_MAX
) -> list[Callback]:
    """What these desks owe: the missed first, then by when it begins. `units`: of nobody else's customers."""
    owed = callbacks.c.ended_at.is_(None) & callbacks.c.desk_id.in_(list(desk_ids))
    if units is not None:
        owed &= callbacks.c.unit_id.is_(None) | callbacks.c.unit_id.in_(list(units))
    return await _where(tx, owed, limit=limit)


async def callbacks_about(tx: Transaction, matter: str) -> list[Callback]:
    """Those about a matter, over and owed."""
    return await _where(tx, callbacks.c.matter == matter)


async def callbacks_of(tx: Transaction, customer_id: CustomerId) -> list[Callback]:
    """What this customer is owed."""
    return await _where(tx, (callbacks.c.customer_id == customer_id) & callbacks.c.ended_at.is_(None))


async def callback_of_contact(tx: Transaction, interaction_id: InteractionId) -> Callback | None:
    """The callback that this contact is an attempt of."""
    of = select(attempts.c.callback_id).where(attempts.c.interaction_id == interaction_id)
    found = await _where(tx, callbacks.c.id == of.scalar_subquery())
    return found[0] if found else None


async def _where(tx: Transaction, fits: ColumnElement[bool], *, limit: int = LIST_MAX) -> list[Callback]:
    rows = await tx.rows(
        select(callbacks)
        .where(fits)
        .order_by(callbacks.c.missed_at.nulls_last(), callbacks.c.from_at, callbacks.c.id)
        .limit(limit)
    )
    tries: dict[Any, list[Attempt]] = defaultdict(list)
    if rows:
        of = attempts.c.callback_id.in_([row["id"] for row in rows])
        for row in await tx.rows(select(attempts).where(of).order_by(attempts.c.number)):
            tries[row["callback_id"]].append(_attempt(row))
    return [_callback(row, tuple(tries[row["id"]])) for row in rows]


def _attempt(row: RowMapping) -> Attempt:
    return Attempt(
        number=row["number"],
        interaction_id=InteractionId(row["interaction_id"]),
        queued_at=row["queued_at"],
        agent_id=None if row["agent_id"] is None else AgentId(row["agent_id"]),
        answered_at=row["answered_at"],
        outcome=row["outcome"],
    )


def _callback(row: RowMapping, tries: tuple[Attempt, ...]) -> Callback:
    plain = {name: row[name] for name in Callback.__slots__ if name not in ("service", "attempts")}
    return Callback(**plain, service=ServiceId.from_text(row["service"]), attempts=tries)
