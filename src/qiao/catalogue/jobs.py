"""Performing an order: the operator is called outside any transaction, and the outcome is written in one."""

from typing import Final
from uuid import UUID

from qiao.bss import Operator, OperatorAway, Outcome
from qiao.catalogue import confirming, outcomes
from qiao.catalogue.model import Order
from qiao.catalogue.model_terms import why_not
from qiao.catalogue.performing import DOES
from qiao.catalogue.pricing import price_now
from qiao.catalogue.registry import Performs, performer
from qiao.catalogue.sealing import SealBroken
from qiao.catalogue.services import service
from qiao.catalogue.standing import standing
from qiao.customers import customer, holds
from qiao.kernel.ids import OrderId
from qiao.kernel.refused import Refused
from qiao.platform.failpoints import failpoint
from qiao.platform.house import House

BEGUN: Final = "catalogue.perform.begun"
ANSWERED: Final = "catalogue.perform.answered"


async def perform(house: House, *, order_id: str) -> None:
    """Perform one order now. Run twice it is done once: the operator knows it by its key."""
    async with house.database.transaction() as tx:
        order = await outcomes.begin(tx, order_id=OrderId(UUID(order_id)))
        if order is None:
            return
        ref = (await customer(tx, order.customer_id)).operator_ref
    failpoint(BEGUN)
    outcome = await outcome_of(house, order, ref)
    failpoint(ANSWERED)
    async with house.database.transaction() as tx:
        await outcomes.settle_all(tx, [(order, outcome)])


async def forget_confirmations(house: House) -> None:
    """Orders nobody confirmed in time go."""
    async with house.database.transaction() as tx:
        await confirming.forget_confirmations(tx)


async def outcome_of(house: House, order: Order, ref: str) -> Outcome:
    """What becomes of it; nothing is attempted for a number that is somebody else's by now, nor past its terms."""
    performs = performer(order.code)
    try:
        if performs is not None:
            return await _performed(house, order, performs)
        holding = await house.get(Operator).holder_of(order.target)
        if holding is None or holding.party_ref != ref:
            return Outcome("refused", reason="number_changed_hands")
        why = await _against(house, order)
    except OperatorAway:
        return Outcome("unknown" if order.tries > 1 else "pending", reason="no_answer")
    if why is not None:
        return Outcome("refused", reason=why)
    try:
        return await DOES[order.code](house, order, ref)
    except SealBroken:
        return Outcome("refused", reason="seal_broken")


async def _performed(house: House, order: Order, performs: Performs) -> Outcome:
    """By a room of ours."""
    async with house.database.transaction() as tx:
        if not await holds(tx, order.customer_id, order.target):
            return Outcome("refused", reason="number_changed_hands")
    why = await _against(house, order)
    if why is not None:
        return Outcome("refused", reason=why)
    try:
        return await performs(house, order)
    except OperatorAway:
        raise
    except Refused as refused:
        return Outcome("refused", reason=refused.code)


async def _against(house: House, order: Order) -> str | None:
    """What is against it: he may not have it as he stands now, or it costs something else than was agreed.

    Looked at before the operator is first asked to do it: afterwards it may have been done already, and then of course
    he "has it". What waited for somebody's consent was not asked yet, and the consent may have taken a day.
    """
    asked = service(order.code)
    if order.tries > 1 and not order.awaited_consent:
        return None
    if asked.eligible:
        facts = await standing(house, order.customer_id, order.target)
        why = why_not(asked.eligible, facts, house.clock.now())
        if why is not None:
            return why
    if order.price is not None and await price_now(house, asked, order.target, order.parameters) != order.price:
        return "price_changed"
    return None
