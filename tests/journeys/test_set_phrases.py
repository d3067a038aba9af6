"""An agent who speaks no English helps a caller who speaks nothing else: by a sentence, a key, and Enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from qiao.bss.sandbox import CAST
from qiao.channels.voice import Speaker
from qiao.channels.voice.line_phrases import texts
from qiao.channels.voice.script import say
from tests.journeys.calls import Centre, Talker, caller_hears, waits_for_person
from tests.journeys.people import PHONE, axe_finds_nothing

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
MARY = CAST[4]


async def test_a_word_and_enter_ask_her_in_english_and_her_key_stands_there_in_chinese(centre: Centre) -> None:
    speaker = Speaker(centre.demo.settings)

    async def sound(words: str) -> Path:
        return (await speaker.prompt(words, "en")).path

    async with centre.agents_browser() as browser:
        chen = await Talker.comes(browser, centre.demo, "chen")
        phone = await centre.phone(MARY.service.value)
        call = await waits_for_person(phone)
        told = await call.heard.hear(await sound(say("any_language_offer", "en")))
        call.press("2")
        await chen.answers()
        await caller_hears(call)
        page = chen.page
        await expect(page.locator("#phrases-title")).to_contain_text("English")

        await chen.key("p")
        await page.keyboard.type("解决")
        await expect(page.locator("#phrase-list button.phrase")).to_have_count(1)
        await page.keyboard.press("Enter")
        told = await call.heard.hear(await sound(texts().say("solved_now", "en")), since=told)
        await expect(page.locator(".phrases-said")).to_contain_text("等他按键")
        await expect(page.locator("#phrase-words")).to_have_value("")
        await expect(page.locator("#phrase-words")).to_be_focused()
        call.press("1")
        await expect(page.locator(".phrase-answer")).to_have_text("1 · 是")
        await expect(page.locator("#contact-stream")).to_contain_text("Is it solved now?")
        await expect(page.locator("#contact-stream")).to_contain_text("现在解决了吗？")
        await caller_hears(call)
        await axe_finds_nothing(page)
        await page.set_viewport_size(PHONE)
        await page.locator("button[value=goodbye]").click()
        await call.heard.hear(await sound(texts().say("goodbye", "en")), since=told)
        within = "one => one.getBoundingClientRect().right <= innerWidth"
        fits = f"[...document.querySelectorAll('.phrases, .phrases *')].every({within})"
        assert await page.evaluate(fits), "no wider than a telephone"

        await call.hang_up()
        await expect(page.locator("#phrases-title")).to_have_count(0)
        await phone.close()
        await chen.close()
