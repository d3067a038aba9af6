"""Reads of customers."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import RowMapping, select

from qiao.customers.model import Customer, NumberPeriod, Snapshot
from qiao.customers.store import customers, number_periods, snapshots
from qiao.kernel.ids import CustomerId, UnitId
from qiao.kernel.refused import NotFound
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction


async def customer(tx: Transaction, customer_id: CustomerId) -> Customer:
    """One customer with the numbers he holds now. Raises NotFound."""
    found = (await customers_by_ids(tx, [customer_id])).get(customer_id)
    if found is None:
        raise NotFound
    return found


async def customers_by_ids(tx: Transaction, ids: Iterable[CustomerId]) -> dict[CustomerId, Customer]:
    """Those who are known, by id; two queries however many."""
    wanted = set(ids)
    if not wanted:
        return {}
    held: dict[Any, list[ServiceId]] = defaultdict(list)
    open_periods = select(number_periods.c.customer_id, number_periods.c.service).where(
        number_periods.c.customer_id.in_(wanted), number_periods.c.until.is_(None)
    )
    for row in await tx.rows(open_periods.order_by(number_periods.c.since)):
        held[row["customer_id"]].append(ServiceId.from_text(row["service"]))
    rows = await tx.rows(select(customers).where(customers.c.id.in_(wanted)))
    return {CustomerId(row["id"]): _customer(row, tuple(held[row["id"]])) for row in rows}


async def customer_of(tx: Transaction, service: ServiceId) -> Customer | None:
    """Whom the number belongs to now, as far as is known here."""
    holder = await tx.scalar(
        select(number_periods.c.customer_id).where(
            number_periods.c.service == str(service), number_periods.c.until.is_(None)
        )
    )
    return await customer(tx, CustomerId(holder)) if holder is not None else None


async def customers_of(tx: Transaction, services: Iterable[ServiceId]) -> dict[ServiceId, Customer]:
    """Whom these numbers belong to now, as far as is known here; three queries however many."""
    wanted = [str(service) for service in services]
    if not wanted:
        return {}
    rows = await tx.rows(
        select(number_periods.c.service, number_periods.c.customer_id).where(
            number_periods.c.service.in_(wanted), number_periods.c.until.is_(None)
        )
    )
    found = await customers_by_ids(tx, {CustomerId(row["customer_id"]) for row in rows})
    return {ServiceId.from_text(row["service"]): found[CustomerId(row["customer_id"])] for row in rows}


async def holds(tx: Transaction, customer_id: CustomerId, service: ServiceId) -> bool:
    """Whether the number is his now."""
    mine = (number_periods.c.service == str(service)) & number_periods.c.until.is_(None)
    return bool(await tx.scalar(select(number_periods.c.customer_id).where(mine)) == customer_id)


async def numbers_of(tx: Transaction, customer_id: CustomerId) -> list[NumberPeriod]:
    """Every number he has held, the present ones first."""
    rows = await tx.rows(
        select(number_periods)
        .where(number_periods.c.customer_id == customer_id)
        .order_by(number_periods.c.until.desc().nulls_first(), number_periods.c.since)
        .limit(200)
    )
    return [
        NumberPeriod(ServiceId.from_text(row["service"]), CustomerId(row["customer_id"]), row["since"], row["until"])
        for row in rows
    ]


async def snapshot(tx: Transaction, customer_id: CustomerId, service: ServiceId) -> Snapshot | None:
    """What the operator last said of this number's account, when it was this customer's."""
    mine = (snapshots.c.customer_id == customer_id) & (snapshots.c.service == str(service))
    row = await tx.one(select(snapshots).where(mine))
    return Snapshot(row["as_of"], row["body"]) if row is not None else None


def _customer(row: RowMapping, numbers: tuple[ServiceId, ...]) -> Customer:
    return Customer(
        id=CustomerId(row["id"]),
        operator_ref=row["operator_ref"],
        name=row["name"],
        kind=row["kind"],
        segment=row["segment"],
        language=row["language_chosen"] or row["language"],
        unit_id=UnitId(row["unit_id"]) if row["unit_id"] is not None else None,
        address=row["address"],
        address_as_of=row["address_as_of"],
        born_year=row["born_year"],
        as_of=row["as_of"],
        numbers=numbers,
        elderly_mode=row["elderly_mode"],
        person_first=row["person_first"],
    )
