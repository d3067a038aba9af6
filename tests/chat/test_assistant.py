"""The service assistant answers first: each message once, secrets in no conversation, a person at any time."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from qiao import selfservice
from qiao.channels.chat import assistant
from qiao.channels.chat.model import Outlook, Site
from qiao.channels.chat.operations import ensure_site
from qiao.platform.policy import Actor, Level
from tests.chat.assisted import Shop, replies, signed_in
from tests.chat.conftest import SITE, ScriptedRouting, Server


async def test_a_new_conversation_is_answered_by_the_assistant_with_choices(
    shop: Shop, routing: ScriptedRouting
) -> None:
    async with shop.server.tab(await shop.server.visit()) as tab:
        greeted = await shop.say(tab, "你好")
        assert greeted["by"] == "bot"
        assert "请选或直接说" in greeted["text"]
        await tab.until(lambda tab: "话费账单" in replies(tab))
        assert replies(tab)[-1] == "人工"
        state = next(one for one in reversed(tab.frames) if one["t"] == "state")
        assert "智能服务助理" in state["text"]
    assert routing.queued == []


async def test_what_is_said_is_understood_and_what_is_tapped_is_taken(shop: Shop) -> None:
    async with shop.server.tab(await shop.server.visit()) as tab:
        offered = await shop.say(tab, "我想换个便宜的套餐")
        assert "您要办的是" in offered["text"]
        await tab.until(lambda tab: "变更套餐" in replies(tab))
        at = replies(tab).index("变更套餐") + 1
        asked = await shop.say(tab, "变更套餐", reply=str(at))
        assert "转人工" in asked["text"]  # a visitor can prove nothing: a person helps
        contact = await shop.contact(tab)
        assert ("customer", "变更套餐") in await shop.told(str(contact.id))


async def test_a_choice_that_is_no_longer_on_offer_is_only_words(shop: Shop) -> None:
    async with shop.server.tab(await shop.server.visit()) as tab:
        await shop.say(tab, "你好")
        answer = await shop.say(tab, "我想换个便宜的套餐", reply="1")
        assert "查余额" not in answer["text"]
        assert "您要办的是" in answer["text"]


@pytest.mark.parametrize("words", ["人工", "0", "我要找人工客服"])
async def test_a_person_is_had_at_any_time_and_the_assistant_is_silent_then(
    shop: Shop, routing: ScriptedRouting, words: str
) -> None:
    async with shop.server.tab(await shop.server.visit()) as tab:
        await shop.say(tab, "你好")
        handed = await shop.say(tab, words)
        assert "正在为您转人工" in handed["text"]
        contact = await shop.contact(tab)
        assert contact.queued_at is not None
        assert routing.queued == [contact.id]
        await tab.say("key-after-it", "有人吗")
        await tab.acked("key-after-it")
        await shop.work()
        assert (await shop.told(str(contact.id)))[-1] == ("customer", "有人吗")


async def test_nobody_there_keeps_what_was_written_to_be_answered(shop: Shop, routing: ScriptedRouting) -> None:
    routing.outlook = Outlook(False)
    async with shop.server.tab(await shop.server.visit()) as tab:
        await shop.say(tab, "你好")
        handed = await shop.say(tab, "人工")
        assert "留言" in handed["text"] or "已记下" in handed["text"] or "保存" in handed["text"]
        assert (await shop.contact(tab)).phase == "written"


async def test_a_call_for_help_goes_before_everything_also_before_a_code(shop: Shop, shi: Actor) -> None:
    async with shop.server.tab(await signed_in(shop, shi)) as tab:
        await shop.say(tab, "查余额")
        await shop.say(tab, "1")
        helped = await shop.say(tab, "110")
        assert "110、119" in helped["text"]


@pytest.mark.parametrize("typed", ["field", "message"])
async def test_a_code_is_judged_and_stands_in_no_conversation(shop: Shop, shi: Actor, typed: str) -> None:
    async with shop.server.tab(await signed_in(shop, shi)) as tab:
        await shop.say(tab, "我还有多少话费")
        assert "验证码" in (await shop.say(tab, "1"))["text"]
        await tab.until(lambda tab: any(one.get("proof") == "one_time_code" for one in tab.frames))
        code = await shop.texted(r"(?<!\d)\d{6}(?!\d)")
        if typed == "field":
            await tab.send(t="code", code=code)
            await tab.frame("proven")
        else:
            await tab.say("key-the-code", f" {code} ")
            await tab.acked("key-the-code")
        await shop.work()
        await tab.until(lambda tab: any("126.80" in one["text"] for one in tab.messages()))
        contact = await shop.contact(tab)
    told = await shop.told(str(contact.id))
    assert contact.level == Level.ONE_FACTOR
    assert not [one for _, one in told if code in one]
    assert ("customer", assistant.HIDDEN) in told
    async with shop.server.house.database.transaction() as tx:
        for table in ("messages", "flow_sessions", "procrastinate_jobs", "events", "timers"):
            held = await tx.scalar(
                text(f"select count(*) from {table} t where t::text like '%' || :it || '%'"), {"it": code}
            )
            assert held == 0, table


async def test_a_wrong_code_is_refused_beside_its_field_and_asked_for_again(shop: Shop, shi: Actor) -> None:
    async with shop.server.tab(await signed_in(shop, shi)) as tab:
        await shop.say(tab, "我还有多少话费")
        await shop.say(tab, "1")
        await tab.send(t="code", code="000000")
        assert (await tab.frame("refused"))["code"] == "chat.code_not_right"
        await tab.until(lambda tab: any("不对" in one["text"] for one in tab.messages()))


async def test_what_costs_is_confirmed_by_digits_in_their_own_field(shop: Shop, shi: Actor) -> None:
    async with shop.server.tab(await signed_in(shop, shi)) as tab:
        await shop.say(tab, "改套餐")
        await shop.say(tab, "1")
        await tab.send(t="code", code=await shop.texted(r"(?<!\d)\d{6}(?!\d)"))
        await tab.frame("proven")
        await tab.until(lambda tab: any("请选择" in one["text"] for one in tab.messages()))
        assert "何时生效" in (await shop.say(tab, "1"))["text"]
        asked = await shop.say(tab, "1")
        assert "¥" in asked["text"]
        await tab.until(lambda tab: any(one.get("proof") == "order_digits" for one in tab.frames))
        digits = await shop.texted(r"(?<![0-9.])[0-9]{4}(?![0-9])")
        await tab.send(t="code", code=digits)
        await tab.until(lambda tab: len([one for one in tab.frames if one["t"] == "proven"]) >= 2)
        await shop.work()
    async with shop.server.house.database.transaction() as tx:
        placed = await tx.rows(text("select code, origin from orders order by placed_at desc limit 1"))
    assert [(one["code"], one["origin"]["channel"]) for one in placed] == [("change_plan", "chat")]


class Killed(BaseException):
    """As if the worker were gone."""


async def test_killed_between_the_step_and_the_answer_a_message_is_answered_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop.server.tab(await shop.server.visit()) as tab:
        await shop.say(tab, "你好")
        contact = await shop.contact(tab)

        def dies(name: str) -> None:
            if name == assistant.MOVED:
                raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(assistant, "failpoint", dies)
            await tab.say("key-doomed-1", "1")
            seq = (await tab.acked("key-doomed-1"))["seq"]
            with pytest.raises(Killed):
                await shop.work()
        for _ in range(2):  # its job is taken in hand again, even twice
            await assistant.answer(shop.server.house, str(contact.id), seq)
        told = await shop.told(str(contact.id))
        assert [words for who, words in told if who == "bot"][1:] == ["查余额，还是查账单？"]
        async with shop.server.house.database.transaction() as tx:
            tried = await tx.scalar(text("select body->'tried' from flow_sessions order by id desc limit 1"))
        assert [one[2] for one in tried] == ["1"]


async def test_killed_at_the_very_first_message_it_is_greeted_and_understood_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop.server.tab(await shop.server.visit()) as tab:

        def dies(name: str) -> None:
            if name == assistant.MOVED:
                raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(assistant, "failpoint", dies)
            await tab.say("key-doomed-2", "没信号")
            ack = await tab.acked("key-doomed-2")
            with pytest.raises(Killed):
                await shop.work()
        await assistant.answer(shop.server.house, ack["conversation"], ack["seq"])
        told = await shop.told(ack["conversation"])
        assert [who for who, _ in told] == ["customer", "bot"]
        assert "您要办的是" in told[1][1]


async def test_a_secret_that_died_with_the_process_is_asked_for_again(
    shop: Shop, shi: Actor, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    async with shop.server.tab(await signed_in(shop, shi)) as tab:
        await shop.say(tab, "我还有多少话费")
        await shop.say(tab, "1")
        code = await shop.texted(r"(?<!\d)\d{6}(?!\d)")

        async def never(*_: Any) -> None:
            return None

        with monkeypatch.context() as patched:
            patched.setattr(assistant, "take_secret", never)
            await tab.say("key-lost-code", code)
            await tab.acked("key-lost-code")
        clock.forward(seconds=20)
        before = len(tab.messages())
        await shop.work()
        await tab.until(lambda tab: len(tab.messages()) > before)
        assert "验证码" in tab.messages()[-1]["text"]


async def test_the_same_message_sent_twice_is_answered_once(shop: Shop) -> None:
    async with shop.server.tab(await shop.server.visit()) as tab:
        await shop.say(tab, "你好")
        contact = await shop.contact(tab)
        for _ in range(2):
            await tab.say("key-same-same", "1")
            await tab.until(lambda tab: [one for one in tab.frames if one.get("key") == "key-same-same"])
            await shop.work()
        told = await shop.told(str(contact.id))
    assert len([words for who, words in told if who == "bot"]) == 2


async def test_silence_for_half_an_hour_ends_what_the_assistant_served(shop: Shop, clock: Any) -> None:
    async with shop.server.tab(await shop.server.visit()) as tab:
        await shop.say(tab, "你好")
        contact = await shop.contact(tab)
        clock.forward(minutes=31)
        await shop.work()
        ended = await shop.contact(tab)
    assert (ended.id, ended.end_reason) == (contact.id, "served")


async def test_a_flow_that_is_not_there_leaves_it_to_people(shop: Shop, routing: ScriptedRouting) -> None:
    async with shop.server.house.database.transaction() as tx:
        await ensure_site(tx, place=Site(SITE, "Shop", "web", origins=("https://shop.example",), flow="no_such_flow"))
    async with shop.server.tab(await shop.server.visit()) as tab:
        await tab.say("key-no-flow-1", "你好")
        await tab.acked("key-no-flow-1")
    assert len(routing.queued) == 1


async def test_a_file_goes_to_a_person(shop: Shop) -> None:
    visit = await shop.server.visit()
    async with shop.server.tab(visit) as tab:
        await shop.say(tab, "你好")
        async with shop.server.http(**{"x-chat-token": visit["token"]}) as http:
            sent = await http.post(
                f"/chat/files?site={SITE}", data={"key": "key-a-file-01"}, files={"file": ("a.txt", b"it is here")}
            )
            assert sent.status_code == 200, sent.text
        await shop.work()
        assert (await shop.contact(tab)).queued_at is not None


async def test_the_number_of_a_voucher_stands_in_no_conversation(shop: Shop, server: Server) -> None:
    """What is asked for in plain words may be a secret, too; a question beside it is none."""
    async with server.house.database.transaction() as tx:
        begun = await selfservice.begin_flow(
            tx, code="service_top_up_voucher", channel="chat", subject="chat:voucher", facts={"level": 2}
        )
    moved = await selfservice.advance(server.house, session_id=begun.id, told=selfservice.Begin())
    asking = assistant.Asking(moved.running, hides=moved.running.session.hides)
    assert assistant.is_secret(asking, "1111 2222-3333 ４４４４")
    assert not assistant.is_secret(asking, "where do I find it?")
    assert not assistant.is_secret(asking, "0")
    assert not assistant.is_secret(assistant.Asking(moved.running), "1111222233334444")
