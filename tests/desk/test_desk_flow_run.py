"""A flow run by the agent with his customer: said by the script, acted through the catalogue, left at any step."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import select, text

from qiao import cases, interactions
from qiao.catalogue.jobs import perform
from qiao.catalogue.store import orders
from qiao.kernel.origin import Origin
from qiao.platform.policy import Level
from tests.desk.operator import unwanted
from tests.looking import a_moment

if TYPE_CHECKING:
    from qiao.interactions import Interaction
    from tests.desk.centre import Centre, Person

UNWANTED = "complaint/billing/unwanted_value_added_service"


class Panel:
    """The agent's panel of one contact."""

    def __init__(self, centre: Centre, person: Person, contact: Interaction) -> None:
        self.centre, self.person, self.contact = centre, person, contact
        self.path = f"/desk/contacts/{contact.id}/flow"
        self.page = ""

    async def look(self) -> str:
        self.page = await self.person.text(self.path)
        return self.page

    async def act(self, name: str, **fields: str) -> str:
        """One form of the panel, while a worker performs what is placed."""
        marks = re.findall(r'name="mark" value="([^"]*)"', self.page)
        told = {"act": name, "mark": marks[0] if marks else "", **fields}
        sending = asyncio.create_task(self.person.post(self.path, **told))
        done: set[UUID] = set()
        while not sending.done():
            async with self.centre.house.database.transaction() as tx:
                placed = await tx.rows(select(orders.c.id).where(orders.c.state == "placed"))
            for row in placed:
                if row["id"] not in done:
                    done.add(row["id"])
                    await perform(self.centre.house, order_id=str(row["id"]))
            await a_moment()
        answer = await sending
        assert answer.status_code == 200, answer.text[-800:]
        self.page = answer.text
        return self.page

    async def begin(self, flow: str) -> str:
        await self.look()
        return await self.act("begin", flow=flow)

    async def say(self, word: str) -> str:
        return await self.act("say", word=word)


@pytest.fixture
async def talk(centre: Centre, wang: Person) -> Panel:
    """A proved customer at the line."""
    async with centre.house.database.transaction() as tx:
        await tx.execute(text("truncate flow_sessions"))
    contact = await centre.contact(wang, customer=centre.shi, level=Level.ONE_FACTOR)
    return Panel(centre, wang, contact)


async def placed(centre: Centre) -> list[tuple[str, str, str, str]]:
    async with centre.house.database.transaction() as tx:
        rows = await tx.rows(select(orders).order_by(orders.c.placed_at.desc()).limit(1))
    return [(row["code"], row["actor"].split(":")[0], row["basis"], row["origin"]["channel"]) for row in rows]


async def test_what_was_said_first_suggests_a_flow(centre: Centre, talk: Panel) -> None:
    async with centre.house.database.transaction() as tx:
        await interactions.say(
            tx, interaction_id=talk.contact.id, author_kind="customer", text="how much money do I have left"
        )
    page = await talk.look()
    assert page.index("Fits what he said first") < page.index('value="service_balance"')
    assert page.index('value="service_balance"') < page.index("All dialogues and services")


async def test_a_look_is_made_in_the_agents_name_and_its_answer_is_to_be_said(centre: Centre, talk: Panel) -> None:
    page = await talk.begin("service_balance")
    assert "¥" in page
    assert await centre.audited("view.balance", talk.contact.id) == 1
    assert await centre.audited("do.begin_flow", talk.contact.id) == 1


async def test_an_act_is_ordered_once_by_the_agent_on_the_contacts_basis(centre: Centre, talk: Panel) -> None:
    centre.operator.planted.append(unwanted())
    await talk.begin("service_cancel_subscription")
    old = talk.page
    page = await talk.say("1")
    assert centre.operator.done == [("cancel_subscription", "S-3737")]
    assert await placed(centre) == [
        ("cancel_subscription", "agent", "live_contact", "desk"),
    ]
    talk.page = old  # the same form, sent again
    await talk.say("1")
    assert centre.operator.done == [("cancel_subscription", "S-3737")]
    assert "What was tried" in page


async def test_what_costs_waits_for_the_customers_yes_to_the_agent(centre: Centre, talk: Panel) -> None:
    await talk.begin("service_change_plan")
    while "He agreed" not in talk.page:
        assert 'name="word" value="1"' in talk.page
        await talk.say("1")
    assert "costs" in talk.page or "费用" in talk.page
    assert not centre.operator.done
    async with centre.house.database.transaction() as tx:
        assert await tx.scalar(text("select count(*) from order_confirmations where code = 'change_plan'")) == 0
    await talk.say("2")
    assert not centre.operator.done
    assert "He agreed" not in talk.page


async def test_a_code_is_never_typed_by_the_agent_and_the_proof_is_the_customers(
    centre: Centre, wang: Person, talk: Panel
) -> None:
    contact = await centre.contact(wang, customer=centre.shi, level=Level.NUMBER_SEEN)
    panel = Panel(centre, wang, contact)
    page = await panel.begin("service_balance")
    assert "you never ask for it, hear it or type it" in page
    assert 'placeholder="Number or his words"' not in page
    await panel.say("123456")  # a form made by hand
    async with centre.house.database.transaction() as tx:
        assert await tx.scalar(text("select count(*) from proof_tries where service = :it"), {"it": "none"}) == 0
        session = await tx.scalar(text("select body->>'waits' from flow_sessions order by id desc limit 1"))
        assert session == "secret"
        await interactions.prove_level(
            tx, interaction_id=contact.id, level=Level.ONE_FACTOR, method="one_time_code", customer_id=centre.shi
        )
    assert "¥" in await panel.act("look")


async def test_it_is_left_at_any_step_and_what_was_tried_stands_in_the_case(centre: Centre, talk: Panel) -> None:
    async with centre.house.database.transaction() as tx:
        case_id = await cases.open_case(
            tx,
            customer_id=centre.shi,
            category_code=UNWANTED,
            own_words="I asked for nothing",
            origin=Origin("chat", talk.contact.id),
            interaction_id=talk.contact.id,
            agent_id=talk.person.agent.id,
        )
    await talk.begin("complaint_intake")
    await talk.say("1")
    page = await talk.act("leave")
    assert "what was tried is kept below" in page
    async with centre.house.database.transaction() as tx:
        tried = (await cases.case(tx, case_id)).tried
    assert len(tried) == 1


async def test_what_he_answered_fills_the_form_of_a_new_case(centre: Centre, talk: Panel) -> None:
    await talk.begin("complaint_intake")
    await talk.say("1")
    path = f"/desk/contacts/{talk.contact.id}/case/category"
    form = (await talk.person.post(path, category=UNWANTED, own_words="no")).text
    assert re.search(r'name="tried.step" value="[^"]+"', form)


async def test_a_flow_that_is_not_there_is_not_found(talk: Panel) -> None:
    assert (await talk.person.post(talk.path, act="begin", flow="nonsense")).status_code == 404
    assert (await talk.person.post(talk.path, act="say", word="1", mark="x")).status_code == 404
