"""Calls in a worker against the real Asterisk: what callers hear, and what becomes of calls when something dies."""

from __future__ import annotations

import asyncio
import os
import signal
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from qiao import interactions, post, routing, selfservice
from qiao.channels.voice import AsteriskServer, Speaker
from qiao.channels.voice.model import tally
from qiao.channels.voice.sandbox.sound import loud
from qiao.channels.voice.script import say
from qiao.channels.voice.store import voice_calls
from qiao.kernel.service_ids import ServiceId
from qiao.platform.settings import Settings
from tests.voice.centre import HOTLINE, Hotline, fill_hotline, open_hotline_house
from tests.voice.conftest import voice_settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
STRANGER = "+8613700009999"


@pytest.fixture
def settings(programs: str, voice_folder: Path, database_url: str) -> Settings:
    return voice_settings(programs, voice_folder).model_copy(update={"database_url": database_url})


@pytest.fixture
async def hotline(settings: Settings) -> AsyncIterator[Hotline]:
    house = open_hotline_house(settings)
    await fill_hotline(house)
    server = AsteriskServer(settings)
    await server.start()
    here = Hotline(house, Speaker(settings), server)
    yield here
    await server.stop()
    await house.database.close()


GREETING = "您好，请按键选择。"


async def test_a_stranger_hears_the_menu_and_a_key_stops_it(hotline: Hotline) -> None:
    async with hotline.worker():
        phone = await hotline.phone(STRANGER)
        call = await phone.call(HOTLINE)
        assert call.status == 200
        greeted = await call.heard.hear(await hotline.prompt(GREETING, "zh-CN"))
        await call.heard.hear(await hotline.own("press", "zh-CN", key="0"), since=greeted)
        call.press("1")
        asked = await call.heard.hear(await hotline.prompt("查余额，还是查账单？", "zh-CN"), since=greeted)
        missed = await hotline.prompt("紧急求助", "zh-CN")  # the menu's last choice, which the key cut off
        assert call.heard.find(missed, until=asked) is None
        await phone.close()
        await hotline.until(lambda: _over(hotline))
    (ended,) = await hotline.calls()
    assert ended.outcome == "left" and not tally([ended])


async def _over(hotline: Hotline) -> bool:
    return all(call.state == "over" for call in await hotline.calls())


async def _state(hotline: Hotline, state: str) -> bool:
    return [call.state for call in await hotline.calls()] == [state]


def first_seconds(whole: Path, part: Path, seconds: int = 2) -> Path:
    with wave.open(str(whole)) as read, wave.open(str(part), "wb") as out:
        out.setparams(read.getparams())
        out.writeframes(read.readframes(seconds * read.getframerate()))
    return part


async def test_zero_leads_to_a_person_and_hanging_up_then_is_abandoned(hotline: Hotline, tmp_path: Path) -> None:
    async with hotline.worker():
        phone = await hotline.phone(STRANGER)
        call = await phone.call(HOTLINE)
        greeted = await call.heard.hear(await hotline.prompt(GREETING, "zh-CN"))
        call.press("0")
        told = await call.heard.hear(await hotline.own("wait_nobody", "zh-CN"), since=greeted)
        music = first_seconds(hotline.server.folder / "asterisk" / "moh" / "chords.wav", tmp_path / "music.wav")
        assert await call.heard.hear(music, since=told)
        assert tally(await hotline.calls()) == {"offered": 1, "waiting": 1}
        await phone.close()
        await hotline.until(lambda: _over(hotline))
    assert tally(await hotline.calls()) == {"offered": 1, "abandoned": 1}


async def test_callers_of_a_worker_that_died_are_taken_over_by_another(hotline: Hotline) -> None:
    phone, menu = await hotline.phone(STRANGER), await hotline.phone("+8613700008888")
    async with hotline.worker("qiao-one"):
        waiting = await phone.call(HOTLINE)
        await waiting.heard.hear(await hotline.prompt(GREETING, "zh-CN"))
        waiting.press("0")
        await hotline.until(lambda: _state(hotline, "waiting"))
        choosing = await menu.call(HOTLINE)
        greeted = await choosing.heard.hear(await hotline.prompt(GREETING, "zh-CN"))
    began = asyncio.get_running_loop().time()
    async with hotline.worker("qiao-two") as board:
        again = await choosing.heard.hear(await hotline.prompt(GREETING, "zh-CN"), since=greeted)
        assert asyncio.get_running_loop().time() - began < 8
        assert len(board.lines) == 2 and again
        choosing.press("1")
        await choosing.heard.hear(await hotline.prompt("查余额，还是查账单？", "zh-CN"), since=again)
        assert tally(await hotline.calls()) == {"offered": 1, "waiting": 1}
        await phone.close()
        await menu.close()
        await hotline.until(lambda: _over(hotline))


