"""Who does what when an order is performed: one line for each service of the catalogue that the operator performs."""

from collections.abc import Awaitable, Callable
from typing import Final, cast

from qiao.bss import Feature, ForwardWhen, Lines, Operator, OperatorAway, Outcome
from qiao.catalogue.consents import ask_consent
from qiao.catalogue.model import Order
from qiao.catalogue.paying import pay_bill, top_up
from qiao.catalogue.sealing import unseal
from qiao.catalogue.services import service
from qiao.customers import recognize
from qiao.kernel.money import Money
from qiao.kernel.service_ids import NumberNotUnderstood, ServiceId, parse_service_id
from qiao.platform.house import House
from qiao.platform.rate_limits import TooManyRequests

Does = Callable[[House, Order, str], Awaitable[Outcome]]
"""The house, the order, and how the operator calls the customer."""
NOT_OURS: Final = Outcome("refused", reason="not_ours")


def _operator(house: House) -> Operator:
    return house.get(Operator)


def _lines(house: House) -> Lines:
    return house.get(Lines)


def _switch(feature: Feature, on: bool) -> Does:
    return lambda house, order, _: _lines(house).switch(order.target, feature, on, key=str(order.id))


def _refuse(refused: bool) -> Does:
    return lambda house, order, _: _lines(house).refuse_added(order.target, refused, key=str(order.id))


async def _forward(house: House, order: Order, _: str) -> Outcome:
    told = order.told(service(order.code))
    number, when = told["number"], cast(ForwardWhen, told["when"])
    return await _lines(house).set_forwarding(order.target, when, number, key=str(order.id))


async def _end_forwarding(house: House, order: Order, _: str) -> Outcome:
    when = cast(ForwardWhen | None, order.parameters.get("when"))
    return await _lines(house).end_forwarding(order.target, when, key=str(order.id))


async def _change_password(house: House, order: Order, _: str) -> Outcome:
    password = unseal(house, order.target, order.parameters["password"])
    return await _lines(house).change_service_password(order.target, password, key=str(order.id))


async def _invoice(house: House, order: Order, _: str) -> Outcome:
    told = order.parameters
    tax_number, email = told.get("tax_number", ""), told.get("email", "")
    return await _lines(house).make_invoice(
        order.target, told["month"], told["title"], tax_number, email, key=str(order.id)
    )


async def _itemised(house: House, order: Order, _: str) -> Outcome:
    month, email = order.parameters["month"], order.parameters.get("email", "")
    return await _lines(house).send_itemised_bill(order.target, month, email, key=str(order.id))


async def _voucher(house: House, order: Order, _: str) -> Outcome:
    voucher, month = order.parameters["voucher"], order.parameters.get("month", "")
    return await _lines(house).redeem_voucher(order.target, voucher, month, key=str(order.id))


def _member(house: House, order: Order) -> ServiceId | None:
    try:
        found = parse_service_id(order.parameters["member"], house.settings.region)
    except NumberNotUnderstood:
        return None
    return found if found.kind == "mobile" else None


async def _add_family(house: House, order: Order, _: str) -> Outcome:
    """Only when the holder of the other number agreed: he is asked by text, unless it is the customer's own."""
    member = _member(house, order)
    if member is None:
        return NOT_OURS
    try:
        against = await _not_joining(house, order, member)
    except OperatorAway:
        return Outcome("pending", reason="no_answer")
    return against or await _lines(house).add_to_family(order.target, member, key=str(order.id))


async def _not_joining(house: House, order: Order, member: ServiceId) -> Outcome | None:
    """Why it is not done now: it cannot be, or the holder did not agree (yet). Raises OperatorAway."""
    if member == order.target:
        return Outcome("refused", reason="own_number")
    if order.tries == 1 and member in {one.service for one in await _lines(house).family(order.target)}:
        return Outcome("refused", reason="already_on")
    holder = await recognize(house, member)
    if holder is None:
        return NOT_OURS
    if holder.id == order.customer_id:
        return None
    try:
        async with house.database.transaction() as tx:
            consent = await ask_consent(tx, order, member, language=house.settings.default_language)
    except TooManyRequests:
        return Outcome("refused", reason="member_asked_too_often")
    if consent.state == "asked":
        return Outcome("pending", reference=f"consent:{consent.id}")
    return None if consent.state == "agreed" else Outcome("refused", reason=f"member_{consent.state}")


