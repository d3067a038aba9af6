"""Money in a flow: digits by text to the number on record, with the price, for this one order, once."""

from __future__ import annotations

import json
import re
from typing import Any

from sqlalchemy import text

from qiao import catalogue, interactions, staff
from qiao.bss import Lines
from qiao.bss.sandbox import SandboxLines, owe, set_price
from qiao.kernel.ids import new_id
from qiao.kernel.money import Money
from qiao.kernel.origin import Origin
from qiao.platform.house import House
from qiao.platform.policy import Actor, Basis, Level
from qiao.selfservice import Begin, ByAgent, Told, advance
from qiao.selfservice.operations import move
from tests.conftest import StillClock
from tests.selfservice.conftest import SHI, Caller, orders_done
from tests.selfservice.test_selfservice_room import code_sent, proved, put_in_force, rows
from tests.selfservice.writing import choice, said

PLAN = {
    "who": {"identify": 2, "go": "plan"},
    "plan": {"call": "change_plan", "with": {"plan_code": "free59"}, "go": "good", "pending": "good"},
    "good": {"menu": said("it is done"), "choices": [choice("1", "e")]},
    "e": {"end": True},
}


async def digits_sent(house: House) -> str:
    """The digits of the newest confirmation on the handset."""
    asked = "select text from post_messages where purpose = 'flow_confirmation' order by id desc limit 1"
    found = re.findall(r"(?<![0-9.])[0-9]{4}(?![0-9])", (await rows(house, asked))[0]["text"])
    return str(found[0])


async def at_the_plan(house: House, calls: Any, channel: str = "chat", flow: str = "f") -> Caller:
    """A proved customer who is asked for his yes to another plan."""
    await put_in_force(house, PLAN, code=flow)
    async with house.database.transaction() as tx:
        await tx.execute(text("truncate order_confirmations"))
        await tx.execute(text("delete from orders where code = 'change_plan'"))
    caller: Caller = await calls(flow, channel=channel)
    await proved(caller)
    return await caller.say(await code_sent(house))


PLACED = "select key, state, parameters, origin from orders where code = 'change_plan'"


async def test_what_costs_money_is_done_on_digits_texted_with_its_price_and_on_no_bare_yes(
    house: House, calls: Any
) -> None:
    caller = await at_the_plan(house, calls)
    digits = await digits_sent(house)
    assert "the digits you were sent" in caller.said
    assert "costs" in caller.said
    assert digits not in caller.said
    told = await rows(house, "select text, secret, recipient from post_messages where purpose = 'flow_confirmation'")
    assert [(one["secret"], one["recipient"]) for one in told] == [(True, str(caller.running.service))]
    assert "59.00" in told[0]["text"]
    assert await rows(house, PLACED) == []
    await caller.say("Y")
    assert "not right" in caller.said
    kept = json.dumps(
        [dict(one) for one in await rows(house, "select body, pending, confirming, heard from flow_sessions")]
    )
    assert digits not in kept
    await caller.say(digits)
    assert "it is done" in caller.said
    assert [one["key"] for one in await rows(house, PLACED)] == [f"flow:{caller.running.id}:2"]
    await caller.say(digits)
    assert len(await rows(house, PLACED)) == 1


async def test_by_text_the_digits_stand_in_the_answer_and_nowhere_else(house: House, calls: Any) -> None:
    caller = await at_the_plan(house, calls, channel="sms")
    [digits] = re.findall(r"(?<![0-9.])[0-9]{4}(?![0-9])", caller.said)
    assert await rows(house, "select id from post_messages where purpose = 'flow_confirmation'") == []
    kept = json.dumps(
        [dict(one) for one in await rows(house, "select body, pending, confirming, heard from flow_sessions")]
    )
    assert digits not in kept
    await caller.say(digits)
    assert "it is done" in caller.said


async def test_digits_sent_as_a_text_confirm_the_same_order_once(house: House, calls: Any) -> None:
    caller = await at_the_plan(house, calls)
    digits, customer = await digits_sent(house), caller.customer
    async with house.database.transaction() as tx:
        await catalogue.confirm(
            tx,
            target=SHI,
            customer_id=customer.id,
            digits=digits,
            origin=Origin("sms", None, f"customer:{customer.id}", "sms"),
            actor_ref=f"customer:{customer.id}",
        )
    await caller.say(digits)
    assert "it is done" in caller.said
    assert len(await rows(house, PLACED)) == 1


async def test_digits_of_another_order_confirm_nothing_here(house: House, calls: Any) -> None:
    caller = await at_the_plan(house, calls)
    async with house.database.transaction() as tx:
        other = await catalogue.ask_confirmation(
            tx,
            code="cancel_all_subscriptions",
            customer_id=caller.customer.id,
            target=SHI,
            parameters={},
            language="en",
        )
    [others] = re.findall(r"(?<![0-9.])[0-9]{4}(?![0-9])", other)
    all_cancelled = "select count(*) as n from orders where code = 'cancel_all_subscriptions'"
    before = await rows(house, all_cancelled)
    await caller.say(others)
    assert "not right" in caller.said
    assert await rows(house, all_cancelled) == before
    await caller.say(await digits_sent(house))
    assert "it is done" in caller.said


