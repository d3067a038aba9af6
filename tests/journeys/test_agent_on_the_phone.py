"""An agent talks by his browser: real SIP and RTP at both ends, and what each party heard is what counts."""

from __future__ import annotations

import os
import signal

import pytest
from playwright.async_api import expect

from qiao.bss.sandbox import CAST
from tests.journeys.calls import (
    CALLER_HERTZ,
    CHEN,
    LI,
    LIU,
    PASSWORD,
    STRANGER,
    Centre,
    Talker,
    caller_hears,
    caller_hears_other,
    choose_password,
    keys_password,
    share_heard,
    speaks,
    three_agents,
    waits_for_person,
)

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]
MARY = CAST[4]


async def test_one_key_answers_both_hear_each_other_and_pages_change_around_the_call(centre: Centre) -> None:
    await centre.demo.at_the_operator(choose_password, MARY.service)
    async with centre.agents_browser() as browser:
        anna = await Talker.comes(browser, centre.demo, "smith")
        phone = await centre.phone(MARY.service.value)
        call = await anna.takes_call_of(phone)
        screen = await anna.page.locator("body").inner_text()
        assert "Mary" not in screen and MARY.service.national not in screen, "who it is has not been proved"

        marked = await anna.page.evaluate("window.document.marked = Math.random()")
        contact = anna.page.url
        for link in ("/desk/cases", "/desk/knowledge", "/desk/callbacks", "/desk"):
            await anna.page.locator(f".rail ul a[href='{link}']").click()
            await anna.page.wait_for_url(f"**{link}")
            await caller_hears(call)
        await anna.page.go_back()
        await anna.page.wait_for_url("**/desk/callbacks")
        await caller_hears(call)
        assert await anna.page.evaluate("window.document.marked") == marked, "one document all the time"
        await anna.hears(CALLER_HERTZ)

        await anna.key("h")
        await caller_hears_other(call)
        await anna.key("h")
        await caller_hears(call)
        await anna.key("t")
        await anna.page.locator("[data-digit='7']").click()
        await call.heard.until(lambda: call.heard.digits == "7", 10)
        await anna.page.keyboard.press("Escape")
        await anna.key("m")
        await expect(anna.page.locator("[data-phone=mute]")).to_have_attribute("aria-pressed", "true")
        await call.heard.until(lambda: share_heard(call, 1000.0) == 0.0, 10)
        await anna.key("m")
        await caller_hears(call)

        await anna.page.locator("[id^=conversation-] a").first.click()
        await anna.page.wait_for_url(contact)
        await keys_password(anna, call)
        await expect(anna.page.locator("#contact-head")).to_contain_text("Mary")
        await caller_hears(call)
        await anna.hears(CALLER_HERTZ)
        assert PASSWORD not in await anna.page.content()

        await anna.hangs_up()
        await call.ended.wait()
        await expect(anna.page.locator("#my-work")).to_contain_text("write up")
        await anna.wraps_up("information_given", topic="asked something", note="told her")
        await anna.close()
        await phone.close()


async def test_a_colleague_is_asked_joins_and_takes_over_and_a_leader_listens_whispers_and_comes_in(
    centre: Centre,
) -> None:
    async with three_agents(centre) as three:
        chen, call = three.chen, three.call
        li = await three.li()
        await chen.key("q")
        await chen.page.locator("#phone-asks button", has_text="李强").click()
        await expect(li.page.locator(".phone-call[data-role=consulted]")).to_be_visible()
        await li.key("a")
        await li.hears(CHEN)
        await chen.hears(LI)
        await caller_hears_other(call, CHEN)
        await li.hears_nothing_of(CALLER_HERTZ)
        await chen.key("g")
        await li.hears(CALLER_HERTZ)
        await caller_hears(call, LI)
        await chen.key("o")
        await expect(li.page.locator("[id^=conversation-]")).to_be_visible()
        await caller_hears(call, LI)
        await expect(chen.page.locator(".phone-call")).to_have_count(0)

        liu = await three.liu()
        await liu.is_connected()
        await li.page.locator("form[action$='/hard'] button").click()
        await expect(liu.page.locator(".phone-led")).to_be_visible()
        await liu.page.locator(".phone-led form[action$='/lead/whisper'] button").click()
        await li.hears(LIU)
        await liu.hears(CALLER_HERTZ)
        await liu.hears(LI)
        await caller_hears(call, LI)
        assert share_heard(call, LIU) < 0.02, "the caller hears nothing of a whisper"
        await liu.page.locator("form[action$='/lead/listen'] button").click()
        await expect(liu.page.locator("#phone-calls")).to_contain_text("旁听")
        await liu.hears(CALLER_HERTZ)
        await li.hears_nothing_of(LIU)
        await liu.page.locator("form[action$='/lead/barge'] button").click()
        await caller_hears(call, LIU)
        await li.hears(LIU)
        await liu.page.locator("form[action$='/lead/take-over'] button").click()
        await expect(li.page.locator(".phone-call")).to_have_count(0)
        await expect(li.page.locator("#phone-calls")).to_contain_text("请缓一缓")
        await caller_hears(call, LIU)
        await call.hang_up()
        await expect(liu.page.locator(".phone-call")).to_have_count(0)
        for person in (li, liu):
            await person.close()


async def test_a_killed_worker_cuts_nobody_off(centre: Centre) -> None:
    demo = centre.demo
    async with centre.agents_browser(CHEN) as one:
        chen = await Talker.comes(one, demo, "chen")
        phone = await centre.phone(STRANGER)
        call = await chen.takes_call_of(phone, CHEN)

        demo.processes["voice worker"].kill()
        await demo.processes["voice worker"].wait()
        await caller_hears(call, CHEN)
        await demo.start("voice worker")
        await chen.key("h")
        await caller_hears_other(call, CHEN, seconds=40)
        await chen.key("h")
        await caller_hears(call, CHEN)
        await chen.hears(CALLER_HERTZ)
        await call.hang_up()
        await chen.wraps_up("information_given", topic="asked something", note="told him")
        await chen.close()
        await phone.close()


async def test_a_killed_asterisk_frees_the_agent_and_her_browsers_telephone_comes_back_by_itself(
    centre: Centre,
) -> None:
    async with centre.agents_browser(CHEN) as one:
        chen = await Talker.comes(one, centre.demo, "chen")
        phone = await centre.phone(STRANGER)
        call = await chen.takes_call_of(phone, CHEN)
        pid = int((centre.demo.settings.data_folder / "voice" / "asterisk.pid").read_text("ascii"))
        os.kill(pid, signal.SIGKILL)
        await expect(chen.page.locator("#phone-state")).not_to_have_attribute("data-tone", "green", timeout=30_000)
        await chen.is_connected()
        await expect(chen.page.locator(".phone-call")).to_have_count(0)
        call.end()
        again = await waits_for_person(phone)
        speaks(again)
        first = chen.page.url
        await expect(chen.page.locator(".offer")).to_be_visible(timeout=20_000)
        await chen.key("a")
        await expect(chen.page).not_to_have_url(first)
        await caller_hears(again, CHEN)
        await chen.hears(CALLER_HERTZ)
        await chen.close()
        await phone.close()
