"""Asterisk is killed with calls in it: agents are free within seconds, callers get one text, telephones come back."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from qiao import interactions, post, routing
from qiao.bss.sandbox import CAST
from qiao.channels.voice.cut_off import PURPOSE, WORD
from qiao.channels.voice.emergencies import HOTLINE as MINISTRY
from qiao.channels.voice.emergencies import PURPOSE as CARD
from qiao.channels.voice.model import tally
from qiao.channels.voice.sandbox.sound import loud, share_of, tone
from qiao.channels.voice.store import voice_calls
from qiao.kernel.service_ids import ServiceId
from qiao.routing.store import contacts
from tests.voice.centre import HOTLINE, Hotline
from tests.voice.processes import qiao
from tests.voice.staffed import at_work

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from qiao.channels.voice.sandbox import PhoneCall, Softphone
    from qiao.channels.voice.sandbox.answering import AnsweringPhone
    from qiao.kernel.ids import InteractionId

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
GREETING = "您好，请按键选择。"
TALKS, FIRST, SECOND, CHOOSES = (f"+861370000{number}" for number in (1111, 2222, 3333, 4444))
MARY = CAST[4]
ABROAD = "+2290197123464"
FREE_WITHIN = timedelta(seconds=10)
AGENT = 1000.0


async def rows(hotline: Hotline) -> list[Any]:
    async with hotline.house.database.transaction() as tx:
        return list(await tx.rows(select(voice_calls).order_by(voice_calls.c.began_at)))


async def all_over(hotline: Hotline) -> bool:
    """Whoever had called us; a call that we owe him waits on."""
    return all(row["state"] == "over" for row in await rows(hotline) if row["dialled"] == HOTLINE)


async def texts_to(hotline: Hotline, number: str, purpose: str = PURPOSE) -> list[str]:
    """What was sent to him of his call of this test."""
    async with hotline.house.database.transaction() as tx:
        told = await post.messages_to(tx, ServiceId("mobile", number))
        began_at = (await tx.rows(select(voice_calls.c.began_at).order_by(voice_calls.c.began_at)))[0]["began_at"]
    return [one.text for one in told if one.purpose == purpose and one.accepted_at >= began_at]


async def calls_and_presses_zero(hotline: Hotline, phone: Softphone) -> PhoneCall:
    call = await phone.call(HOTLINE)
    assert call.status == 200
    await call.heard.hear(await hotline.prompt(GREETING, "zh-CN"), seconds=60)
    call.press("0")
    return call


def kill_asterisk(hotline: Hotline) -> datetime:
    pid = int((hotline.server.folder / "asterisk.pid").read_text("ascii"))
    os.kill(pid, signal.SIGKILL)
    return hotline.house.clock.now()


@asynccontextmanager
async def registering_by_itself(phone: AnsweringPhone) -> AsyncIterator[asyncio.Queue[int]]:
    """What is answered to it, in order."""
    answers: asyncio.Queue[int] = asyncio.Queue()
    task = asyncio.create_task(phone.stays_registered(1.0, answers))
    try:
        yield answers
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def busy(hotline: Hotline, desk_phone: AnsweringPhone) -> AsyncIterator[list[PhoneCall]]:
    """One call talks with the agent, two wait, one is in the menu."""
    phones = [await hotline.phone(number) for number in (TALKS, FIRST, SECOND, CHOOSES)]
    calls = [await calls_and_presses_zero(hotline, phones[0])]
    theirs = await desk_phone.pick_up(seconds=60)
    theirs.media.say(tone(AGENT, 60))
    await calls[0].heard.until(lambda: share_of(calls[0].heard.samples()[-4000:], AGENT) > 0.8, 60)
    calls += [await calls_and_presses_zero(hotline, phone) for phone in phones[1:3]]

    async def two_wait() -> bool:
        return [row["state"] for row in await rows(hotline)] == ["talking", "waiting", "waiting"]

    await hotline.until(two_wait)
    choosing = await phones[3].call(HOTLINE)
    await choosing.heard.hear(await hotline.prompt(GREETING, "zh-CN"), seconds=30)
    try:
        yield [*calls, choosing]
    finally:
        for call in (*calls, choosing, theirs):
            call.end()
        for phone in phones:
            await phone.close()


async def free_soon(hotline: Hotline, killed_at: datetime) -> InteractionId:
    """By what rows say: each call over, each agent's slot free in time; the contact of the call that talked."""
    await hotline.until(lambda: all_over(hotline), 60)
    found = await rows(hotline)
    assert [row["outcome"] for row in found] == ["answered", "dropped", "dropped", "left"]
    assert all(row["ended_at"] - killed_at <= FREE_WITHIN for row in found)
    assert tally(await hotline.calls()) == {"offered": 3, "answered": 1, "dropped": 2}
    async with hotline.house.database.transaction() as tx:
        for row in found[:3]:
            stands = await tx.one(select(contacts).where(contacts.c.interaction_id == row["interaction_id"]))
            assert stands is not None and stands["state"] == "dropped" and stands["agent_id"] is None
            assert stands["left_at"] - killed_at <= FREE_WITHIN
        contact = await interactions.interaction(tx, found[0]["interaction_id"])
        assert contact.end_reason == "dropped"
    return contact.id


