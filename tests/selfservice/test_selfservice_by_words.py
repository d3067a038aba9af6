"""Any service by words: found, had in its own flow with proof and confirmation, and pinned to what it was then."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from sqlalchemy import text

from qiao import interactions, selfservice
from qiao.platform.house import House
from qiao.platform.policy import Level
from qiao.selfservice import Begin, Told, meant, pinning
from tests.looking import a_moment
from tests.selfservice.conftest import Caller, orders_done
from tests.selfservice.test_selfservice_money import digits_sent
from tests.selfservice.test_selfservice_room import code_sent, rows


async def known(house: House, caller: Caller) -> None:
    async with house.database.transaction() as tx:
        for table in ("order_confirmations", "orders"):
            await tx.execute(text(f"delete from {table}"))
        await interactions.prove_level(
            tx,
            interaction_id=caller.contact.id,
            level=Level.ONE_FACTOR,
            method="one_time_code",
            customer_id=caller.customer.id,
        )


async def served(house: House, caller: Caller, words: str) -> None:
    """Say it, and let the workers perform what was ordered."""
    working = asyncio.create_task(
        selfservice.advance(house, session_id=caller.running.id, told=Told(words), wait_seconds=20.0)
    )
    while not working.done() and not await rows(house, "select id from orders where state = 'placed'"):
        await a_moment()
    await orders_done(house)
    caller.last = await working


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("我还有多少话费", "balance"),
        ("YE", "balance"),
        ("I want a cheaper plan", "change_plan"),
        ("手机被偷了", "lost_phone"),
        ("我忘记服务密码了", "reset_service_password"),
    ],
)
def test_words_and_codes_mean_a_service_or_a_flow(words: str, code: str) -> None:
    assert meant(words)[0].code == code


def test_a_service_with_a_flow_written_by_hand_is_had_in_that_one() -> None:
    assert meant("I forgot my password")[0].flow == "password_reset"


def test_words_that_mean_nothing_mean_nothing() -> None:
    assert meant("sing me a song about the sea") == []


async def test_a_look_is_found_by_words_and_told_after_proof(house: House, calls: Any) -> None:
    caller = await calls("main_menu")
    await caller.say("how much money do I have left")
    assert "1  Balance" in caller.said
    await caller.say("1")
    assert "code" in caller.said
    await caller.say(await code_sent(house))
    assert "126.80" in caller.said
    await caller.say("something else")
    assert "Choose, or just say what you need" in caller.said
    assert caller.over == ""


async def test_an_act_that_costs_is_chosen_by_numbers_and_confirmed_with_its_price(house: House, calls: Any) -> None:
    caller = await calls("main_menu")
    await known(house, caller)
    await caller.say("change my plan", "1")
    plans = caller.said.splitlines()
    assert plans[0].startswith("Please choose")
    await caller.say("1")
    assert "next month" in caller.said
    await caller.say("1")
    assert "costs CN¥" in caller.said
    await served(house, caller, await digits_sent(house))
    assert "Change the plan" in caller.said
    placed = await rows(house, "select code, state, origin from orders")
    assert [(one["code"], one["state"], one["origin"]["flow"]) for one in placed] == [
        ("change_plan", placed[0]["state"], "main_menu")
    ]


async def test_what_cannot_be_read_by_the_service_can_be_told_again(house: House, calls: Any) -> None:
    caller = await calls("service_bill")
    await known(house, caller)
    await caller.say(await code_sent(house))
    await caller.say("2031-01")
    assert "try again" in caller.said
    await caller.say("1")
    assert "Which month" in caller.said


async def test_below_the_floor_it_asks_once_more_and_then_fetches_a_person(calls: Any) -> None:
    caller = await calls("main_menu")
    await caller.say("sing me a song about the sea")
    assert "other words" in caller.said
    await caller.say("xyzzy plugh")
    assert caller.over == "handed"


async def test_a_session_stays_on_the_flow_of_the_service_as_it_was(
    house: House, calls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = await calls("service_balance")
    first = caller.running.session.versions["service_balance"]
    again = await calls("service_balance")
    assert again.running.session.versions["service_balance"] == first
    made = selfservice.service_texts()["service_balance"]
    monkeypatch.setattr(pinning, "service_texts", lambda: {"service_balance": made + "# another release\n"})
    later = await calls("service_balance")
    assert later.running.session.versions["service_balance"] == first + 1
    async with house.database.transaction() as tx:
        kept = await selfservice.flow_text(tx, "service_balance", first)
    assert kept == made
    assert not re.search("another release", kept)
    last = await selfservice.advance(house, session_id=caller.running.id, told=Begin())
    assert last.running.session.versions["service_balance"] == first
