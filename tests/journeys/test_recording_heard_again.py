"""What was said on the telephone, heard again from the timeline; and what is shown when it cannot be kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from playwright.async_api import expect
from sqlalchemy import select

from qiao import staff
from qiao.bss.sandbox import CAST
from qiao.channels.voice.configuration import ARI_USER
from qiao.channels.voice.model_recording import PREFIX
from qiao.channels.voice.server import ari_password, voice_folder
from qiao.platform.audit import audit_entries
from tests.journeys.calls import (
    AGENT_HERTZ,
    CALLER_HERTZ,
    STRANGER,
    Centre,
    Talker,
    caller_hears,
    centre_with_calls,
    choose_password,
    has_tone,
    keys_password,
    recorded,
)
from tests.journeys.people import Agent, axe_finds_nothing
from tests.looking import a_moment

if TYPE_CHECKING:
    from pathlib import Path

    from qiao.platform.database import Transaction

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]
MARY = CAST[4]
LIU = 2000.0
ALL_THE_ROOM_MB = 1_000_000_000
PLAYS = """async (player) => {
  await player.play();
  await new Promise((done) => player.addEventListener("timeupdate", () => player.currentTime > 0.5 && done()));
  player.pause();
  return [player.currentTime, player.duration];
}"""


async def test_a_leader_hears_a_call_again_from_the_customers_timeline_on_record_and_an_agent_does_not(
    centre: Centre,
) -> None:
    demo = centre.demo
    await demo.at_the_operator(choose_password, MARY.service)
    async with centre.agents_browser() as one, centre.agents_browser(LIU) as two:
        anna = await Talker.comes(one, demo, "smith")
        phone = await centre.phone(MARY.service.value)
        call = await anna.takes_call_of(phone)
        first = anna.page.url.rpartition("/")[2]
        await keys_password(anna, call)
        await expect(anna.page.locator("#contact-head")).to_contain_text("Mary")
        await caller_hears(call)
        await call.hang_up()
        await anna.wraps_up("information_given", topic="her bill", note="told her")
        liu = await Talker.signs_in(two, demo, "liu")
        said, heard = await recorded(liu, first)
        assert has_tone(said, CALLER_HERTZ) and has_tone(heard, AGENT_HERTZ)

        # She calls again: once it is proved who she is, the recording stands on her timeline.
        call = await anna.takes_call_of(phone)
        now = anna.page.url
        entry = "#contact-before li:has-text('recorded, ')"
        await expect(anna.page.locator("#contact-before")).to_contain_text("her bill")
        await expect(anna.page.locator(entry)).to_have_count(0)
        await keys_password(anna, call)
        await expect(anna.page.locator(entry)).to_have_count(1)
        await expect(anna.page.locator(f"{entry} a")).to_have_count(0)
        refused = await anna.page.request.get(f"/desk/recordings/{first}/sound")
        assert refused.status in {403, 404}

        await liu.page.goto(now)
        line = liu.page.locator("#contact-before li", has_text="已录音")
        await line.get_by_role("link", name="查看").click()
        await liu.page.wait_for_url(f"**/desk/recordings/{first}")
        await axe_finds_nothing(liu.page)
        played, lasts = await liu.page.locator("main audio").evaluate(PLAYS)
        assert played > 0.5 and lasts > 1

        async def listened(tx: Transaction) -> list[tuple[Any, Any, bool]]:
            leader = await staff.agent_by_login(tx, "liu")
            assert leader is not None
            mine = audit_entries.c.act == "view.recording"
            rows = await tx.rows(select(audit_entries).where(mine))
            return [
                (row["actor"] == f"agent:{leader.id}", str(row["interaction_id"]), row["customer_id"] is not None)
                for row in rows
            ]

        on_record = await demo.at_the_operator(listened)
        assert len(on_record) >= 2, "by a program and by the player"
        assert set(on_record) == {(True, first, True)}, "the leader, this call, this customer"
        await caller_hears(call)
        await call.hang_up()
        await anna.wraps_up("information_given", topic="her bill", note="told her again")
        await anna.close()
        await liu.close()
        await phone.close()


async def test_a_full_disk_is_told_to_agent_and_leader_and_the_call_goes_on(
    programs: str, voice_folder: Path, database_url: str
) -> None:
    full = centre_with_calls(database_url, voice_folder, programs, recording_room_mb=ALL_THE_ROOM_MB)
    async with full as centre, centre.agents_browser() as one, centre.agents_browser(LIU) as two:
        liu = await Agent.signs_in(two, centre.demo, "liu")
        await liu.page.goto("/desk/calls")
        await expect(liu.page.locator("#call-figures [role=alert]")).to_have_count(0)
        chen = await Talker.comes(one, centre.demo, "chen")
        phone = await centre.phone(STRANGER)
        call = await chen.takes_call_of(phone)
        await expect(chen.page.locator("#phone-calls")).to_contain_text("未录音：磁盘已满")
        await expect(liu.page.locator("#call-figures [role=alert]")).to_contain_text("1 通电话因磁盘已满未录音")
        await expect(liu.page.locator("#talking-now")).to_contain_text("未录音：磁盘已满")
        await axe_finds_nothing(liu.page)
        await caller_hears(call)
        await chen.hears(CALLER_HERTZ)
        await call.hang_up()
        await chen.wraps_up("information_given", topic="问营业时间", note="已告知")
        await chen.close()
        await liu.close()
        await phone.close()


async def test_a_recording_that_breaks_off_in_the_midst_of_a_call_is_told_to_agent_and_leader_and_its_part_is_kept(
    centre: Centre,
) -> None:
    async with centre.agents_browser() as one, centre.agents_browser(LIU) as two:
        liu = await Agent.signs_in(two, centre.demo, "liu")
        await liu.page.goto("/desk/calls")
        chen = await Talker.comes(one, centre.demo, "chen")
        phone = await centre.phone(STRANGER)
        call = await chen.takes_call_of(phone)
        contact = chen.page.url.rpartition("/")[2]
        await expect(chen.page.locator("#phone-calls form[action$='/record-stop']")).to_be_visible()
        await breaks_off(centre)
        await expect(chen.page.locator("#phone-calls")).to_contain_text("已停止录音：无法写入")
        await expect(chen.page.locator("#phone-calls form[action$='/record-stop']")).to_have_count(0)
        await expect(liu.page.locator("#talking-now")).to_contain_text("已停止录音：无法写入")
        told = liu.page.locator("#call-figures [role=alert]", has_text="1 通电话因录音无法写入未录完")
        await expect(told).to_be_visible()
        await axe_finds_nothing(chen.page)
        await axe_finds_nothing(liu.page)
        await caller_hears(call)
        await chen.hears(CALLER_HERTZ)
        await call.hang_up()
        await chen.wraps_up("information_given", topic="问营业时间", note="已告知")
        said, heard = await recorded(liu, contact)
        assert has_tone(said, CALLER_HERTZ) or has_tone(heard, AGENT_HERTZ), "what was written until then"
        await liu.page.goto(f"/desk/recordings/{contact}")
        await expect(liu.page.locator("main tbody")).to_contain_text("未录完：无法写入")
        await axe_finds_nothing(liu.page)
        await chen.close()
        await liu.close()
        await phone.close()


async def breaks_off(centre: Centre) -> None:
    """Asterisk ends a recording that it has begun to write of its own accord, as it does on a disk that refuses."""
    settings = centre.demo.settings
    address = f"http://127.0.0.1:{settings.voice.http_port}/ari"
    auth, spool = (ARI_USER, ari_password(settings)), voice_folder(settings) / "asterisk" / "spool" / "recording"
    async with asyncio.timeout(60), httpx2.AsyncClient(auth=auth, trust_env=False) as client:
        while not (written := [one for one in spool.glob(f"{PREFIX}*.wav") if one.stat().st_size > 16_000]):
            await a_moment()
        [name, *_] = [one.stem for one in written]
        assert (await client.post(f"{address}/recordings/live/{name}/stop")).status_code == 204
