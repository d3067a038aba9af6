"""Money for calls out is used up, on the wire: the next number is not rung, until the next day; other calls go on."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from qiao.routing.room import ROOM as ROUTING
from tests.voice.centre import HOTLINE, Hotline, events_told
from tests.voice.conversing import AGENT, hear_each_other, hears, next_talk, written_up
from tests.voice.network import Network, open_network
from tests.voice.staffed import VoiceAgent, at_work, beside

if TYPE_CHECKING:
    from pathlib import Path

    from qiao.channels.voice.sandbox import PhoneCall, Softphone
    from qiao.channels.voice.sandbox.answering import AnsweringPhone

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
TWO_BEGUN_MINUTES = "0.40"


async def called(network: Network, agent: VoiceAgent, desk_phone: AnsweringPhone, mary: AnsweringPhone) -> None:
    """An agent is put through to Mary, they hear each other, she hangs up, he writes it up."""
    talk, whose = await next_talk(desk_phone)
    hers = await mary.pick_up(seconds=60)
    await hear_each_other(hers, talk)
    await hers.hang_up()
    await written_up(network.hotline, agent, whose)


async def calls_in(hotline: Hotline, number: str) -> tuple[Softphone, PhoneCall]:
    """A caller who asks for a person."""
    phone = await hotline.phone(number)
    call = await phone.call(HOTLINE)
    await call.heard.hear(await hotline.prompt("您好，请按键选择。", "zh-CN"), seconds=60)
    call.press("0")
    return phone, call


async def refusals(hotline: Hotline) -> list[str]:
    async with hotline.house.database.transaction() as tx:
        told = await tx.rows(text("select details from audit_entries where act = 'refuse.call_out' order by id"))
    return [row["details"]["why"] for row in told]


async def test_once_a_days_money_is_spent_nobody_is_rung_until_the_next_day_and_other_calls_go_on(
    programs: str, voice_folder: Path, database_url: str
) -> None:
    opened = open_network(programs, voice_folder, database_url, house={"spend_day_max": TWO_BEGUN_MINUTES})
    async with opened as network:
        mary, hotline, clock = await network.telephone(), network.hotline, network.hotline.house.clock
        noon = clock.now().replace(hour=12, minute=0, second=0) + timedelta(days=1)
        clock.offset = noon - clock.now()  # type: ignore[misc]
        async with hotline.worker():
            async with at_work(hotline) as (_, first_phone), events_told(hotline, ROUTING):
                caller, call = await calls_in(hotline, "+8613700001234")
                beside_it, _ = await next_talk(first_phone)
                await hear_each_other(call, beside_it)
                async with beside(hotline) as (agent, desk_phone):
                    for key in ("one", "two"):
                        await network.owe(key)
                        await called(network, agent, desk_phone, mary)
                    assert await refusals(hotline) == []

                    await network.owe("three")
                    talk, whose = await next_talk(desk_phone)
                    async with asyncio.timeout(60):
                        await talk.ended.wait()
                    await written_up(hotline, agent, whose)
                    assert await refusals(hotline) == ["spend"] and mary.rings.empty()

                    assert not call.ended.is_set()
                    call.heard.sound.clear()
                    await hears(call, AGENT)
                    other, second = await calls_in(hotline, "+8613700001235")
                    talk, _ = await next_talk(desk_phone)
                    await hear_each_other(second, talk)
                    for phone in (other, caller):
                        await phone.close()

            async def all_over() -> bool:
                return all(one.state == "over" for one in await hotline.calls())

            await hotline.until(all_over)
            clock.offset += timedelta(days=1)  # type: ignore[misc]
            async with at_work(hotline) as (agent, desk_phone):
                await network.owe("four")
                await called(network, agent, desk_phone, mary)
            assert await refusals(hotline) == ["spend"]
        await mary.close()
