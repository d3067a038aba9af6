"""A worker of calls is killed as a process: its callers hear on, are taken over within seconds, and none is lost."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import select

from qiao.channels.voice.model import tally
from qiao.channels.voice.sandbox.sound import loud
from qiao.channels.voice.store import voice_calls
from tests.voice.centre import HOTLINE, Hotline
from tests.voice.processes import qiao

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
GREETING = "您好，请选或直接说您要办什么。"
ADOPTED_SECONDS = 5.0


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
