"""Reads of orders."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import RowMapping, select

from qiao.catalogue.model import Order
from qiao.catalogue.store import orders
from qiao.kernel.ids import CustomerId, OrderId
from qiao.kernel.money import Money
from qiao.kernel.origin import Origin
from qiao.kernel.refused import NotFound
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction


async def order(tx: Transaction, order_id: OrderId) -> Order:
    """One order. Raises NotFound."""
    row = await tx.one(select(orders).where(orders.c.id == order_id))
    if row is None:
        raise NotFound
    return as_order(row)


async def orders_by_ids(tx: Transaction, ids: Collection[OrderId]) -> dict[OrderId, Order]:
    """Those orders that there are, by id; one query however many."""
    if not ids:
        return {}
    return {OrderId(row["id"]): as_order(row) for row in await tx.rows(select(orders).where(orders.c.id.in_(ids)))}


async def order_by_key(tx: Transaction, key: str) -> Order | None:
    """The order that was placed under this key, if one was."""
    row = await tx.one(select(orders).where(orders.c.key == key))
    return as_order(row) if row is not None else None


async def orders_of(tx: Transaction, customer_id: CustomerId, limit: int = 20) -> list[Order]:
    """What was done for a customer, newest first."""
    return await _newest(tx, orders.c.customer_id == customer_id, limit)


async def unsettled(tx: Transaction, limit: int = 200) -> list[Order]:
    """Orders nobody knows the end of yet, oldest first, for people to look at."""
    open_still = orders.c.state.not_in(("done", "refused"))
    rows = await tx.rows(select(orders).where(open_still).order_by(orders.c.placed_at).limit(limit))
    return [as_order(row) for row in rows]


async def _newest(tx: Transaction, where: Any, limit: int) -> list[Order]:
    rows = await tx.rows(
        select(orders).where(where).order_by(orders.c.placed_at.desc(), orders.c.id.desc()).limit(limit)
    )
    return [as_order(row) for row in rows]


def as_order(row: RowMapping) -> Order:
    """A row of `orders` as the room's own value."""
    return Order(
        id=OrderId(row["id"]),
        code=row["code"],
        customer_id=CustomerId(row["customer_id"]),
        target=ServiceId.from_text(row["target"]),
        parameters=row["parameters"],
        state=row["state"],
        reason=row["reason"],
        actor=row["actor"],
        basis=row["basis"],
        origin=Origin.from_json(row["origin"]),
        placed_at=row["placed_at"],
        finished_at=row["finished_at"],
        tries=row["tries"],
        reference=row["reference"],
        price=Money(row["price_minor"], row["currency"]) if row["price_minor"] is not None else None,
        before=row["before"],
    )
