"""What an agent speaks into and hears with: chosen in a call, kept, shown by its level, told of when it is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from qiao.bss.sandbox import CAST
from tests.journeys.calls import (
    AGENT_HERTZ,
    CALLER_HERTZ,
    STRANGER,
    Centre,
    Talker,
    caller_hears,
    quiet,
    share_heard,
    speaks,
    waits_for_person,
)

if TYPE_CHECKING:
    from playwright.async_api import Browser, CDPSession, Page

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]
MARY = CAST[4]
OTHER = "+8613700008888"
LI = 1500.0
FIRST, SECOND = "Fake Audio Input 1", "Fake Audio Input 2"
OUTPUT = "Fake Audio Output 2"
SPOKEN_THROUGH = "window.connections.at(-1).getSenders().find((one) => one.track)?.track.label"
RECORDS = """
  window.connections = [];
  window.tracks = [];
  const Connection = window.RTCPeerConnection;
  window.RTCPeerConnection = function (...given) {
    const made = new Connection(...given);
    window.connections.push(made);
    return made;
  };
  window.RTCPeerConnection.prototype = Connection.prototype;
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wishes) => {
    const stream = await ask(wishes);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
"""
"""Keeps the browser's own connections and microphones for the test to look at; changes nothing in them."""
LEVELS = """async (seconds) => {
  const meter = document.querySelector(".phone-line > [data-phone-level]");
  const seen = [];
  for (const until = performance.now() + seconds * 1000; performance.now() < until; ) {
    seen.push(meter.hidden ? -1 : meter.value);
    await new Promise((done) => setTimeout(done, 50));
  }
  return [Math.min(...seen), Math.max(...seen)];
}"""


async def becomes(page: Page, expression: str) -> None:
    """Wait until this holds in the page."""
    loop = "for (const until = performance.now() + 20000; performance.now() < until; )"
    pause = "await new Promise((done) => setTimeout(done, 50));"
    found = await page.evaluate(
        f"(async () => {{ {loop} {{ if ({expression}) return true; {pause} }} return false; }})()"
    )
    assert found, expression


async def chooses(page: Page, kind: str, name: str) -> None:
    """By the gear in the strip."""
    if not await page.locator(".phone-devices").evaluate("menu => menu.open"):
        await page.locator(".phone-devices summary").click()
    await page.locator(f"#phone-{kind}").select_option(label=name)


async def test_what_is_chosen_in_a_call_is_heard_at_once_and_kept_for_the_next_page(centre: Centre) -> None:
    async with centre.agents_browser() as browser:
        anna = await Talker.arrives(browser, centre.demo, "smith", script=RECORDS)
        await anna.is_connected()
        page = anna.page
        phone = await centre.phone(MARY.service.value)
        call = await anna.takes_call_of(phone)

        still, loud = await page.evaluate(LEVELS, 5)
        assert still < 0.05, "the level stands while the microphone hears nothing"
        assert loud > 0.3, "and moves with what it hears"

        await chooses(page, "microphone", SECOND)
        await becomes(page, f"{SPOKEN_THROUGH} === '{SECOND}'")
        ended = "window.tracks.filter((one) => one.readyState === 'live').map((one) => one.label).join()"
        await becomes(page, f"{ended} === '{SECOND}'")  # what is heard from here on came through it
        await caller_hears(call)
        await chooses(page, "loudspeaker", OUTPUT)
        devices = "(async () => (await navigator.mediaDevices.enumerateDevices())"
        wanted = await page.evaluate(devices + f".find((one) => one.label === '{OUTPUT}').deviceId)()")
        await becomes(page, f"document.getElementById('phone-sound').sinkId === '{wanted}'")
        await anna.hears(CALLER_HERTZ)

        await page.keyboard.press("Escape")
        await anna.key("m")
        await call.heard.until(lambda: share_heard(call, AGENT_HERTZ) == 0.0, 10)
        await chooses(page, "microphone", FIRST)
        await becomes(page, f"{SPOKEN_THROUGH} === '{FIRST}'")
        await quiet(4, call)
        assert share_heard(call, AGENT_HERTZ) == 0.0, "muted he stays muted"
        await page.keyboard.press("Escape")
        await anna.key("m")
        await caller_hears(call)

        # Unplugged: the browser ends its track, and there is another one.
        unplug = "() => { const one = window.tracks.at(-1); one.stop(); one.dispatchEvent(new Event('ended')); }"
        await page.evaluate(unplug)
        await becomes(page, "window.tracks.filter((one) => one.readyState === 'live').length === 1")
        await caller_hears(call)

        await anna.hangs_up()
        await call.ended.wait()
        await becomes(page, "window.tracks.every((one) => one.readyState === 'ended')")
        await expect(page.locator(".phone-line > [data-phone-level]")).to_be_hidden()
        await anna.wraps_up("information_given", topic="asked something", note="told her")

        await page.reload()
        await anna.is_connected()
        await expect(page.locator("#phone-microphone option:checked")).to_have_text(FIRST)
        await expect(page.locator("#phone-loudspeaker option:checked")).to_have_text(OUTPUT)
        call = await waits_for_person(phone)
        await anna.answers()
        await caller_hears(call)
        assert await page.evaluate(SPOKEN_THROUGH) == FIRST
        await becomes(page, f"document.getElementById('phone-sound').sinkId === '{wanted}'")
        await call.hang_up()
        await anna.close()
        await phone.close()


@dataclass
class Permission:
    """The browser's own, which holds as long as this session of it is open."""

    session: CDPSession
    told: dict[str, Any]

    @classmethod
    async def of(cls, browser: Browser, centre: Centre) -> Permission:
        session = await browser.new_browser_cdp_session()
        [context] = (await session.send("Target.getBrowserContexts"))["browserContextIds"]
        told = {"permission": {"name": "microphone"}, "origin": centre.demo.address, "browserContextId": context}
        return cls(session, told)

    async def becomes(self, setting: str) -> None:
        """Allow the microphone, or refuse it, as one does beside the address."""
        await self.session.send("Browser.setPermission", {**self.told, "setting": setting})


async def test_whom_callers_could_not_hear_is_told_and_his_calls_go_to_a_colleague(centre: Centre) -> None:
    demo = centre.demo
    async with centre.agents_browser(asks=True) as one, centre.agents_browser(LI) as two:
        chen = await Talker.signs_in(one, demo, "chen")
        trouble = chen.page.locator("#phone-trouble")
        permission = await Permission.of(one, centre)
        await expect(trouble).to_contain_text("浏览器会询问")
        await permission.becomes("denied")
        await expect(trouble).to_contain_text("浏览器不允许使用麦克风")
        assert await trouble.get_attribute("role") == "alert"
        await chen.is_connected()
        await chen.set_status("ready")
        phone = await centre.phone(STRANGER)
        call = await waits_for_person(phone)
        speaks(call)
        await expect(trouble).to_contain_text("有一通来电已转给同事")
        await expect(chen.page.locator(".offer")).to_have_count(0)
        li = await Talker.comes(two, demo, "li")
        await li.answers()
        await caller_hears(call, LI)
        await call.hang_up()

        await permission.becomes("granted")
        await expect(trouble).to_be_hidden()
        await chen.set_status("ready")
        other = await centre.phone(OTHER)
        call = await waits_for_person(other)
        speaks(call)
        await chen.answers()
        await caller_hears(call)
        await chen.hears(CALLER_HERTZ)
        await call.hang_up()
        await chen.close()
        await li.close()
        await phone.close()
        await other.close()


async def test_a_computer_without_a_microphone_says_so_in_the_agents_language(centre: Centre) -> None:
    async with centre.agents_browser(devices=False) as browser:
        anna = await Talker.signs_in(browser, centre.demo, "smith")
        await expect(anna.page.locator("#phone-trouble")).to_contain_text("there is no microphone")
        await anna.page.locator(".phone-devices summary").click()
        await anna.page.get_by_role("button", name="Try the microphone").click()
        await expect(anna.page.locator("#phone-trouble")).to_contain_text("there is no microphone")
        await expect(anna.page.locator(".phone-line > [data-phone-level]")).to_be_hidden()
        await anna.close()
