"""An order at a person's desk whose outcome came when the contact was over: he is told without asking."""

import pytest
from sqlalchemy import text

from qiao import catalogue, interactions
from qiao.bss import Outcome
from qiao.catalogue.outcomes import settle_all
from qiao.customers import Customer
from qiao.kernel.ids import AgentId, InteractionId, new_id
from qiao.kernel.origin import Origin
from qiao.platform.database import Transaction
from qiao.platform.policy import Basis, Level
from tests.conftest import StillClock
from tests.outreach.reached import House

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("over", [True, False])
async def test_what_was_ordered_for_him_and_done_after_he_hung_up_is_texted_once_and_what_he_was_told_is_not(
    outside: House, clock: StillClock, over: bool
) -> None:
    person = await outside.customer("fr")
    agent = AgentId(new_id())
    contact = await outside.do(
        interactions.start_interaction,
        channel="voice", entry_point="10086", language="fr", customer_id=person.id, unit_id=person.unit_id,
    )  # fmt: skip
    order = await outside.do(placed, person, contact.id, agent)
    clock.forward(minutes=2)
    if over:
        await outside.do(interactions.end_interaction, interaction_id=contact.id, reason="served")
    clock.forward(minutes=3)
    await outside.do(settle_all, [(order, Outcome("done"))])
    for _ in range(2):
        await outside.settle()
    done = await outside.do(catalogue.order, order.id)
    receipt = catalogue.receipt_text(catalogue.service(order.code), done, "fr")
    assert await outside.texts(person) == ([receipt] if over else [])


async def placed(tx: Transaction, person: Customer, contact: InteractionId, agent: AgentId) -> catalogue.Order:
    order = await catalogue.place_order(
        tx,
        code="correct_address",
        customer_id=person.id,
        target=person.numbers[0],
        parameters={"address": "1 rue du Pont"},
        actor_ref=f"agent:{agent}",
        level=Level.ONE_FACTOR,
        basis=Basis.LIVE_CONTACT,
        origin=Origin("desk", contact, f"agent:{agent}"),
        key=str(new_id()),
        confirmed=True,
        rights=frozenset({"catalogue.perform"}),
    )
    await tx.execute(text("update orders set state = 'performing' where id = :id"), {"id": order.id})
    return order
