"""What a customer chooses about how we serve him; customers keeps it, and lies below, so it is registered here."""

from qiao import customers
from qiao.bss import Outcome
from qiao.catalogue.model import Order
from qiao.catalogue.registry import register_act
from qiao.kernel.languages import nearest
from qiao.platform.house import House


async def set_language(house: House, order: Order) -> Outcome:
    """The language he is served in, on every channel."""
    async with house.database.transaction() as tx:
        chosen = nearest(order.parameters["spoken"])
        had = await customers.choose_language(tx, customer_id=order.customer_id, language=chosen)
    return Outcome("done", before={"spoken": had.lower()})


async def elderly_mode_on(house: House, order: Order) -> Outcome:
    """Short and large, with a person soon."""
    return await _elderly(house, order, True)


async def elderly_mode_off(house: House, order: Order) -> Outcome:
    """As anybody."""
    return await _elderly(house, order, False)


async def person_first_on(house: House, order: Order) -> Outcome:
    """A person at once whenever he calls."""
    return await _person_first(house, order, True)


async def person_first_off(house: House, order: Order) -> Outcome:
    """The menu first, as for anybody."""
    return await _person_first(house, order, False)


async def _elderly(house: House, order: Order, on: bool) -> Outcome:
    async with house.database.transaction() as tx:
        had = await customers.choose_elderly_mode(tx, customer_id=order.customer_id, on=on)
    return _chosen(order, had, on)


async def _person_first(house: House, order: Order, on: bool) -> Outcome:
    async with house.database.transaction() as tx:
        had = await customers.choose_person_first(tx, customer_id=order.customer_id, on=on)
    return _chosen(order, had, on)


def _chosen(order: Order, had: str, on: bool) -> Outcome:
    """What stood so before is refused; a second try of the same order has done it itself."""
    if order.tries == 1 and (had == "on") == on:
        return Outcome("refused", reason="already_on" if on else "not_on")
    return Outcome("done")


def register() -> None:
    """Make the customer's own choices known."""
    register_act("set_language", set_language)
    register_act("elderly_mode_on", elderly_mode_on)
    register_act("elderly_mode_off", elderly_mode_off)
    register_act("person_first_on", person_first_on)
    register_act("person_first_off", person_first_off)
