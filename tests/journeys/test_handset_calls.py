"""The demo's handset calls from its page: what the browser's telephone heard and sent is what counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from qiao.app.demo.cast import FAULT_LINE
from qiao.bss.sandbox import CAST
from qiao.channels.voice.store import voice_calls
from tests.journeys.calls import (
    AGENT_HERTZ,
    CALLER_HERTZ,
    HEARS,
    HOTLINE,
    LISTEN,
    Centre,
    Talker,
)
from tests.journeys.fit_to_show import english, wrong_with
from tests.journeys.people import DESK, PHONE, Customer, picture
from tests.journeys.test_telephone_devices import Permission

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from qiao.platform.database import Transaction

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]
MARY = CAST[4]
HEARS_A_VOICE = (
    "async () => {"
    + LISTEN.replace("near / whole", "whole")
    + "const until = performance.now() + 30000; let loud = 0; while (performance.now() < until)"
    + " { if ((await share(440)) > 1e-5 && ++loud === 4) return true; } return false; }"
)
"""Sound came out of the telephone four times, each for a third of a second."""


class Dialler(Customer):
    """A customer on his handset's page."""

    @classmethod
    async def picks_up(cls, browser: Browser, centre: Centre, language: str = "zh-CN", dark: bool = False) -> Dialler:
        scheme: Literal["dark", "light"] = "dark" if dark else "light"
        context = await browser.new_context(
            viewport=PHONE, locale=language, color_scheme=scheme, base_url=centre.demo.address
        )
        made = cls(context, await context.new_page())
        await made.page.goto(f"/demo/handset?number={MARY.service.value.replace('+', '%2B')}")
        return made

    async def stands(self, how: str) -> None:
        await expect(self.page.locator("#dial")).to_have_attribute("data-stands", how, timeout=30_000)

    async def hears_the_menu(self) -> None:
        assert await self.page.evaluate(HEARS_A_VOICE), "hears nothing"

    async def hears(self, hertz: float) -> None:
        assert await self.page.evaluate(HEARS, [hertz, 40_000]), f"does not hear {hertz} Hz"


async def newest_call(tx: Transaction) -> tuple[str, str, str]:
    row = (await tx.rows(select(voice_calls).order_by(voice_calls.c.began_at.desc()).limit(1)))[0]
    return str(row["number"]), str(row["dialled"]), str(row["trunk"])


async def test_the_handset_dials_the_hotline_hears_the_menu_talks_with_an_agent_and_hangs_up(centre: Centre) -> None:
    async with centre.agents_browser() as one, centre.agents_browser(CALLER_HERTZ) as two:
        anna = await Talker.comes(one, centre.demo, "smith")
        mary = await Dialler.picks_up(two, centre)
        await mary.page.get_by_role("button", name="拨打").click()
        await mary.stands("talking")
        await mary.hears_the_menu()
        assert await centre.demo.at_the_operator(newest_call) == (str(MARY.service), HOTLINE, "sea")
        await picture(mary.page, "handset-in-a-call")
        await mary.page.get_by_role("group", name="按键").get_by_role("button", name="0").click()
        await anna.answers()
        await anna.hears(CALLER_HERTZ)
        await mary.hears(AGENT_HERTZ)
        screen = await anna.page.locator("body").inner_text()
        assert MARY.service.national not in screen, "a number that is vouched for is a hint, and proves nothing"
        await mary.page.get_by_role("button", name="挂断").click()
        await mary.stands("idle")
        await expect(anna.page.locator(".phone-call")).to_have_count(0)
        await expect(anna.page.locator("#my-work")).to_contain_text("write up")
        await anna.wraps_up("information_given", topic="asked something", note="told her")
        await expect(mary.page.locator("#dial-state")).to_have_text("通话已结束")
        await expect(mary.page.get_by_role("button", name="拨打")).to_be_focused()
        await mary.close()
        await anna.close()


async def test_without_a_microphone_it_hears_and_its_keys_are_heard_and_the_keyboard_does_it_all(
    centre: Centre,
) -> None:
    async with centre.agents_browser() as one, centre.agents_browser(asks=True) as two:
        anna = await Talker.comes(one, centre.demo, "smith")
        mary = await Dialler.picks_up(two, centre)
        await (await Permission.of(two, centre)).becomes("denied")
        await mary.page.locator(f"[data-line='{FAULT_LINE}']").press("Enter")
        await mary.page.get_by_label("要拨的号码").press("Enter")
        await mary.stands("talking")
        await expect(mary.page.locator("#dial-note")).to_contain_text("对方听不到您")
        await mary.hears_the_menu()
        assert await centre.demo.at_the_operator(newest_call) == (str(MARY.service), FAULT_LINE, "sea")
        await mary.page.get_by_role("button", name="挂断").press("0")
        await anna.answers()
        await mary.hears(AGENT_HERTZ)
        await mary.page.get_by_role("button", name="挂断").press("Enter")
        await mary.stands("idle")
        await expect(anna.page.locator(".phone-call")).to_have_count(0)
        await expect(anna.page.locator("#my-work")).to_contain_text("write up")
        await anna.wraps_up("information_given", topic="asked something", note="told her")
        await mary.close()
        await anna.close()


async def test_the_dial_pad_is_fit_for_everyone(centre: Centre) -> None:
    foreign = english()
    async with centre.agents_browser() as browser:
        for language, dark in (("zh-CN", False), ("zh-CN", True), ("en", False), ("en", True)):
            mary = await Dialler.picks_up(browser, centre, language, dark)
            wrong = []
            for size in (PHONE, DESK):
                await mary.page.set_viewport_size(size)
                strange = foreign if language == "zh-CN" else set()
                wrong += await wrong_with(mary.page, "/demo/handset", language=language, foreign=strange)
                await picture(mary.page, f"handset-{language}-{'dark' if dark else 'light'}-{size['width']}")
            assert not wrong, "\n".join(wrong)
            await mary.close()
