"""A worker of calls is killed as a process: its callers hear on, are taken over within seconds, and none is lost."""

from __future__ import annotations

import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import select

from qiao import interactions, routing
from qiao.channels.voice.model import tally
from qiao.channels.voice.sandbox.sound import loud, share_of, tone
from qiao.channels.voice.store import voice_calls
from qiao.kernel.ids import InteractionId
from tests.voice.centre import HOTLINE, Hotline
from tests.voice.processes import qiao
from tests.voice.staffed import at_work

if TYPE_CHECKING:
    from qiao.channels.voice.sandbox import PhoneCall, Softphone

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
GREETING = "您好，请按键选择。"
ADOPTED_SECONDS = 5.0
CALLER, AGENT = 440.0, 1000.0


async def owners(hotline: Hotline) -> list[tuple[str, str]]:
    async with hotline.house.database.transaction() as tx:
        rows = await tx.rows(select(voice_calls.c.owner, voice_calls.c.state).order_by(voice_calls.c.began_at))
        return [(row["owner"], row["state"]) for row in rows]


async def test_callers_of_a_killed_worker_are_taken_over_within_seconds(hotline: Hotline) -> None:
    first, second = await hotline.phone("+8613700009999"), await hotline.phone("+8613700008888")
    async with qiao(hotline, "voice", "worker") as process:
        waiting = await first.call(HOTLINE)
        await waiting.heard.hear(await hotline.prompt(GREETING, "zh-CN"), seconds=60)
        waiting.press("0")

        async def waits() -> bool:
            return [state for _, state in await owners(hotline)] == ["waiting"]

        await hotline.until(waits, 30)
        choosing = await second.call(HOTLINE)
        greeted = await choosing.heard.hear(await hotline.prompt(GREETING, "zh-CN"), seconds=30)
        async with hotline.worker("qiao-other") as board:
            process.kill()
            await process.wait()
            killed_at = time.monotonic()
            heard_before = len(waiting.heard.sound)

            async def taken_over() -> bool:
                return {owner for owner, _ in await owners(hotline)} == {board.name}

            await hotline.until(taken_over, 20)
            took = time.monotonic() - killed_at
            assert took <= ADOPTED_SECONDS
            again = await choosing.heard.hear(await hotline.prompt(GREETING, "zh-CN"), since=greeted, seconds=30)
            assert again > greeted
            await waiting.heard.until(lambda: loud(waiting.heard.samples(heard_before)) > 8000, 20)
            heard = waiting.heard.samples(heard_before)
            assert loud(heard) > len(heard) / 2, "who waits heard on, and it was no silence"
            assert tally(await hotline.calls()) == {"offered": 1, "waiting": 1}
            await first.close()
            await second.close()

            async def over() -> bool:
                return all(state == "over" for _, state in await owners(hotline))

            await hotline.until(over, 20)
    assert tally(await hotline.calls()) == {"offered": 1, "abandoned": 1}


async def test_a_connection_cut_in_the_midst_of_taking_over_costs_those_behind_it_nothing(hotline: Hotline) -> None:
    first, second = await hotline.phone("+8613700009999"), await hotline.phone("+8613700008888")
    async with qiao(hotline, "voice", "worker") as process:
        calls = [await one.call(HOTLINE) for one in (first, second)]
        for call in calls:
            await call.heard.hear(await hotline.prompt(GREETING, "zh-CN"), seconds=60)
            call.press("0")

        async def wait() -> bool:
            return await states(hotline) == {"waiting": 2}

        await hotline.until(wait)
        process.kill()
        await process.wait()
        async with hotline.worker("qiao-other") as board:
            moves, moved = board.ari.move_here, list[str]()

            async def moves_one_and_is_cut(channel: str, from_app: str) -> None:
                await moves(channel, from_app)
                moved.append(channel)
                if len(moved) == 1:
                    board.ari.cut()

            board.ari.move_here = moves_one_and_is_cut  # type: ignore[method-assign]

            async def both_moved() -> bool:
                return len(set(moved)) == 2

            await hotline.until(both_moved)
            since = [len(call.heard.sound) for call in calls]
            for call, heard in zip(calls, since, strict=True):
                await call.heard.until(lambda call=call, heard=heard: loud(call.heard.samples(heard)) > 16_000, 30)
            assert await states(hotline) == {"waiting": 2}
            assert not any(call.ended.is_set() for call in calls)
            await first.close()
            await second.close()

            async def over() -> bool:
                return await states(hotline) == {"over": 2}

            await hotline.until(over)
    assert tally(await hotline.calls()) == {"offered": 2, "abandoned": 2}


