"""Paying on the provider's own page: the order waits until he says that it is paid, then the operator books it.

The payer who comes back, and the provider's notice, only make us ask at once; what counts is what the provider answers
under the order's key. No card number ever comes to this house.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import select

from qiao.bss import Lines, Operator, OperatorAway, Outcome, Payments
from qiao.catalogue.model import Order
from qiao.catalogue.outcomes import ask_again
from qiao.catalogue.queries import as_order
from qiao.catalogue.store import orders
from qiao.kernel.ids import OrderId
from qiao.kernel.money import Money
from qiao.kernel.refused import NotFound
from qiao.platform.house import House

RETURN_PATH: Final = "/pay/return"
NOTICE_PATH: Final = "/pay/notice"
AWAY: Final = Outcome("unknown", reason="no_answer")
TOP_UP_MIN, TOP_UP_MAX = Money.of("1"), Money.of("5000")


async def pay_bill(house: House, order: Order) -> Outcome:
    """What is due of the bill of a month."""
    month = order.parameters["month"]
    try:
        bill = await house.get(Operator).bill(order.target, month)
    except OperatorAway:
        return AWAY
    if bill is None or bill.state != "issued":
        return Outcome("refused", reason="bill_not_issued")
    if not bill.due and order.tries == 1:
        return Outcome("refused", reason="nothing_due")
    return await _pay(house, order, bill.due, month)


async def top_up(house: House, order: Order) -> Outcome:
    """Money onto the balance, 1 to 5,000 yuan."""
    amount = Money.of(order.parameters["amount"])
    if amount < TOP_UP_MIN or amount > TOP_UP_MAX:
        return Outcome("refused", reason="amount_not_usable")
    return await _pay(house, order, amount, "")


async def _pay(house: House, order: Order, amount: Money, month: str) -> Outcome:
    """Pending with the address of the page until it is paid; then booked under the order's key and the payment's."""
    key = str(order.id)
    ours = house.settings.address
    ways = {"return_url": f"{ours}{RETURN_PATH}", "notice_url": f"{ours}{NOTICE_PATH}"}
    try:
        page = await house.get(Payments).begin(key=key, amount=amount, what=order.code, **ways)
    except OperatorAway:
        return AWAY
    if page.state == "given_up":
        return Outcome("refused", reason="not_paid")
    if page.state == "waiting":
        return Outcome("pending", page.url)
    return await house.get(Lines).book_payment(order.target, page.amount, page.ref, month, key=key)


async def came_back(house: House, token: str) -> Order:
    """The payer is back from the provider's page: have the provider asked now what became of it.

    Raises LinkNotValid, LinkExpired, NotFound. However often he comes back, it is paid and booked once.
    """
    return await _ask_now(house, house.get(Payments).key_of_return(token, house.clock.now()))


async def was_told(house: House, body: bytes) -> Order:
    """The provider says that a payment is settled: have him asked now what became of it.

    Raises LinkNotValid, LinkExpired, NotFound. However often he says it, it is paid and booked once.
    """
    return await _ask_now(house, house.get(Payments).key_of_notice(body, house.clock.now()))


async def _ask_now(house: House, key: str) -> Order:
    try:
        order_id = OrderId(UUID(key))
    except ValueError:
        raise NotFound from None
    async with house.database.transaction() as tx:
        row = await tx.one(select(orders).where(orders.c.id == order_id))
        if row is None:
            raise NotFound
        found = as_order(row)
        if not found.over:
            await ask_again(tx, [key])
    return found
