"""Asking the operator about a customer: who asked is on record first, and the number must still be his."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from qiao.bss import Lines, Operator
from qiao.catalogue.model import Answer, admit, read_parameters
from qiao.catalogue.registry import looker
from qiao.catalogue.services import service
from qiao.customers import customers_of, recognize
from qiao.kernel.ids import CustomerId, InteractionId
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound, Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform import audit
from qiao.platform.house import House
from qiao.platform.policy import Actor

Look = Callable[[House, ServiceId, Mapping[str, str]], Awaitable[Any]]
LOOKS: Final[dict[str, Look]] = {
    "balance": lambda house, target, _: house.get(Operator).balance(target),
    "plan": lambda house, target, _: house.get(Operator).plan(target),
    "allowance": lambda house, target, _: house.get(Operator).plan(target),
    "plans_offered": lambda house, target, _: house.get(Operator).plans_offered(target),
    "bill": lambda house, target, given: house.get(Operator).bill(target, given["month"]),
    "bills": lambda house, target, _: house.get(Operator).bills(target),
    "usage": lambda house, target, given: house.get(Operator).usage(target, given["month"]),
    "services_list": lambda house, target, _: house.get(Operator).subscriptions(target),
    "ended_services": lambda house, target, _: house.get(Operator).ended_subscriptions(target),
    "points": lambda house, target, _: house.get(Lines).points(target),
    "data_packs": lambda house, target, _: house.get(Lines).packs_offered(target),
    "line_status": lambda house, target, _: house.get(Lines).line(target),
    "forwarding": lambda house, target, _: house.get(Lines).line(target),
    "family": lambda house, target, _: house.get(Lines).family(target),
}
"""What is asked of the operator, by service."""


class NumberNoLongerHis(Refused):
    """The number belongs to somebody else by now; nothing of the new holder is shown, nothing of the old one given."""

    code = "catalogue.number_no_longer_his"
    text = N_(
        "This number belongs to somebody else now. Nothing was shown or changed; please go on with the present number."
    )


@dataclass(frozen=True, slots=True)
class Question:
    """Something asked of the operator; `to_own_number`: the answer is texted to the number it is about."""

    code: str
    target: ServiceId | None
    parameters: Mapping[str, str]
    actor: Actor
    customer_id: CustomerId | None
    interaction_id: InteractionId | None
    level: int
    basis: str
    to_own_number: bool = False


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
    put = Question(code, target, parameters, actor, customer_id, interaction_id, level, basis, to_own_number)
    (told,) = await ask_all(house, [put])
    if isinstance(told, Refused):
        raise told
    return told


async def ask_all(house: House, questions: Sequence[Question]) -> list[Answer | Refused]:
    """As `ask`, for many at once: all are on record first, then all are put; what `ask` would raise is in its place."""
    given = [_admitted(one) for one in questions]
    told = await _on_record(
        house, [one for one, found in zip(questions, given, strict=True) if not isinstance(found, Refused)]
    )
    refs = iter(told)
    waiting = [
        _refused(found) if isinstance(found, Refused) else _put(house, one, found, next(refs))
        for one, found in zip(questions, given, strict=True)
    ]
    return list(await asyncio.gather(*waiting))


def _admitted(one: Question) -> Mapping[str, str] | Refused:
    try:
        asked = service(one.code)
        if asked.kind != "look":
            raise NotFound
        rights = None if one.actor.kind == "customer" else one.actor.rights
        admit(asked, level=one.level, basis=one.basis, rights=rights, to_own_number=one.to_own_number)
        return read_parameters(asked, one.parameters)
    except Refused as refused:
        return refused


async def _refused(refused: Refused) -> Answer | Refused:
    return refused


async def _put(house: House, one: Question, given: Mapping[str, str], ref: str | None) -> Answer | Refused:
    operator = house.get(Operator)
    try:
        if not service(one.code).about_customer:
            return Answer(one.code, house.clock.now(), await operator.provider(given["short_code"]))
        if ref is None or one.target is None:
            return NotFound()
        if (looks := looker(one.code)) is not None and one.customer_id is not None:
            return Answer(one.code, house.clock.now(), await looks(house, one.customer_id, one.target))
        look = LOOKS[one.code](house, one.target, given)
        holding, value = await asyncio.gather(operator.holder_of(one.target), look)
        if holding is None or holding.party_ref != ref:
            await recognize(house, one.target)
            return NumberNoLongerHis()
    except Refused as refused:
        return refused
    return Answer(one.code, house.clock.now(), value)


async def _on_record(house: House, questions: Sequence[Question]) -> list[str | None]:
    """Write who looks at what, committed before anything is put.

    Returns how the operator calls each customer; None where the number is not his, and nothing is written.
    """
    about = [one.target for one in questions if one.target is not None and service(one.code).about_customer]
    if not about:
        return [None] * len(questions)
    async with house.database.transaction() as tx:
        holders = await customers_of(tx, about)
        held = [holders.get(one.target) if one.target is not None else None for one in questions]
        theirs = [
            found if found and found.id == one.customer_id else None for one, found in zip(questions, held, strict=True)
        ]
        views = [
            audit.View(
                one.actor.reference,
                f"view.{one.code}",
                one.customer_id,
                one.interaction_id,
                one.actor.unit_id,
                f"service:{one.target}",
                {"basis": str(one.basis)},
            )
            for one, found in zip(questions, theirs, strict=True)
            if found is not None and service(one.code).about_customer
        ]
        await audit.record_views(tx, views)
    return [found.operator_ref if found else None for found in theirs]
