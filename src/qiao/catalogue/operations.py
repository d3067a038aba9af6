"""Placing orders; they are taken in hand once the transaction has committed (`fulfilling`)."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from qiao.catalogue.events import OrderPlaced
from qiao.catalogue.guarding import spend_grant
from qiao.catalogue.model import Order, Service, admit, read_parameters
from qiao.catalogue.queries import as_order
from qiao.catalogue.services import service
from qiao.catalogue.standing import must_be_eligible_here
from qiao.catalogue.store import orders
from qiao.customers import holds
from qiao.kernel.ids import CustomerId, InteractionId, OrderId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.money import Money
from qiao.kernel.origin import Origin
from qiao.kernel.refused import NotFound, Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform import audit
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.live import ORDERS, notify

KEY_MAX: Final = 200


class KeyUsedForAnotherOrder(Refused):
    """The same form was sent for something else."""

    code = "catalogue.key_used_for_another_order"
    text = N_("This form was sent before for something else. Nothing was done; reload and try again.")


async def place_order(
    tx: Transaction,
    *,
    code: str,
    customer_id: CustomerId,
    target: ServiceId,
    parameters: Mapping[str, str],
    actor_ref: str,
    level: int,
    basis: str,
    origin: Origin,
    key: str,
    confirmed: bool = False,
    rights: frozenset[str] | None = None,
    listed_by_case: bool = False,
    grant_id: str | None = None,
    price: Money | None = None,
) -> Order:
    """Have something done on the operator's systems once this transaction has committed; it is audited here.

    The same `key` is the same order. `rights` are the member of staff's, None for the customer himself. `price` is
    what he was told it costs: when it costs something else by then, the order is refused as "price_changed". Raises
    what `admit` and `read_parameters` raise, NotFound for a number that is not his, KeyUsedForAnotherOrder, NotEligible
    for what is known here already (the rest is asked of the operator before it is performed).
    """
    asked = service(code)
    if asked.kind != "act":
        raise NotFound
    admit(
        asked,
        level=level,
        basis=basis,
        rights=rights,
        listed_by_case=listed_by_case,
        confirmed=confirmed,
        grant_id=grant_id,
    )
    given = read_parameters(asked, parameters)
    if not await holds(tx, customer_id, target):
        raise NotFound
    agreed = _agreed(asked, price)
    await must_be_eligible_here(tx, asked, customer_id, target)
    values = {
        "id": new_id(),
        "key": key[:KEY_MAX],
        "code": code,
        "customer_id": customer_id,
        "target": str(target),
        "parameters": given,
        "actor": actor_ref,
        "level": int(level),
        "basis": str(basis),
        "grant_id": grant_id,
        **_written(origin, agreed),
    }
    made = insert(orders).values(**values, placed_at=tx.now, due_at=tx.now)
    row = await tx.one(made.on_conflict_do_nothing(index_elements=["key"]).returning(orders))
    if row is None:
        return await _placed_before(tx, key, code, customer_id, target, given)
    placed = as_order(row)
    await _pay_from(tx, asked, placed, grant_id)
    await _announce(tx, placed)
    return placed


async def _announce(tx: Transaction, placed: Order) -> None:
    """Say that it was placed, put it on record, and have it performed."""
    await emit(tx, OrderPlaced(*_about(placed), channel=placed.origin.channel))
    await audit.record(
        tx,
        actor=placed.actor,
        act=f"do.{placed.code}",
        customer_id=placed.customer_id,
        interaction_id=placed.origin.interaction,
        subject=f"order:{placed.id}",
        details={"basis": placed.basis},
        once=False,
    )
    await notify(tx, ORDERS)


def _written(origin: Origin, agreed: Money | None) -> dict[str, Any]:
    return {
        "origin": origin.as_json(),
        "interaction_id": origin.interaction,
        "price_minor": agreed.minor if agreed else None,
        "currency": agreed.currency if agreed else "",
    }


def _agreed(asked: Service, told: Money | None) -> Money | None:
    """What he agrees to pay: what he was told, else what always stands; the operator's word is asked later."""
    return (told or asked.price) if asked.price is not None or asked.priced_by else None


async def _pay_from(tx: Transaction, asked: Service, placed: Order, grant_id: str | None) -> None:
    """Spend the grant on an order that gives money. Raises NeedsGrant."""
    if asked.gives_money:
        await spend_grant(
            tx,
            grant_id=grant_id,
            order_id=placed.id,
            code=placed.code,
            customer_id=placed.customer_id,
            target=placed.target,
            amount=Money.of(placed.parameters["amount"]),
        )


async def _placed_before(
    tx: Transaction, key: str, code: str, customer_id: CustomerId, target: ServiceId, given: Mapping[str, str]
) -> Order:
    row = await tx.one(select(orders).where(orders.c.key == key[:KEY_MAX]))
    assert row is not None
    known = as_order(row)
    secrets = {one.name for one in service(code).parameters if one.spent}
    same = [{name: one for name, one in told.items() if name not in secrets} for told in (known.parameters, given)]
    if (known.code, known.customer_id, known.target) != (code, customer_id, target) or same[0] != same[1]:
        raise KeyUsedForAnotherOrder
    return known


def _about(order: Order) -> tuple[OrderId, CustomerId, str, InteractionId | None, str]:
    return order.id, order.customer_id, order.code, order.origin.interaction, order.actor