async def test_killed_after_the_digits_the_order_is_found_and_not_asked_for_again(house: House, calls: Any) -> None:
    caller = await at_the_plan(house, calls)
    digits = await digits_sent(house)
    async with house.database.transaction() as tx:
        await move(tx, session_id=caller.running.id, told=Told(digits))
        await catalogue.confirm(
            tx,
            target=SHI,
            customer_id=caller.customer.id,
            digits=digits,
            origin=Origin("chat", caller.contact.id, f"customer:{caller.customer.id}", "f"),
            actor_ref=f"customer:{caller.customer.id}",
            key=f"flow:{caller.running.id}:2",
        )
    await caller.begin()
    assert "it is done" in caller.said
    assert len(await rows(house, PLACED)) == 1


async def test_digits_are_good_for_five_minutes_and_three_tries(house: House, calls: Any, clock: StillClock) -> None:
    caller = await at_the_plan(house, calls)
    digits = await digits_sent(house)
    clock.forward(minutes=6)
    await caller.say(digits)
    assert caller.over == ""
    assert await digits_sent(house) != digits
    await caller.say("nonsense")
    await caller.say("nonsense")
    assert caller.over == "handed"
    assert await rows(house, PLACED) == []


PACK = {
    "who": {"identify": 2, "go": "pack"},
    "pack": {
        "call": "buy_data_pack",
        "with": {"pack_code": "data5"},
        "take": {"told": "told"},
        "go": "end_of_it",
        "refused": "end_of_it",
        "pending": "end_of_it",
    },
    "end_of_it": {"menu": said("so: {told}"), "choices": [choice("1", "e")]},
    "e": {"end": True},
}


async def at_the_pack(house: House, calls: Any, owed: str = "-50") -> Caller:
    """A proved customer who wants a data pack, and owes so much."""
    house.ports[Lines] = SandboxLines(house.database, answer_seconds=15.0)
    await put_in_force(house, PACK, code="packs", variables={"told": "text"})
    async with house.database.transaction() as tx:
        await tx.execute(text("truncate order_confirmations"))
        await tx.execute(text("truncate sandbox.prices"))
        await tx.execute(text("delete from orders where code = 'buy_data_pack'"))
        await owe(tx, SHI, Money.of(owed))
    caller: Caller = await calls("packs")
    await proved(caller)
    return await caller.say(await code_sent(house))


BOUGHT = "select state, reason from orders where code = 'buy_data_pack'"


async def test_who_may_not_have_it_is_told_why_before_any_digits(house: House, calls: Any) -> None:
    caller = await at_the_pack(house, calls, owed="8")
    assert "money is owed" in caller.said
    assert await rows(house, "select id from order_confirmations") == []
    assert await rows(house, BOUGHT) == []


async def test_a_price_that_changed_between_question_and_digits_is_not_paid(house: House, calls: Any) -> None:
    caller = await at_the_pack(house, calls)
    assert "30.00" in caller.said
    digits = await digits_sent(house)
    async with house.database.transaction() as tx:
        await set_price(tx, "data5", Money.of("31"))
    await caller.say(digits)
    await orders_done(house)
    assert [tuple(one.values()) for one in await rows(house, BOUGHT)] == [("refused", "price_changed")]


async def test_an_agents_yes_is_for_the_price_that_was_named(house: House, calls: Any) -> None:
    caller = await at_the_pack(house, calls)
    async with house.database.transaction() as tx:
        unit_id = await staff.ensure_unit(tx, code="centre", name="Centre")
    rights = frozenset({"catalogue.perform"})
    agent = Actor("staff", new_id(), "Wang", unit_id, rights, "en", new_id(), "", Level.TWO_FACTORS)
    by = ByAgent(agent, Basis.LIVE_CONTACT)
    began: Caller = await calls("packs")
    async with house.database.transaction() as tx:
        await interactions.prove_level(
            tx, interaction_id=began.contact.id, level=Level.ONE_FACTOR, method="one_time_code"
        )

    async def say(told: Any) -> None:
        began.last = await advance(house, session_id=began.running.id, told=told, wait_seconds=0.05, by=by)

    await say(Begin())
    assert "30.00" in began.said, caller.said
    async with house.database.transaction() as tx:
        await set_price(tx, "data5", Money.of("31"))
    await say(Told("yes"))
    await orders_done(house)
    assert [tuple(one.values()) for one in await rows(house, BOUGHT)] == [("refused", "price_changed")]
