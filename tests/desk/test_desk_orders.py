"""Acts on the operator's systems from a contact: proved, rightful, once, and honest about what is not known."""

import asyncio
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from qiao import cases, catalogue, interactions
from qiao.catalogue.jobs import perform
from qiao.catalogue.store import orders
from qiao.kernel.origin import Origin
from qiao.platform.policy import Level
from tests.desk.centre import Centre, Person
from tests.desk.operator import unwanted

UNWANTED = "complaint/billing/unwanted_value_added_service"


async def ordered(centre: Centre, person: Person, interaction_id: UUID, **fields: str) -> httpx.Response:
    """Send the form while a worker performs whatever is placed meanwhile."""
    sending = asyncio.create_task(
        person.post(f"/desk/contacts/{interaction_id}/orders", **{"key": str(uuid4()), **fields})
    )
    done: set[UUID] = set()
    while not sending.done():
        async with centre.house.database.transaction() as tx:
            placed = await tx.rows(select(orders.c.id).where(orders.c.state == "placed"))
        for row in placed:
            if row["id"] not in done:
                done.add(row["id"])
                await perform(centre.house, order_id=str(row["id"]))
        await asyncio.sleep(0)
    return await sending


async def test_a_service_is_cancelled_and_the_list_is_as_it_is_then(centre: Centre, wang: Person) -> None:
    centre.operator.planted.append(unwanted())
    contact = await centre.contact(wang, customer=centre.shi, level=Level.ONE_FACTOR)
    answer = await ordered(centre, wang, contact.id, code="cancel_subscription", subscription_ref="S-3737")
    assert answer.status_code == 200, answer.text[-800:]
    assert "Done: cancel a value-added service." in answer.text
    assert "None runs on this number." in answer.text
    assert centre.operator.done == [("cancel_subscription", "S-3737")]
    assert await centre.audited("do.cancel_subscription", contact.id) == 1


async def test_an_outcome_that_nobody_knows_is_said_so(centre: Centre, wang: Person) -> None:
    centre.operator.outcome = "unknown"
    contact = await centre.contact(wang, customer=centre.shi, level=Level.ONE_FACTOR)
    answer = await ordered(centre, wang, contact.id, code="cancel_all_subscriptions")
    assert "It is not known whether this was done" in answer.text


async def test_what_was_done_stands_on_the_matter_it_was_done_for(centre: Centre, wang: Person) -> None:
    centre.operator.planted.append(unwanted())
    contact = await centre.contact(wang, customer=centre.shi, level=Level.ONE_FACTOR)
    async with centre.house.database.transaction() as tx:
        case_id = await cases.open_case(
            tx,
            customer_id=centre.shi,
            category_code=UNWANTED,
            own_words="I asked for nothing",
            origin=Origin("chat", contact.id),
            interaction_id=contact.id,
            agent_id=wang.agent.id,
        )
    await ordered(centre, wang, contact.id, code="cancel_subscription", subscription_ref="S-3737")
    async with centre.house.database.transaction() as tx:
        tried = (await cases.case(tx, case_id)).tried
    assert [(one.step, one.outcome) for one in tried] == [("cancel_subscription", "done")]


async def test_the_address_is_corrected_here_and_there(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi, level=Level.ONE_FACTOR)
    answer = await ordered(centre, wang, contact.id, code="correct_address", address="New Street 9")
    assert "Done: correct the address." in answer.text
    assert "New Street 9" in answer.text
    assert ("correct_address", "New Street 9") in centre.operator.done


async def test_a_plan_is_changed_only_after_the_customers_yes(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi, level=Level.ONE_FACTOR)
    assert "Iron plan" in await wang.text(f"/desk/contacts/{contact.id}/plans")
    refused = await ordered(centre, wang, contact.id, code="change_plan", plan_code="iron")
    assert refused.status_code == 400
    assert not centre.operator.done
    answer = await ordered(centre, wang, contact.id, code="change_plan", plan_code="iron", agreed="yes")
    assert "Done: change the plan." in answer.text


@pytest.mark.parametrize("level", [Level.UNKNOWN, Level.NUMBER_SEEN])
async def test_nothing_is_done_before_proof(centre: Centre, wang: Person, level: Level) -> None:
    contact = await centre.contact(wang, customer=centre.shi, level=level)
    answer = await wang.post(f"/desk/contacts/{contact.id}/orders", code="cancel_all_subscriptions", key=str(uuid4()))
    assert answer.status_code == 403
    async with centre.house.database.transaction() as tx:
        assert await catalogue.orders_of(tx, centre.shi) == [] or not centre.operator.done


async def test_a_password_reset_needs_the_right_and_two_proofs(centre: Centre, wang: Person) -> None:
    one = await centre.contact(wang, customer=centre.shi, level=Level.TWO_FACTORS)
    fields = {"code": "reset_service_password", "key": str(uuid4())}
    assert (await wang.post(f"/desk/contacts/{one.id}/orders", **fields)).status_code == 403
    zhao = await centre.sign_in("Zhao", role="senior_agent")
    two = await centre.contact(zhao, customer=centre.shi, level=Level.ONE_FACTOR)
    assert (await zhao.post(f"/desk/contacts/{two.id}/orders", **fields)).status_code == 403
    async with centre.house.database.transaction() as tx:
        await interactions.prove_level(tx, interaction_id=two.id, level=Level.TWO_FACTORS, method="service_password")
    answer = await ordered(centre, zhao, two.id, code="reset_service_password")
    assert "Done: reset the service password." in answer.text


@pytest.mark.parametrize(
    "fields",
    [
        {"code": "cancel_subscription"},
        {"code": "cancel_subscription", "subscription_ref": "x" * 400},
        {"code": "cancel_subscription", "subscription_ref": "a\x00b"},
        {"code": "correct_address", "address": " "},
        {"code": "correct_address", "address": "x" * 100_000},
        {"code": "cancel_all_subscriptions", "key": "nonsense"},
    ],
)
async def test_odd_orders_are_refused_in_words(centre: Centre, wang: Person, fields: dict[str, str]) -> None:
    contact = await centre.contact(wang, customer=centre.shi, level=Level.ONE_FACTOR)
    answer = await wang.post(f"/desk/contacts/{contact.id}/orders", **{"key": str(uuid4()), **fields})
    assert answer.status_code == 400, answer.text[-300:]
    assert not centre.operator.done


@pytest.mark.parametrize("code", ["", "credit_account", "balance", "change_plan; drop table"])
async def test_what_is_not_offered_here_does_not_exist(centre: Centre, wang: Person, code: str) -> None:
    contact = await centre.contact(wang, customer=centre.shi, level=Level.ONE_FACTOR)
    answer = await wang.post(f"/desk/contacts/{contact.id}/orders", code=code, key=str(uuid4()))
    assert answer.status_code == 404


async def test_sent_twice_it_is_done_once(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi, level=Level.ONE_FACTOR)
    key = str(uuid4())
    for _ in range(2):
        await ordered(centre, wang, contact.id, code="cancel_all_subscriptions", key=key)
    assert len(centre.operator.done) == 1