async def _remove_family(house: House, order: Order, _: str) -> Outcome:
    member = _member(house, order)
    if member is None:
        return NOT_OURS
    return await _lines(house).take_from_family(order.target, member, key=str(order.id))


DOES: Final[dict[str, Does]] = {
    "cancel_subscription": lambda house, order, _: _operator(house).cancel_subscription(
        order.target, order.parameters["subscription_ref"], key=str(order.id)
    ),
    "restore_subscription": lambda house, order, _: _operator(house).restore_subscription(
        order.target, order.parameters["subscription_ref"], key=str(order.id)
    ),
    "cancel_all_subscriptions": lambda house, order, _: _operator(house).cancel_all_subscriptions(
        order.target, key=str(order.id)
    ),
    "change_plan": lambda house, order, _: _operator(house).change_plan(
        order.target,
        order.parameters["plan_code"],
        key=str(order.id),
        starts=order.told(service("change_plan"))["starts"],
    ),
    "reset_service_password": lambda house, order, _: _operator(house).reset_service_password(
        order.target, key=str(order.id)
    ),
    "correct_address": lambda house, order, ref: _operator(house).correct_address(
        ref, order.parameters["address"], key=str(order.id)
    ),
    "hold_charge": lambda house, order, _: _operator(house).hold_charge(
        order.target, order.parameters["month"], order.parameters["line_ref"], key=str(order.id)
    ),
    "release_charge": lambda house, order, _: _operator(house).release_charge(
        order.target, order.parameters["month"], order.parameters["line_ref"], key=str(order.id)
    ),
    "reverse_charge": lambda house, order, _: _operator(house).reverse_charge(
        order.target,
        order.parameters["month"],
        order.parameters["line_ref"],
        Money.of(order.parameters["amount"]),
        key=str(order.id),
    ),
    "give_credit": lambda house, order, _: _operator(house).give_credit(
        order.target, Money.of(order.parameters["amount"]), order.parameters.get("why", ""), key=str(order.id)
    ),
    "buy_data_pack": lambda house, order, _: _lines(house).buy_pack(
        order.target, order.parameters["pack_code"], key=str(order.id)
    ),
    "set_forwarding": _forward,
    "end_forwarding": _end_forwarding,
    "caller_display_on": _switch("caller_display", True),
    "caller_display_off": _switch("caller_display", False),
    "roaming_on": _switch("roaming", True),
    "roaming_off": _switch("roaming", False),
    "ever_ring_on": _switch("ever_ring", True),
    "ever_ring_off": _switch("ever_ring", False),
    "refuse_all": _refuse(True),
    "accept_all": _refuse(False),
    "change_service_password": _change_password,
    "send_puk": lambda house, order, _: _lines(house).send_puk(order.target, key=str(order.id)),
    "suspend_line": lambda house, order, _: _lines(house).suspend(order.target, "lost", key=str(order.id)),
    "resume_line": lambda house, order, _: _lines(house).resume(order.target, key=str(order.id)),
    "replace_sim": lambda house, order, _: _lines(house).request_sim(order.target, key=str(order.id)),
    "withdraw_sim_request": lambda house, order, _: _lines(house).withdraw_sim_request(order.target, key=str(order.id)),
    "itemised_bill": _itemised,
    "invoice": _invoice,
    "pay_bill_voucher": _voucher,
    "top_up_voucher": _voucher,
    "pay_bill_online": lambda house, order, _: pay_bill(house, order),
    "top_up": lambda house, order, _: top_up(house, order),
    "add_family_number": _add_family,
    "remove_family_number": _remove_family,
}
