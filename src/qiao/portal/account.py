"""What a signed-in customer sees of his own services: asked of the operator through the catalogue, never kept here."""

import asyncio
from dataclasses import dataclass
from typing import Any

from qiao import catalogue
from qiao.bss import OperatorAway
from qiao.kernel.ids import CustomerId
from qiao.kernel.refused import NotFound
from qiao.kernel.service_ids import ServiceId
from qiao.platform.house import House
from qiao.platform.policy import Actor, Basis


@dataclass(frozen=True, slots=True)
class Account:
    """At one glance; what could not be asked is None and `away` says so."""

    service: ServiceId
    plan: Any | None
    balance: Any | None
    bills: Any | None
    subscriptions: Any | None
    away: bool


def service_of(actor: Actor) -> ServiceId:
    """The number he signed in with. Raises NotFound for a session without one."""
    if not actor.service:
        raise NotFound
    return ServiceId.from_text(actor.service)


async def ask(house: House, actor: Actor, code: str, **parameters: str) -> Any:
    """One question about his own number, audited. Raises OperatorAway, IdentityNotProven."""
    answer = await catalogue.ask(
        house,
        code=code,
        target=service_of(actor),
        parameters=parameters,
        actor=actor,
        customer_id=CustomerId(actor.id),
        interaction_id=None,
        level=actor.level,
        basis=Basis.SELF,
    )
    return answer.value


async def account(house: House, actor: Actor) -> Account:
    """Everything for my page, asked at the same time."""
    codes = ("plan", "balance", "bills", "services_list")
    told = await asyncio.gather(*(ask(house, actor, code) for code in codes), return_exceptions=True)
    for answer in told:
        if isinstance(answer, BaseException) and not isinstance(answer, OperatorAway):
            raise answer
    plan, balance, bills, subscriptions = (None if isinstance(one, OperatorAway) else one for one in told)
    away = any(isinstance(one, OperatorAway) for one in told)
    return Account(service_of(actor), plan, balance, bills, subscriptions, away)
