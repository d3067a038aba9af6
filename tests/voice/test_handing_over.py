"""A colleague asked, a call left to him, and agents who go without a word: what each party hears, and who has whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from qiao import routing
from qiao.channels.voice import store_talk, talking
from qiao.channels.voice.sandbox.sound import share_of, tone
from qiao.channels.voice.store import voice_calls
from qiao.kernel.ids import AgentId, InteractionId
from tests.voice.centre import HOTLINE, Hotline
from tests.voice.staffed import at_work, beside, employed

if TYPE_CHECKING:
    from qiao.channels.voice.sandbox.answering import AnsweringPhone
    from qiao.channels.voice.sandbox.softphone import PhoneCall, Softphone
    from qiao.platform.policy import Actor

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
CALLER, FIRST, SECOND = 440.0, 1000.0, 1500.0
STRANGER = "+8613700009999"
ONLY_ENGLISH = ("en",)


@dataclass
class Pair:
    """Two agents of one unit, and a caller who talks with the first of them."""

    hotline: Hotline
    actors: tuple[Actor, Actor]
    phones: tuple[AnsweringPhone, AnsweringPhone]
    caller: Softphone
    call: PhoneCall
    theirs: PhoneCall

    async def does(self, verb: str, **more: Any) -> None:
        async with self.hotline.house.database.transaction() as tx:
            contact = InteractionId(await tx.scalar(select(voice_calls.c.interaction_id)))
            await talking.act(tx, actor=self.actors[0], interaction_id=contact, verb=verb, region="CN", **more)

    async def where(self) -> routing.Waiting:
        async with self.hotline.house.database.transaction() as tx:
            contact = InteractionId(await tx.scalar(select(voice_calls.c.interaction_id)))
            found = await routing.waiting_contact(tx, contact)
        assert found is not None
        return found

    async def stands(self, state: str, which: int | None) -> None:
        agent_id = None if which is None else AgentId(self.actors[which].id)

        async def found() -> bool:
            where = await self.where()
            return (where.state, where.agent_id) == (state, agent_id)

        await self.hotline.until(found)

    async def presence(self, which: int) -> routing.Presence:
        async with self.hotline.house.database.transaction() as tx:
            return await routing.presence_of(tx, AgentId(self.actors[which].id))

    async def consulted(self) -> PhoneCall:
        await self.does("consult", colleague=AgentId(self.actors[1].id))
        theirs = await self.phones[1].pick_up(seconds=60)

        async def up() -> bool:
            async with self.hotline.house.database.transaction() as tx:
                [(ongoing, _)] = await store_talk.ongoing_of(tx, AgentId(self.actors[1].id))
            asked = ongoing.talk.live("consulted")
            return asked is not None and asked.state == "up"

        await self.hotline.until(up)
        return theirs


async def hears(call: PhoneCall, frequency: float) -> None:
    await call.heard.until(lambda: share_of(call.heard.samples()[-8000:], frequency) > 0.8, 60)


@asynccontextmanager
async def talk_beside_a_colleague(hotline: Hotline) -> AsyncIterator[Pair]:
    """The colleague speaks another language and is not ready for calls of this one: routing would never choose him."""
    one, other = await employed(hotline), await employed(hotline)
    more = {"unit_id": one.unit_id}
    async with hotline.worker(), at_work(hotline, id=AgentId(one.id), **more) as (_, first):
        caller = await hotline.phone(STRANGER)
        call = await caller.call(HOTLINE)
        await call.heard.hear(await hotline.prompt("您好，请按键选择。", "zh-CN"))
        call.press("0")
        theirs = await first.pick_up(seconds=60)
        await hotline.talks()
        async with beside(hotline, id=AgentId(other.id), languages=ONLY_ENGLISH, **more) as (_, second):
            try:
                yield Pair(hotline, (one, other), (first, second), caller, call, theirs)
            finally:
                await caller.close()


async def test_a_call_is_left_to_the_colleague_who_is_on_the_line_whatever_routing_would_have_chosen(
    hotline: Hotline,
) -> None:
    async with talk_beside_a_colleague(hotline) as pair:
        asked = await pair.consulted()
        assert (await pair.presence(1)).state == "busy", "while he is asked he is offered nothing"
        await pair.does("hand")
        await pair.stands("active", 1)
        asked.media.say(tone(SECOND, 30))
        pair.call.media.say(tone(CALLER, 30))
        await hears(pair.call, SECOND)
        await hears(asked, CALLER)
        await pair.theirs.ended.wait()
        assert [one.state for one in await hotline.calls()] == ["talking"]
        await asked.hang_up()
        await pair.call.ended.wait()
    calls = await hotline.calls()
    assert [one.outcome for one in calls] == ["answered"]


async def test_an_agent_who_hangs_up_while_a_colleague_is_on_the_line_leaves_the_customer_to_him(
    hotline: Hotline,
) -> None:
    async with talk_beside_a_colleague(hotline) as pair:
        asked = await pair.consulted()
        await pair.theirs.hang_up()
        await pair.stands("active", 1)
        asked.media.say(tone(SECOND, 30))
        await hears(pair.call, SECOND)


async def test_a_colleague_is_offered_calls_again_once_the_agent_has_let_him_go(hotline: Hotline) -> None:
    async with talk_beside_a_colleague(hotline) as pair:
        asked = await pair.consulted()
        await pair.does("let-go")
        await asked.ended.wait()
        assert (await pair.presence(1)).state == "idle"
        pair.theirs.media.say(tone(FIRST, 30))
        await hears(pair.call, FIRST)


async def test_an_agent_who_picks_up_and_hangs_up_at_once_loses_nobody_his_place(hotline: Hotline) -> None:
    one = await employed(hotline)
    async with hotline.worker(), at_work(hotline, id=AgentId(one.id), unit_id=one.unit_id) as (agent, desk_phone):
        caller = await hotline.phone(STRANGER)
        call = await caller.call(HOTLINE)
        await call.heard.hear(await hotline.prompt("您好，请按键选择。", "zh-CN"))
        call.press("0")
        await (await desk_phone.pick_up(seconds=60)).hang_up()

        async def set_aside() -> bool:
            async with hotline.house.database.transaction() as tx:
                return (await routing.presence_of(tx, agent.id)).status == "not_ready"

        await hotline.until(set_aside)

        async def waits_again() -> bool:
            return [one.state for one in await hotline.calls()] == ["waiting"]

        await hotline.until(waits_again)
        async with hotline.house.database.transaction() as tx:
            await routing.set_status(tx, agent_id=agent.id, status="ready")
        theirs = await desk_phone.pick_up(seconds=60)
        theirs.media.say(tone(FIRST, 30))
        await hears(call, FIRST)
        await caller.close()
