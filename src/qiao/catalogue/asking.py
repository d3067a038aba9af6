"""Asking the operator about a customer: who asked is on record first, and the number must still be his."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from qiao.bss import Operator
from qiao.catalogue.model import Answer, admit, read_parameters
from qiao.catalogue.services import service
from qiao.customers import customer, holds, recognize
from qiao.kernel.ids import CustomerId, InteractionId
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound, Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform import audit
from qiao.platform.house import House
from qiao.platform.policy import Actor

Looks = Callable[[Operator, ServiceId, Mapping[str, str]], Awaitable[Any]]
_LOOKS: Final[dict[str, Looks]] = {
    "balance": lambda operator, target, _: operator.balance(target),
    "plan": lambda operator, target, _: operator.plan(target),
    "plans_offered": lambda operator, target, _: operator.plans_offered(target),
    "bill": lambda operator, target, given: operator.bill(target, given["month"]),
    "bills": lambda operator, target, _: operator.bills(target),
    "usage": lambda operator, target, given: operator.usage(target, given["month"]),
    "services_list": lambda operator, target, _: operator.subscriptions(target),
}


class NumberNoLongerHis(Refused):
    """The number belongs to somebody else by now; nothing of the new holder is shown, nothing of the old one given."""

    code = "catalogue.number_no_longer_his"
    text = N_("This number belongs to somebody else now. Nothing was shown; ask the customer for his present number.")


async def ask(
    house: House,
    *,
    code: str,
    target: ServiceId | None,
    parameters: Mapping[str, str],
    actor: Actor,
    customer_id: CustomerId | None,
    interaction_id: InteractionId | None,
    level: int,
    basis: str,
    to_own_number: bool = False,
) -> Answer:
    """Ask the operator. Call with no transaction open. `to_own_number`: the answer is texted to the number it is about.

    Raises NotFound (no such service, not his number), ProofTooLow, InputNotUnderstood, OperatorAway, NumberNoLongerHis.
    """
    asked = service(code)
    if asked.kind != "look":
        raise NotFound
    rights = None if actor.kind == "customer" else actor.rights
    admit(asked, level=level, basis=basis, rights=rights, to_own_number=to_own_number)
    given = read_parameters(asked, parameters)
    operator = house.get(Operator)
    if not asked.about_customer:
        return Answer(code, house.clock.now(), await operator.provider(given["short_code"]))
    if target is None or customer_id is None:
        raise NotFound
    ref = await _on_record(house, code, target, actor, customer_id, interaction_id, basis)
    holding, value = await asyncio.gather(operator.holder_of(target), _LOOKS[code](operator, target, given))
    if holding is None or holding.party_ref != ref:
        await recognize(house, target)
        raise NumberNoLongerHis
    return Answer(code, house.clock.now(), value)


async def _on_record(
    house: House,
    code: str,
    target: ServiceId,
    actor: Actor,
    customer_id: CustomerId,
    interaction_id: InteractionId | None,
    basis: str,
) -> str:
    """Write who looks at what, committed before the question is put; returns how the operator calls the customer."""
    async with house.database.transaction() as tx:
        if not await holds(tx, customer_id, target):
            raise NotFound
        found = await customer(tx, customer_id)
        await audit.record(
            tx,
            actor=actor.reference,
            act=f"view.{code}",
            customer_id=customer_id,
            interaction_id=interaction_id,
            unit_id=actor.unit_id,
            subject=f"service:{target}",
            details={"basis": str(basis)},
        )
    return found.operator_ref
