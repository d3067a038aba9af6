"""An agent sets up a SIP telephone on the desk and chooses it in the strip: it rings instead of the browser, and the
desk goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from qiao.channels.voice.sandbox.answering import AnsweringPhone
from tests.journeys.calls import (
    AGENT_HERTZ,
    CALLER_HERTZ,
    Centre,
    Talker,
    caller_hears,
    caller_hears_other,
    centre_with_calls,
    speaks,
    waits_for_person,
)
from tests.voice.conftest import programs, voice_folder  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]
STRANGER = "+8613700009999"


@pytest.fixture
async def centre(programs: str, voice_folder: Path, database_url: str) -> AsyncIterator[Centre]:  # noqa: F811
    async with centre_with_calls(database_url, voice_folder, programs) as running:
        yield running


async def test_a_call_rings_at_the_sip_telephone_that_he_chose_and_its_contact_opens_when_he_picks_up(
    centre: Centre,
) -> None:
    async with centre.agents_browser(devices=False) as browser:
        chen = await Talker.signs_in(browser, centre.demo, "chen")
        page = chen.page
        await expect(page.locator("#phone-trouble")).to_be_visible(timeout=30_000)  # this computer has no microphone
        await page.goto("/desk/telephone")
        await page.get_by_role("button", name="设置话机").click()
        secret = (await page.locator("#telephone-secret").inner_text()).strip()
        login = (await page.locator("dd", has_text="tel-").inner_text()).strip()
        server = ("127.0.0.1", centre.demo.settings.voice.sip_port)
        telephone = await AnsweringPhone.listen(server, login, name=login, password=secret, asserted=False)
        assert await telephone.registering() == 200
        await page.goto("/desk/telephone")
        await expect(page.locator("main dl")).to_contain_text("已登录")
        await expect(page.locator("#telephone-secret")).to_have_count(0)
        await page.locator("#phone-place button", has_text="SIP 话机").click()
        await expect(page.locator("#phone-place")).to_have_attribute("data-place", "telephone")
        await expect(page.locator("#phone-state")).to_have_text("来电在您的话机上振铃")
        await expect(page.locator("#phone-trouble")).to_be_hidden()
        await page.goto("/desk")
        await expect(page.locator("#phone-state")).to_have_text("来电在您的话机上振铃", timeout=30_000)
        await chen.set_status("ready")

        phone = await centre.phone(STRANGER)
        call = await waits_for_person(phone)
        speaks(call)
        await telephone.rung(seconds=60)
        await expect(page.locator("#phone-calls")).to_contain_text("请拿起话机接听")
        theirs = await telephone.pick_up()
        speaks(theirs, AGENT_HERTZ)
        await page.wait_for_url("**/desk/contacts/*")
        await caller_hears(call)
        await caller_hears(theirs, CALLER_HERTZ)
        await expect(page.locator("[data-phone='mute']")).to_have_count(0)  # the telephone's own key
        await chen.key("h")
        await caller_hears_other(call)
        await chen.key("h")
        await caller_hears(call)
        await chen.hangs_up()
        await theirs.ended.wait()
        await call.ended.wait()
        await telephone.close()
        await phone.close()
