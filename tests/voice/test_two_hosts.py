"""Two machines with an Asterisk each serve one house: neither takes the other's calls, which it could not command."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest
from sqlalchemy import select

from qiao.channels.voice.store import voice_calls
from tests.voice.centre import HOTLINE, Hotline

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
GREETING = "您好，请按键选择。"


async def test_the_calls_of_a_dead_worker_are_left_to_its_own_machine(hotline: Hotline) -> None:
    async def owner() -> str:
        async with hotline.house.database.transaction() as tx:
            return str(await tx.scalar(select(voice_calls.c.owner)))

    async with AsyncExitStack() as dying:
        await dying.enter_async_context(hotline.worker("qiao-aa-1"))
        phone = await hotline.phone("+8613700009999")
        call = await phone.call(HOTLINE)
        greeted = await call.heard.hear(await hotline.prompt(GREETING, "zh-CN"))
        async with hotline.worker("qiao-bb-1") as other:
            await dying.aclose()

            async def seen() -> bool:
                return bool(other.adoption.elsewhere.since)

            await hotline.until(seen)
            assert await owner() == "qiao-aa-1"
            async with hotline.worker("qiao-aa-2"):

                async def taken() -> bool:
                    return await owner() == "qiao-aa-2"

                await hotline.until(taken)
                await call.heard.hear(await hotline.prompt(GREETING, "zh-CN"), since=greeted)
                await call.hang_up()
                await phone.close()
