"""Whoever asks the assistant for a person and says why is offered what can be done now: once, and measured."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from qiao.channels.chat import assistant, quicker
from qiao.channels.chat.texts import pack
from qiao.kernel.languages import LANGUAGES
from qiao.platform.policy import Actor
from tests.chat.assisted import Shop, replies, signed_in
from tests.chat.conftest import ScriptedRouting

WISH = "我要找人工客服，查余额"


@pytest.fixture(autouse=True)
async def _clean(shop: Shop, shi: Actor) -> None:
    """Mr. Shi is a VIP at home; here he is like everybody."""
    async with shop.server.house.database.transaction() as tx:
        await tx.execute(text("truncate assist_quicker_ways, insight_ways"))
        await tx.execute(text("update customers set segment = 'standard' where id = :who"), {"who": shi.id})


async def ways(shop: Shop) -> list[tuple[Any, ...]]:
    """(service, channel, shown, taken, done) as the cost page counts them."""
    await shop.work()
    async with shop.server.house.database.transaction() as tx:
        rows = await tx.rows(text("select service, channel, shown, taken, done from insight_ways"))
    return [tuple(row.values()) for row in rows]


async def code_of(shop: Shop) -> str:
    return await shop.texted(r"(?<!\d)\d{6}(?!\d)")


@pytest.mark.slow
@pytest.mark.parametrize("answer", [("查余额", "1"), ("1", ""), ("查余额", ""), ("好的", "")])
async def test_it_is_offered_taken_and_done(
    shop: Shop, shi: Actor, routing: ScriptedRouting, answer: tuple[str, str]
) -> None:
    async with shop.server.tab(await signed_in(shop, shi)) as tab:
        offer = await shop.say(tab, WISH)
        assert "“查余额”现在就能办" in offer["text"]
        await tab.until(lambda tab: replies(tab) == ["查余额", "人工"])
        assert await ways(shop) == [("balance", "chat", 1, 0, 0)]
        asked = await shop.say(tab, answer[0], reply=answer[1])
        assert "验证码" in asked["text"]
        await tab.send(t="code", code=await code_of(shop))
        await tab.until(lambda tab: any("126.80" in one["text"] for one in tab.messages()))
    assert await ways(shop) == [("balance", "chat", 1, 1, 1)]
    assert routing.queued == []


@pytest.mark.parametrize("answer", [("人工", "0"), ("0", ""), ("我要找人工客服，查余额", "")])
async def test_who_still_wants_a_person_gets_one_and_is_not_asked_again(
    shop: Shop, shi: Actor, routing: ScriptedRouting, answer: tuple[str, str]
) -> None:
    async with shop.server.tab(await signed_in(shop, shi)) as tab:
        await shop.say(tab, WISH)
        await tab.until(lambda tab: "查余额" in replies(tab))
        handed = await shop.say(tab, answer[0], reply=answer[1])
        assert "转人工" in handed["text"]
        assert routing.queued == [(await shop.contact(tab)).id]
    assert await ways(shop) == [("balance", "chat", 1, 0, 0)]


async def test_other_words_let_the_offer_go_and_are_understood_as_always(shop: Shop, shi: Actor) -> None:
    async with shop.server.tab(await signed_in(shop, shi)) as tab:
        await shop.say(tab, WISH)
        answer = await shop.say(tab, "我想换个便宜的套餐")
        assert "您要办的是" in answer["text"]
        await tab.until(lambda tab: "变更套餐" in replies(tab))
    assert await ways(shop) == [("balance", "chat", 1, 0, 0)]


async def test_it_is_offered_in_the_middle_of_another_matter(shop: Shop, shi: Actor) -> None:
    async with shop.server.tab(await signed_in(shop, shi)) as tab:
        await shop.say(tab, "你好")
        assert "查余额，还是查账单" in (await shop.say(tab, "话费账单", reply="1"))["text"]
        assert "现在就能办" in (await shop.say(tab, WISH))["text"]
        assert "验证码" in (await shop.say(tab, "1"))["text"]


@pytest.mark.parametrize("segment", ["elderly", "vip"])
async def test_the_elderly_and_vips_who_chose_a_person_are_not_steered(
    shop: Shop, shi: Actor, routing: ScriptedRouting, segment: str
) -> None:
    async with shop.server.house.database.transaction() as tx:
        await tx.execute(text("update customers set segment = :it where id = :who"), {"it": segment, "who": shi.id})
    async with shop.server.tab(await signed_in(shop, shi)) as tab:
        await shop.say(tab, WISH)
        assert routing.queued == [(await shop.contact(tab)).id]
    assert await ways(shop) == []


@pytest.mark.parametrize("first", ["", "救命", "9"])
async def test_nobody_who_calls_for_help_is_steered_then_or_later(
    shop: Shop, shi: Actor, routing: ScriptedRouting, first: str
) -> None:
    async with shop.server.tab(await signed_in(shop, shi)) as tab:
        if first:
            await shop.say(tab, "你好")
            assert "110、119" in (await shop.say(tab, first))["text"]
        await shop.say(tab, WISH if first else f"着火了，{WISH}")
        assert routing.queued == [(await shop.contact(tab)).id]
    assert await ways(shop) == []


@pytest.mark.parametrize("words", ["人工", "我要找人工客服聊聊人生"])
async def test_what_nobody_knows_brings_a_person(shop: Shop, shi: Actor, words: str) -> None:
    async with shop.server.tab(await signed_in(shop, shi)) as tab:
        assert "转人工" in (await shop.say(tab, words))["text"]
    assert await ways(shop) == []


async def test_a_visitor_whom_nobody_knows_is_not_steered(shop: Shop, routing: ScriptedRouting) -> None:
    async with shop.server.tab(await shop.server.visit()) as tab:
        await shop.say(tab, WISH)
        assert len(routing.queued) == 1
    assert await ways(shop) == []


async def test_words_for_a_question_that_takes_any_words_are_its_answer(shop: Shop, shi: Actor) -> None:
    async with shop.server.tab(await signed_in(shop, shi)) as tab:
        await shop.say(tab, "你好")
        await shop.say(tab, "其他业务，直接说", reply="8")
        answer = await shop.say(tab, "转人工的电话，查余额")
        assert "现在就能办" not in answer["text"]
    assert await ways(shop) == []


class Killed(BaseException):
    """As if the worker were gone."""


async def test_killed_while_he_takes_it_it_is_begun_once(
    shop: Shop, shi: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop.server.tab(await signed_in(shop, shi)) as tab:
        await shop.say(tab, WISH)

        def dies(name: str) -> None:
            if name == assistant.MOVED:
                raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(assistant, "failpoint", dies)
            await tab.say("key-takes-it", "1")
            ack = await tab.acked("key-takes-it")
            with pytest.raises(Killed):
                await shop.work()
        for _ in range(2):
            await assistant.answer(shop.server.house, ack["conversation"], ack["seq"], begun=True)
        told = await shop.told(ack["conversation"])
    assert [who for who, _ in told] == ["customer", "bot", "customer", "bot"]
    assert "验证码" in told[-1][1]
    assert await ways(shop) == [("balance", "chat", 1, 1, 1)]


def test_the_offer_is_said_in_nine_languages_with_its_number_and_the_one_for_a_person() -> None:
    for language in LANGUAGES:
        words = pack(language)["quicker"]
        assert "{service}" in words
        assert quicker.TAKES in words, language
        assert "0" in words, language
