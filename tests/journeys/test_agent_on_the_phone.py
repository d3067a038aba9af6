"""An agent talks by his browser: real SIP and RTP at both ends, and what each party heard is what counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from qiao.bss.sandbox import CAST
from tests.journeys.calls import (
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

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
MARY = CAST[4]


@pytest.fixture
async def centre(programs: str, voice_folder: Path, database_url: str) -> AsyncIterator[Centre]:  # noqa: F811
    async with centre_with_calls(database_url, voice_folder, programs) as running:
        yield running


async def test_one_key_answers_both_hear_each_other_and_pages_change_around_the_call(centre: Centre) -> None:
    async with centre.agents_browser() as browser:
        anna = await Talker.arrives(browser, centre.demo, "smith")
        await anna.is_connected()
        phone = await centre.phone(MARY.service.value)
        call = await waits_for_person(phone)
        speaks(call)
        try:
            await anna.answers()
        except Exception:
            await anna.page.screenshot(path="/tmp/c_fail.png")
            print(anna.errors, await anna.page.evaluate("document.title"))
            raise
        await caller_hears(call)
        await anna.hears(CALLER_HERTZ)
        document = await anna.page.evaluate("window.document.marked = Math.random()")

        for link in ("/desk/cases", "/desk/knowledge", "/desk/callbacks", "/desk"):
            await anna.page.locator(f".rail ul a[href='{link}']").click()
            await anna.page.wait_for_url(f"**{link}")
            await caller_hears(call)
        assert await anna.page.evaluate("window.document.marked") == document, "one document all the time"
        await anna.hears(CALLER_HERTZ)

        await anna.page.keyboard.press("h")
        await caller_hears_other(call)
        await anna.page.keyboard.press("h")
        await caller_hears(call)

        await anna.page.keyboard.press("x")
        await call.ended.wait()
        await expect(anna.page.locator("#my-work")).to_contain_text("write up")
        await anna.close()
        await phone.close()
