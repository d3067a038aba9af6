"""Digits typed to a person are judged and stand in no conversation: a code, a password, an order's digits."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from qiao import catalogue, interactions
from qiao.channels.chat.assistant import HIDDEN
from qiao.kernel.ids import AgentId, CustomerId, InteractionId, new_id
from qiao.platform.policy import Actor, Level
from tests.chat.assisted import SHI, Shop, signed_in
from tests.chat.conftest import Tab


async def with_a_person(shop: Shop, tab: Tab) -> InteractionId:
    """He asked for a person, and one has him."""
    await shop.say(tab, "你好")
    await shop.say(tab, "人工")
    contact = await shop.contact(tab)
    async with shop.server.house.database.transaction() as tx:
        await interactions.assign(tx, interaction_id=contact.id, agent_id=AgentId(new_id()))
    return contact.id


async def asked_for(shop: Shop, about: InteractionId, method: interactions.ProofMethod) -> None:
    async with shop.server.house.database.transaction() as tx:
        await interactions.ask_proof(tx, interaction_id=about, method=method)


async def order_waits(shop: Shop, shi: Actor) -> str:
    """An order of his waits for the digits that are returned; his handset got them."""
    async with shop.server.house.database.transaction() as tx:
        await tx.execute(text("delete from orders"))
        words = await catalogue.ask_confirmation(
            tx,
            code="set_forwarding",
            customer_id=CustomerId(shi.id),
            target=SHI,
            parameters={"number": "13800138000", "when": "busy"},
            language="zh-CN",
        )
    return re.findall(r"(?<![0-9.])[0-9]{4}(?![0-9-])", words)[0]


@pytest.mark.parametrize("typed", ["{}", " {} "])
async def test_the_service_password_proves_and_is_not_shown(shop: Shop, shi: Actor, typed: str) -> None:
    password = SHI.value[-6:]
    async with shop.server.tab(await signed_in(shop, shi)) as tab:
        about = await with_a_person(shop, tab)
        await asked_for(shop, about, "service_password")
        await tab.say("key-password", typed.format(password))
        await tab.acked("key-password")
        await tab.until(lambda tab: any("已确认是您本人" in one["text"] for one in tab.messages()))
        assert (await shop.contact(tab)).level == Level.ONE_FACTOR
        told = await shop.told(str(about))
    assert ("customer", HIDDEN) in told
    assert not [words for _, words in told if password in words]


async def test_a_wrong_code_is_refused_in_the_talk_and_not_shown(shop: Shop, shi: Actor) -> None:
    async with shop.server.tab(await signed_in(shop, shi)) as tab:
        about = await with_a_person(shop, tab)
        await asked_for(shop, about, "one_time_code")
        await tab.say("key-wrong-code", "000000")
        await tab.acked("key-wrong-code")
        await tab.until(lambda tab: any("验证码不正确" in one["text"] for one in tab.messages()))
        told = await shop.told(str(about))
    assert not [words for _, words in told if "000000" in words]


async def test_the_digits_of_an_order_confirm_it_and_are_not_shown(shop: Shop, shi: Actor) -> None:
    async with shop.server.tab(await signed_in(shop, shi)) as tab:
        about = await with_a_person(shop, tab)
        digits = await order_waits(shop, shi)
        await tab.say("key-of-order", digits)
        await tab.acked("key-of-order")
        await tab.until(
            lambda tab: any(one["by"] == "system" and "设置呼叫转移" in one["text"] for one in tab.messages())
        )
        told = await shop.told(str(about))
    assert not [words for _, words in told if digits in words]
    async with shop.server.house.database.transaction() as tx:
        placed = await tx.rows(text("select code, origin->>'channel' as channel from orders"))
    assert [dict(one) for one in placed] == [{"code": "set_forwarding", "channel": "chat"}]


@pytest.mark.slow
async def test_a_number_that_is_not_the_digits_is_refused_and_stands_as_he_told_it(shop: Shop, shi: Actor) -> None:
    async with shop.server.tab(await signed_in(shop, shi)) as tab:
        about = await with_a_person(shop, tab)
        wrong = "1000" if await order_waits(shop, shi) != "1000" else "1001"
        await tab.say("key-of-order", wrong)
        await tab.acked("key-of-order")
        await tab.until(lambda tab: any("这不是收到的数字" in one["text"] for one in tab.messages()))
        assert ("customer", wrong) in await shop.told(str(about))


async def test_numbers_that_nothing_waits_for_are_words(shop: Shop, shi: Actor) -> None:
    async with shop.server.tab(await signed_in(shop, shi)) as tab:
        about = await with_a_person(shop, tab)
        async with shop.server.house.database.transaction() as tx:
            await tx.execute(text("delete from order_confirmations"))
        for key, words in (("key-number-1", "3737"), ("key-number-2", "918273")):
            await tab.say(key, words)
            await tab.acked(key)
        assert [words for _, words in (await shop.told(str(about)))[-2:]] == ["3737", "918273"]
