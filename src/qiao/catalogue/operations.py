"""Placing orders and writing down what became of them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.catalogue.events import OrderDone, OrderEvent, OrderPending, OrderPlaced, OrderRefused, OrderUnknown
from qiao.catalogue.guarding import spend_grant
from qiao.catalogue.model import Order, Service, State, admit, ask_again_after, read_parameters
from qiao.catalogue.queries import as_order
from qiao.catalogue.sealing import GONE
from qiao.catalogue.services import service
from qiao.catalogue.standing import must_be_eligible_here
from qiao.catalogue.store import orders
from qiao.customers import correct_address, holds
from qiao.kernel.ids import CustomerId, InteractionId, OrderId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.money import Money
from qiao.kernel.origin import Origin
from qiao.kernel.refused import NotFound, Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform import audit
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.jobs import defer
from qiao.platform.live import touch
from qiao.platform.timers import cancel_timer, set_timer

AGAIN: Final = "catalogue.ask_again"
KEY_MAX: Final = 200
IN_DOUBT_AFTER: Final = timedelta(seconds=15)
"""Whoever performs an order has told by then, or has died: it is taken in hand again, under the same key."""


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
    made = insert(orders).values(**values, placed_at=tx.now)
    row = await tx.one(made.on_conflict_do_nothing(index_elements=["key"]).returning(orders))
    if row is None:
        return await _placed_before(tx, key, code, customer_id, target, given)
    placed = as_order(row)
    await _pay_from(tx, asked, placed, grant_id)
    await _announce(tx, placed)
    return placed


async def _announce(tx: Transaction, placed: Order) -> None:
    """Say that it was placed, put it on record, and have it performed."""
    await emit(tx, OrderPlaced(*_about(placed)))
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
    await defer(tx, "catalogue.perform", lock=f"catalogue:{placed.target}", order_id=str(placed.id))


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


async def begin(tx: Transaction, *, order_id: OrderId) -> Order | None:
    """Take an order in hand; None when it is over. Taken again after a crash it goes on under the same key."""
    row = await tx.one(select(orders).where(orders.c.id == order_id).with_for_update())
    if row is None or row["state"] in ("done", "refused"):
        return None
    taken = update(orders).where(orders.c.id == order_id).values(state="performing", tries=orders.c.tries + 1)
    changed = await tx.one(taken.returning(orders))
    assert changed is not None
    await set_timer(tx, kind=AGAIN, ref=str(order_id), due_at=tx.now + IN_DOUBT_AFTER)
    return as_order(changed)


async def settle(
    tx: Transaction,
    *,
    order: Order,
    state: State,
    reason: str = "",
    reference: str = "",
    before: Mapping[str, str] | None = None,
) -> None:
    """Write down the outcome. What is not known yet is asked again after a while, and said once."""
    over = state in ("done", "refused")
    values: dict[str, Any] = {"state": state, "reason": reason[:300], "reference": reference}
    values["finished_at"] = tx.now if over else None
    values |= {"before": dict(before or {}), "parameters": _without_secrets(order) if over else dict(order.parameters)}
    changed = update(orders).where(orders.c.id == order.id, orders.c.state == "performing").values(values)
    if not (await tx.execute(changed)).rowcount:
        return
    happened: OrderEvent
    match state:
        case "done":
            happened = OrderDone(*_about(order))
            if order.code == "correct_address":
                await correct_address(tx, customer_id=order.customer_id, address=order.parameters["address"])
        case "refused":
            happened = OrderRefused(*_about(order), reason)
        case "pending":
            happened = OrderPending(*_about(order))
        case _:
            happened = OrderUnknown(*_about(order))
    if over or order.tries == 1 or (state == "pending" and reference != order.reference):
        await emit(tx, happened)
    pause = None if over else ask_again_after(order.tries)
    if pause is None:
        await cancel_timer(tx, kind=AGAIN, ref=str(order.id))
    else:
        await set_timer(tx, kind=AGAIN, ref=str(order.id), due_at=tx.now + pause)
    await touch(tx, f"order:{order.id}")
    await touch(tx, f"customer:{order.customer_id}")
    if order.origin.interaction is not None:
        await touch(tx, f"interaction:{order.origin.interaction}")


def _without_secrets(order: Order) -> dict[str, str]:
    secret = {one.name for one in service(order.code).parameters if one.spent}
    return {name: GONE if name in secret else value for name, value in order.parameters.items()}


async def ask_again(tx: Transaction, refs: list[str]) -> None:
    """Outcomes that were not known: the operator is asked again, under the same key."""
    for ref in refs:
        target = await tx.scalar(select(orders.c.target).where(orders.c.id == UUID(ref)))
        await defer(tx, "catalogue.perform", lock=f"catalogue:{target}", order_id=ref)


def _about(order: Order) -> tuple[OrderId, CustomerId, str, InteractionId | None, str]:
    return order.id, order.customer_id, order.code, order.origin.interaction, order.actor
