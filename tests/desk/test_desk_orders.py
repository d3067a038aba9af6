"""Acts on the operator's systems from a contact: proved, rightful, once, and honest about what is not known."""

import asyncio
import re
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from qiao import cases, catalogue, customers, interactions
from qiao.bss import Line, Lines
from qiao.bss.sandbox import SandboxLines
from qiao.catalogue.jobs import perform
from qiao.catalogue.store import orders
from qiao.kernel.money import Money
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.platform.policy import Level
from tests.desk.centre import Centre, Person
from tests.desk.operator import unwanted
from tests.looking import a_moment

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
        await a_moment()
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


async def test_a_person_first_is_chosen_at_the_desk_and_taken_back_there(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi, level=Level.ONE_FACTOR)
    account = await wang.get(f"/desk/contacts/{contact.id}/account")
    assert "Always a person first" in account.text
    for code, told, offered in (
        ("person_first_on", "Done: a person first when he calls.", "Let him hear the menu first"),
        ("person_first_off", "Done: the menu first when he calls.", "Always a person first"),
    ):
        answer = await ordered(centre, wang, contact.id, code=code)
        assert told in answer.text and offered in answer.text
        async with centre.house.database.transaction() as tx:
            person = await customers.customer(tx, centre.shi)
        assert person.person_first is (code == "person_first_on")
        assert await centre.audited(f"do.{code}", contact.id) == 1
    unproven = await centre.contact(wang, customer=centre.shi)
    assert (await ordered(centre, wang, unproven.id, code="person_first_on")).status_code == 403


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
    agreed = {"agreed": "yes", "price.iron": "800 CNY", "price.gold": "8800 CNY"}
    answer = await ordered(centre, wang, contact.id, code="change_plan", plan_code="iron", **agreed)
    assert "Done: change the plan." in answer.text
    async with centre.house.database.transaction() as tx:
        [order] = await catalogue.orders_of(tx, centre.shi, limit=1)
    assert (order.code, order.price) == ("change_plan", Money.of("8"))


def carried(form: str, name: str) -> str:
    """What a field that nobody sees holds."""
    [found] = re.findall(rf'type="hidden" name="{re.escape(name)}" value="([^"]+)"', form)
    return str(found)


async def test_the_form_names_the_price_with_its_period_and_sends_it_as_agreed(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi, level=Level.ONE_FACTOR)
    form = await wang.text(f"/desk/contacts/{contact.id}/service?code=caller_display_on")
    assert "¥6.00 a month" in form
    price = carried(form, "price")
    answer = await ordered(centre, wang, contact.id, code="caller_display_on", agreed="yes", price=price)
    assert answer.status_code == 200
    async with centre.house.database.transaction() as tx:
        [order] = await catalogue.orders_of(tx, centre.shi, limit=1)
    assert (order.code, order.price) == ("caller_display_on", Money.of("6"))
    chosen = await wang.text(f"/desk/contacts/{contact.id}/service?code=change_plan")
    assert "¥8.00 a month" in chosen
    assert carried(chosen, "price.iron") == "800 CNY"
    assert "costs nothing" in await wang.text(f"/desk/contacts/{contact.id}/service?code=correct_address")


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("caller_display_on", {"price": "500 CNY"}),
        ("caller_display_on", {}),
        ("change_plan", {"plan_code": "iron", "price.iron": "700 CNY", "price.gold": "800 CNY"}),
        ("change_plan", {"plan_code": "iron", "price.gold": "800 CNY"}),
    ],
)
async def test_a_price_that_is_not_the_price_any_more_brings_the_form_again_and_nothing_is_done(
    centre: Centre, wang: Person, code: str, fields: dict[str, str]
) -> None:
    contact = await centre.contact(wang, customer=centre.shi, level=Level.ONE_FACTOR)
    async with centre.house.database.transaction() as tx:
        before = len(await catalogue.orders_of(tx, centre.shi))
    answer = await ordered(centre, wang, contact.id, code=code, agreed="yes", **fields)
    assert "The price has changed since the customer agreed" in answer.text
    assert carried(answer.text, "price" if code == "caller_display_on" else "price.iron") in ("600 CNY", "800 CNY")
    if "plan_code" in fields:
        assert re.search(r'value="iron" required checked', answer.text), "what was chosen is kept"
    async with centre.house.database.transaction() as tx:
        assert len(await catalogue.orders_of(tx, centre.shi)) == before
    assert centre.operator.done == []


class OwingLines(SandboxLines):
    """The sandbox, but for what it says is owed on the number."""

    owed = Money.of("8")

    async def line(self, service: ServiceId) -> Line | None:
        return Line(service, "active", "personal", self.owed)


async def test_what_the_customer_cannot_have_is_said_instead_of_a_form_and_to_whoever_sends_one(
    centre: Centre, wang: Person
) -> None:
    contact = await centre.contact(wang, customer=centre.shi, level=Level.ONE_FACTOR)
    lines = OwingLines(centre.house.database)
    centre.house.ports[Lines] = lines
    for path in ("service?code=caller_display_on", "service?code=change_plan", "plans"):
        told = await wang.text(f"/desk/contacts/{contact.id}/{path}")
        assert "Money is owed on the account" in told, path
        assert 'name="agreed"' not in told, path
    sent = {"code": "caller_display_on", "agreed": "yes", "price": "600 CNY"}
    answer = await ordered(centre, wang, contact.id, **sent)
    assert "Money is owed on the account" in answer.text
    lines.owed = Money.of("0")
    key = str(uuid4())
    done = await ordered(centre, wang, contact.id, key=key, **sent)
    again = await ordered(centre, wang, contact.id, key=key, **sent)
    assert (done.status_code, again.status_code) == (200, 200)
    async with centre.house.database.transaction() as tx:
        placed = await tx.rows(select(orders.c.id).where(orders.c.key.contains(key)))
    assert len(placed) == 1


async def test_an_operator_who_is_away_names_no_price(centre: Centre, wang: Person) -> None:
    contact = await centre.contact(wang, customer=centre.shi, level=Level.ONE_FACTOR)
    centre.operator.away = True
    told = await wang.text(f"/desk/contacts/{contact.id}/service?code=change_plan")
    assert "nobody can say what this costs" in told
    assert 'name="agreed"' not in told


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
        {"code": "caller_display_on", "agreed": "yes", "price": "six yuan"},
        {"code": "caller_display_on", "agreed": "yes", "price": "-600 CNY"},
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