async def test_new_callers_are_kept_company_while_no_worker_is_there_and_then_served(hotline: Hotline) -> None:
    phone = await hotline.phone(STRANGER)
    call = await phone.call(HOTLINE)
    assert call.status == 200
    await call.heard.until(lambda: loud(call.heard.samples()) > 8000, 20)  # a sentence or music, not silence
    async with hotline.worker():
        await call.heard.hear(await hotline.prompt(GREETING, "zh-CN"), seconds=30)
        await phone.close()
        await hotline.until(lambda: _over(hotline))


async def test_a_caller_whom_a_worker_cannot_begin_with_is_kept_company_and_offered_again(hotline: Hotline) -> None:
    async with hotline.house.database.transaction() as tx:
        await routing.ensure_entry_point(tx, number=HOTLINE, code="hotline", names={"en": "Hotline"}, flow="not_there")
    async with hotline.worker():
        phone = await hotline.phone(STRANGER)
        call = await phone.call(HOTLINE)
        assert call.status == 200
        await call.heard.until(lambda: loud(call.heard.samples()) > 8000, 20)
        async with hotline.house.database.transaction() as tx:
            await routing.ensure_entry_point(
                tx, number=HOTLINE, code="hotline", names={"en": "Hotline"}, language="zh-CN"
            )
        await call.heard.hear(await hotline.prompt(GREETING, "zh-CN"), seconds=40)
        await phone.close()
        await hotline.until(lambda: _over(hotline))


async def test_calls_of_an_asterisk_that_was_killed_are_dropped_not_forgotten(hotline: Hotline) -> None:
    async with hotline.worker():
        watching = asyncio.create_task(hotline.server.supervise())
        phone = await hotline.phone(STRANGER)
        call = await phone.call(HOTLINE)
        await call.heard.hear(await hotline.prompt(GREETING, "zh-CN"))
        call.press("0")
        await hotline.until(lambda: _state(hotline, "waiting"))
        assert hotline.server.pid is not None
        os.kill(hotline.server.pid, signal.SIGKILL)
        await hotline.until(lambda: _over(hotline), 20)
        assert tally(await hotline.calls()) == {"offered": 1, "dropped": 1}
        async with hotline.house.database.transaction() as tx:
            (text,) = await post.messages_to(tx, ServiceId("mobile", STRANGER))
        assert text.text == say("cut_off_stranger", "zh-CN"), "one text; a call back is owed to customers"
        again = await phone.call(HOTLINE)
        assert again.status == 200
        await again.heard.hear(await hotline.prompt(GREETING, "zh-CN"))
        watching.cancel()
        call.end()
        await again.hang_up()
        await phone.close()


@pytest.mark.parametrize("calls_himself", [STRANGER, "trunk-sea"])
async def test_a_stranger_to_every_trunk_is_refused(hotline: Hotline, calls_himself: str) -> None:
    async with hotline.worker():
        phone = await hotline.phone(calls_himself, bind="127.0.0.2")
        call = await phone.call(HOTLINE, seconds=10)
        assert call.status in {401, 403}
        await phone.close()
    assert await hotline.calls() == []


async def test_a_number_nobody_vouches_for_is_nobodys(hotline: Hotline, settings: Settings) -> None:
    sea = settings.voice.trunks[0].model_copy(update={"asserted": False})
    unsure = settings.voice.model_copy(update={"trunks": (sea,)})
    hotline.house.settings = settings.model_copy(update={"voice": unsure})
    async with hotline.worker():
        phone = await hotline.phone("+8613912345678", name='"><b>${EXTEN}')
        call = await phone.call(HOTLINE)
        await call.heard.hear(await hotline.prompt(GREETING, "zh-CN"))
        async with hotline.house.database.transaction() as tx:
            row = await tx.one(select(voice_calls))
            assert row is not None and row["number"] == "" and row["customer_id"] is None
            contact = await interactions.interaction(tx, row["interaction_id"])
            assert contact.customer_id is None and contact.service_id is None and contact.channel == "voice"
            assert await selfservice.session_of_contact(tx, contact.id) is not None
        await phone.close()
        await hotline.until(lambda: _over(hotline))
