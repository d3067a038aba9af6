"""Performing an order: the operator is called outside any transaction, and the outcome is written in one."""

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from qiao.bss import Operator, OperatorAway, Outcome
from qiao.catalogue import confirming, operations
from qiao.catalogue.model import Order
from qiao.customers import customer
from qiao.kernel.ids import OrderId
from qiao.kernel.money import Money
from qiao.platform.failpoints import failpoint
from qiao.platform.house import House

BEGUN: Final = "catalogue.perform.begun"
ANSWERED: Final = "catalogue.perform.answered"
Does = Callable[[Operator, Order, str], Awaitable[Outcome]]
_DOES: Final[dict[str, Does]] = {
    "cancel_subscription": lambda operator, order, _: operator.cancel_subscription(
        order.target, order.parameters["subscription_ref"], key=str(order.id)
    ),
    "cancel_all_subscriptions": lambda operator, order, _: operator.cancel_all_subscriptions(
        order.target, key=str(order.id)
    ),
    "change_plan": lambda operator, order, _: operator.change_plan(
        order.target, order.parameters["plan_code"], key=str(order.id)
    ),
    "reset_service_password": lambda operator, order, _: operator.reset_service_password(
        order.target, key=str(order.id)
    ),
    "correct_address": lambda operator, order, ref: operator.correct_address(
        ref, order.parameters["address"], key=str(order.id)
    ),
    "hold_charge": lambda operator, order, _: operator.hold_charge(
        order.target, order.parameters["month"], order.parameters["line_ref"], key=str(order.id)
    ),
    "release_charge": lambda operator, order, _: operator.release_charge(
        order.target, order.parameters["month"], order.parameters["line_ref"], key=str(order.id)
    ),
    "reverse_charge": lambda operator, order, _: operator.reverse_charge(
        order.target,
        order.parameters["month"],
        order.parameters["line_ref"],
        Money.of(order.parameters["amount"]),
        key=str(order.id),
    ),
    "give_credit": lambda operator, order, _: operator.give_credit(
        order.target, Money.of(order.parameters["amount"]), order.parameters.get("why", ""), key=str(order.id)
    ),
}


async def perform(house: House, *, order_id: str) -> None:
    """Perform one order. Run twice it is done once: the operator knows it by its key."""
    async with house.database.transaction() as tx:
        order = await operations.begin(tx, order_id=OrderId(UUID(order_id)))
        if order is None:
            return
        ref = (await customer(tx, order.customer_id)).operator_ref
    failpoint(BEGUN)
    outcome = await _outcome(house.get(Operator), order, ref)
    failpoint(ANSWERED)
    async with house.database.transaction() as tx:
        await operations.settle(tx, order=order, state=outcome.kind, reason=outcome.reason, reference=outcome.reference)


async def forget_confirmations(house: House) -> None:
    """Orders nobody confirmed in time go."""
    async with house.database.transaction() as tx:
        await confirming.forget_confirmations(tx)


async def _outcome(operator: Operator, order: Order, ref: str) -> Outcome:
    """What the operator makes of it; nothing is attempted for a number that is somebody else's by now."""
    try:
        holding = await operator.holder_of(order.target)
    except OperatorAway:
        return Outcome("unknown" if order.tries > 1 else "pending", reason="no_answer")
    if holding is None or holding.party_ref != ref:
        return Outcome("refused", reason="number_changed_hands")
    return await _DOES[order.code](operator, order, ref)
