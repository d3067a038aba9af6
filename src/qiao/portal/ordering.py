"""From a sent form to an order: placed at once, or once the digits texted to the number have come back."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from qiao import catalogue, customers, post
from qiao.catalogue import Order, Service
from qiao.kernel.ids import CustomerId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.money import Money
from qiao.kernel.origin import Origin
from qiao.kernel.refused import InputNotUnderstood
from qiao.kernel.service_ids import ServiceId
from qiao.platform import rate_limits
from qiao.platform.database import one_at_a_time
from qiao.platform.house import House
from qiao.platform.policy import Actor, Basis, Level
from qiao.platform.rate_limits import Limit

WAIT_SECONDS: Final = 2.0
DIGITS_TEXT: Final = "order_digits"
DIGITS_PAGE: Final = "/me/digits"
DIGITS: Final = Limit(burst=5, refill_seconds=180)
"""Texts with digits that one number is sent: five at once, then one in three minutes."""
NOT_AGAIN_BEFORE: Final = timedelta(seconds=60)
NOT_READ: Final = N_("This cannot be read; check it and try again.")
PASSWORD_WRONG: Final = N_("That is not the service password. Nothing was changed.")
PASSWORD_NEEDED: Final = N_("This needs your service password as well.")


def order_key(actor: Actor, key: str) -> str:
    """The order's key: the same form of the same customer is the same order."""
    return f"portal:{actor.id}:{key}"


def origin_of(actor: Actor) -> Origin:
    """Where orders of the portal come from."""
    return Origin(channel="web", interaction=None, actor=actor.reference, flow=None)


async def proved(house: House, actor: Actor, asked: Service, password: str) -> Level:
    """The proof that stands for one order: that of his session, with the service password where it asks for two.

    Raises InputNotUnderstood beside the field, TooManyWrongAnswers, OperatorAway.
    """
    if asked.level <= Level.ONE_FACTOR:
        return actor.level
    if not password.strip():
        raise InputNotUnderstood({"password": PASSWORD_NEEDED})
    checked = await customers.check_password(house, service=ServiceId.from_text(actor.service), password=password[:64])
    if checked.blocked_until is not None:
        raise catalogue.TooManyWrongAnswers
    if not checked.ok:
        raise InputNotUnderstood({"password": PASSWORD_WRONG})
    return Level.TWO_FACTORS


def sealed(house: House, actor: Actor, asked: Service, given: Mapping[str, str]) -> dict[str, str]:
    """The parameters with every secret sealed for his number: no row and no log has it in clear.

    Raises InputNotUnderstood beside a secret that is too long.
    """
    secrets, target = {one.name for one in asked.parameters if one.kind == "secret"}, ServiceId.from_text(actor.service)
    kept = dict(given)
    for name in secrets & given.keys():
        try:
            kept[name] = catalogue.seal(house, target, given[name])
        except InputNotUnderstood:
            raise InputNotUnderstood({name: NOT_READ}) from None
    return kept


async def placed_before(house: House, actor: Actor, key: str) -> Order | None:
    """The order of this form, if it was sent before."""
    async with house.database.transaction() as tx:
        found = await catalogue.order_by_key(tx, order_key(actor, key))
    return found if found is not None and found.customer_id == actor.id else None


async def place(house: House, actor: Actor, asked: Service, key: str, given: Mapping[str, str], *, level: Level) -> str:
    """Place the order, wait a moment for what becomes of it, and say where that is to be seen."""
    async with house.database.transaction() as tx:
        placed = await catalogue.place_order(
            tx,
            code=asked.code,
            customer_id=CustomerId(actor.id),
            target=ServiceId.from_text(actor.service),
            parameters=given,
            actor_ref=actor.reference,
            level=level,
            basis=Basis.SELF,
            origin=origin_of(actor),
            key=order_key(actor, key),
        )
    return await seen_at(house, placed)


async def seen_at(house: House, placed: Order) -> str:
    """The page of an order's outcome, after a moment for it to come."""
    await catalogue.wait_for_order(house, placed.id, seconds=WAIT_SECONDS)
    return f"/me/orders/{placed.id}"


async def ask_digits(
    house: House,
    actor: Actor,
    asked: Service,
    key: str,
    given: Mapping[str, str],
    language: str,
    what: str,
    price: Money | None,
    *,
    again: bool = False,
) -> str:
    """Text four digits to his number that confirm this order; returns where he types them.

    `key` is that of the form and becomes the order's. A double click asks once: for the same order nothing is texted
    again within a minute, unless he asks for that.
    """
    number = ServiceId.from_text(actor.service)
    async with house.database.transaction() as tx:
        await one_at_a_time(tx, f"portal.digits:{number}")
        waiting = await catalogue.waits_for_digits(tx, number)
        fresh = waiting is not None and tx.now - waiting.asked_at < NOT_AGAIN_BEFORE and not again
        if waiting is not None and fresh and (waiting.code, dict(waiting.parameters)) == (asked.code, dict(given)):
            return _digits_page(key)
        await rate_limits.take(tx, f"portal.digits:{number}", DIGITS)
        words = await catalogue.ask_confirmation(
            tx,
            code=asked.code,
            customer_id=CustomerId(actor.id),
            target=number,
            parameters=given,
            language=language,
            what=what,
            price=price,
        )
        await post.send(
            tx,
            purpose=DIGITS_TEXT,
            recipient=number,
            text=words,
            language=language,
            key=str(new_id()),
            origin=origin_of(actor),
            priority="urgent",
            secret=True,
        )
    return _digits_page(key)


def _digits_page(key: str) -> str:
    return f"{DIGITS_PAGE}?key={key}"