async def test_agents_are_free_callers_get_one_text_and_telephones_come_back_by_themselves(hotline: Hotline) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(qiao(hotline, "voice", "asterisk"))
        workers = [await stack.enter_async_context(qiao(hotline, "voice", "worker")) for _ in range(2)]
        agent, desk_phone = await stack.enter_async_context(at_work(hotline))
        await stack.enter_async_context(busy(hotline, desk_phone))
        answers = await stack.enter_async_context(registering_by_itself(desk_phone))
        killed_at = kill_asterisk(hotline)
        workers[0].kill()  # whoever saw it first may be gone before he could say so
        contact = await free_soon(hotline, killed_at)
        for number in (TALKS, FIRST, SECOND, CHOOSES):
            (text,) = await texts_to(hotline, number)
            assert WORD not in text and "请您再拨一次" in text, "of who is no customer it would not be taken"
        async with hotline.house.database.transaction() as tx:
            stands = await routing.presence_of(tx, agent.id)
            assert stands.status == "ready", "nobody takes him for one who did not answer"
            await interactions.wrap_up(tx, interaction_id=contact, agent_id=agent.id, disposition="solved")

        while not answers.empty():
            answers.get_nowait()
        assert await answers.get() == 200, "its secret holds, though nobody has made it anew"
        again = await hotline.phone(FIRST)
        call = await calls_and_presses_zero(hotline, again)
        theirs = await desk_phone.pick_up(seconds=60)
        theirs.media.say(tone(AGENT, 30))
        await call.heard.until(lambda: share_of(call.heard.samples()[-4000:], AGENT) > 0.8, 60)
        await again.close()
        for number in (TALKS, FIRST, SECOND, CHOOSES):
            assert len(await texts_to(hotline, number)) == 1


async def test_an_asterisk_that_does_not_come_back_keeps_no_agent(hotline: Hotline) -> None:
    async with hotline.worker("qiao-one"), at_work(hotline) as (_, desk_phone), busy(hotline, desk_phone):
        killed_at = kill_asterisk(hotline)
        await free_soon(hotline, killed_at)
        for number in (TALKS, FIRST, SECOND, CHOOSES):
            assert len(await texts_to(hotline, number)) == 1


async def test_a_customer_is_offered_a_call_and_a_stranger_abroad_has_his_card_alone(hotline: Hotline) -> None:
    numbers = (MARY.service.value, ABROAD)
    async with hotline.worker("qiao-one"):
        phones = [await hotline.phone(number) for number in numbers]
        calls = [await phone.call(HOTLINE) for phone in phones]
        for call in calls:
            await call.heard.until(lambda call=call: loud(call.heard.samples()) > 4000, 60)
        kill_asterisk(hotline)
        await hotline.until(lambda: all_over(hotline), 60)
        (text,) = await texts_to(hotline, MARY.service.value)
        assert WORD in text
        assert await texts_to(hotline, ABROAD) == []
        (card,) = await texts_to(hotline, ABROAD, CARD)
        assert MINISTRY in card and WORD not in card
        assert await texts_to(hotline, MARY.service.value, CARD) == []
        for call, phone in zip(calls, phones, strict=True):
            call.end()
            await phone.close()


async def test_a_connection_that_is_cut_costs_nobody_his_call(hotline: Hotline) -> None:
    async with hotline.worker() as board, at_work(hotline) as (_, desk_phone), busy(hotline, desk_phone) as calls:
        since = [len(call.heard.sound) for call in calls]
        board.ari.cut()
        again = await calls[3].heard.hear(await hotline.prompt(GREETING, "zh-CN"), since=since[3], seconds=30)
        calls[3].press("1")
        await calls[3].heard.hear(await hotline.prompt("查余额，还是查账单？", "zh-CN"), since=again, seconds=30)
        calls[0].heard.sound.clear()
        await calls[0].heard.until(lambda: share_of(calls[0].heard.samples()[-4000:], AGENT) > 0.8, 60)
        assert [row["state"] for row in await rows(hotline)] == ["talking", "waiting", "waiting", "menu"]
        for number in (TALKS, FIRST, SECOND, CHOOSES):
            assert await texts_to(hotline, number) == []