async def states(hotline: Hotline) -> dict[str, int]:
    return dict(Counter(state for _, state in await owners(hotline)))


async def contact_of(hotline: Hotline, number: str) -> InteractionId:
    async with hotline.house.database.transaction() as tx:
        mine = select(voice_calls.c.interaction_id).where(voice_calls.c.number.endswith(number))
        return InteractionId(await tx.scalar(mine))


def hears(call: PhoneCall, hertz: float) -> bool:
    """Whether this is what it hears now."""
    return share_of(call.heard.samples(max(len(call.heard.sound) - 4000, 0)), hertz) > 0.8


async def test_all_who_wait_are_taken_over_and_answered_in_their_order_while_a_talk_goes_on(hotline: Hotline) -> None:
    greeting = await hotline.prompt(GREETING, "zh-CN")
    numbers = [f"+86137000011{one}1" for one in range(5)]
    phones = [await hotline.phone(number) for number in numbers]
    async with at_work(hotline) as (agent, desk_phone), qiao(hotline, "voice", "worker") as process:

        async def stand(**many: int) -> None:
            async def so() -> bool:
                return await states(hotline) == many

            await hotline.until(so, 60)

        async def calls(phone: Softphone) -> PhoneCall:
            call = await phone.call(HOTLINE)
            await call.heard.hear(greeting)
            return call

        async def answers() -> tuple[PhoneCall, InteractionId]:
            call = await desk_phone.pick_up(seconds=60)
            call.media.say(tone(AGENT, 200))
            return call, InteractionId(UUID(desk_phone.asked(call).one("x-qiao-contact")))

        talking = await calls(phones[0])
        talking.press("0")
        talk, whose = await answers()
        await stand(talking=1)
        waiting = []
        for number, phone in enumerate(phones[1:4], 1):
            waiting.append(await calls(phone))
            waiting[-1].press("0")
            await stand(talking=1, waiting=number)
        choosing = await calls(phones[4])
        greeted = len(choosing.heard.sound)
        async with hotline.worker("qiao-other"):
            process.kill()
            await process.wait()
            killed_at = time.monotonic()

            async def taken_over() -> bool:
                return {owner for owner, _ in await owners(hotline)} == {"qiao-other"}

            await hotline.until(taken_over, 20)
            assert time.monotonic() - killed_at <= ADOPTED_SECONDS
            assert await states(hotline) == {"talking": 1, "waiting": 3, "menu": 1}
            talking.media.say(tone(CALLER, 60))
            await talk.heard.until(lambda: hears(talk, CALLER), 30)
            await talking.heard.until(lambda: hears(talking, AGENT), 30)
            await choosing.heard.hear(greeting, since=greeted)
            choosing.press("0")
            await stand(talking=1, waiting=4)
            order: list[InteractionId] = []
            for call in (*waiting, choosing, None):
                await phones[len(order)].close()
                await ended(hotline, whose)
                order.append(whose)
                async with hotline.house.database.transaction() as tx:
                    await interactions.wrap_up(tx, interaction_id=whose, agent_id=agent.id, disposition="solved")
                    await routing.finish_wrap_up(tx, interaction_id=whose, agent_id=agent.id)
                if call is not None:
                    talk, whose = await answers()
                    await call.heard.until(partial(hears, call, AGENT), 60)
            assert order == [await contact_of(hotline, number) for number in numbers]
            await stand(over=5)
    assert tally(await hotline.calls()) == {"offered": 5, "answered": 5}


async def ended(hotline: Hotline, contact: InteractionId) -> None:
    async def is_over() -> bool:
        async with hotline.house.database.transaction() as tx:
            return (await interactions.interaction(tx, contact)).ended_at is not None

    await hotline.until(is_over)
