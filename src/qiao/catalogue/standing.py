"""How a customer and his number stand: what rules of eligibility are asked of."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from qiao.bss import Line, Lines
from qiao.catalogue.model import Order, Service
from qiao.catalogue.model_terms import age_of, must_be_eligible, way_back, why_not
from qiao.catalogue.services import service, services
from qiao.customers import Customer, customer
from qiao.kernel.ids import CustomerId
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.house import House


def facts_known(person: Customer, target: ServiceId, now: datetime) -> dict[str, Any]:
    """What is known here without asking the operator."""
    return {
        "segment": person.segment,
        "customer_kind": person.kind,
        "age": age_of(person.born_year, now),
        "number_kind": target.kind,
    }


def facts_told(line: Line | None) -> dict[str, Any]:
    """What only the operator knows; nothing of a number he does not know."""
    if line is None:
        return {}
    return {
        "plan_kind": line.plan_kind,
        "suspended": line.state == "suspended",
        "suspended_for": line.suspended_for,
        "owed": line.owed,
        "refuses_added": line.refuses_added,
    }


async def must_be_eligible_here(tx: Transaction, asked: Service, customer_id: CustomerId, target: ServiceId) -> None:
    """What is known here must not be against it; the operator is asked before it is performed. Raises NotEligible."""
    if asked.eligible:
        must_be_eligible(asked.eligible, facts_known(await customer(tx, customer_id), target, tx.now), tx.now)


async def standing(
    house: House, customer_id: CustomerId, target: ServiceId, person: Customer | None = None
) -> dict[str, Any]:
    """How he stands now, by the fields of catalogue.FIELDS. Call with no transaction open.

    `person` is the customer where he is known already. Raises NotFound, OperatorAway. A house without the port knows
    only what is known here.
    """
    if person is None:
        async with house.database.transaction() as tx:
            person = await customer(tx, customer_id)
    known = facts_known(person, target, house.clock.now())
    if Lines not in house.ports:
        return known
    return known | facts_told(await house.get(Lines).line(target))


def may_have(
    facts: Mapping[str, Any], now: datetime, *, audience: str = "customer", rights: frozenset[str] = frozenset()
) -> list[tuple[Service, str | None]]:
    """Every service for this audience, with the reason why he may not have it as he stands, or None.

    `facts` are what `standing` told; the reason is for `why_text`.
    """
    offered = services(audience=audience, rights=rights)
    return [(one, why_not(one.eligible, facts, now)) for one in offered]


def undo_of(order: Order) -> tuple[str, dict[str, str]] | None:
    """The order that takes this one back once it is done, as (service, parameters); None where there is none."""
    asked = service(order.code)
    return way_back(asked.undo, order.told(asked), order.before) if order.state == "done" else None
