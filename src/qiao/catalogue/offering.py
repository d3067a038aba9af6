"""On what terms a service can be had now: asked before anything is agreed, so that no yes is said for nothing."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from qiao.catalogue.model import Service
from qiao.catalogue.model_terms import REASONS, NotEligible, NotOffered, must_cost, operators_word_needed, why_not
from qiao.catalogue.pricing import price_now
from qiao.catalogue.standing import facts_known, standing
from qiao.customers import Customer, customer
from qiao.kernel.ids import CustomerId
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId
from qiao.platform.house import House


@dataclass(frozen=True, slots=True)
class Terms:
    """What it costs now, None for nothing, and what is against it as he stands, None for nothing."""

    price: Money | None = None
    against: type[NotEligible] | None = None

    def must_hold(self) -> None:
        """Raises the NotEligible that is against it."""
        if self.against is not None:
            raise self.against

    def must_cost(self, agreed: Money | None) -> None:
        """Raises PriceHasChanged where this was agreed and is no longer the price."""
        must_cost(agreed, self.price)


async def terms_now(
    house: House,
    asked: Service,
    *,
    customer_id: CustomerId,
    target: ServiceId,
    parameters: Mapping[str, str],
    person: Customer | None = None,
) -> Terms:
    """What this service costs this number now, and what is against it. Call with no transaction open.

    What is to be chosen and was not yet has no price; what is no longer offered cannot be had. `person` is the customer
    where he is known already. Raises NotFound, OperatorAway. All is looked at again before the order is performed.
    """
    why, price = await asyncio.gather(
        _why(house, asked, customer_id, target, person), price_now(house, asked, target, parameters)
    )
    against = REASONS[why] if why is not None else None
    if against is None and price is None and parameters.get(asked.priced_by):
        against = NotOffered
    return Terms(price, against)


async def _why(
    house: House, asked: Service, customer_id: CustomerId, target: ServiceId, person: Customer | None
) -> str | None:
    if not asked.eligible:
        return None
    if person is None:
        async with house.database.transaction() as tx:
            person = await customer(tx, customer_id)
    now = house.clock.now()
    known = facts_known(person, target, now)
    why = why_not(asked.eligible, known, now)
    if why is not None or not operators_word_needed(asked.eligible, known):
        return why
    return why_not(asked.eligible, await standing(house, customer_id, target, person), now)
