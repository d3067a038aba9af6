"""The agent's telephone on bad lines: what the strip says of them, and how it comes back by itself."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from qiao.channels.voice.sip_socket import ASKED_MAX, GOING_AWAY, THERE, YES
from tests.journeys.calls import (
    CALLER_HERTZ,
    STRANGER,
    Centre,
    Talker,
    caller_hears,
)
from tests.journeys.relay import VIA_RELAY, bad_road, goes_over

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, WebSocketRoute

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]
BACK_MILLISECONDS = 10_000
"""So soon a telephone is back once the house is: tried again each one to four seconds."""
COUNTS_WORDS = """
  window.said = 0;
  addEventListener("DOMContentLoaded", () => {
    const place = document.getElementById("phone-quality-word");
    if (place) new MutationObserver(() => (window.said += 1)).observe(place, { childList: true, characterData: true });
  });
"""


@dataclass
class Thread:
    """The way of a browser's SIP, which may be cut, or swallow what comes from the house."""

    cut: bool = False
    deaf: bool = False
    open: list[tuple[WebSocketRoute, WebSocketRoute]] = field(default_factory=list)

    async def laid(self, context: BrowserContext) -> None:
        await context.route_web_socket(re.compile(r"/sip-ws$"), self._begun)

    async def _begun(self, near: WebSocketRoute) -> None:
        if self.cut:
            await near.close(code=1001)
            return
        far = near.connect_to_server()
        far.on_message(lambda message: None if self.deaf else near.send(message))
        self.open.append((near, far))

    async def ends(self) -> None:
        """Both sides are told that it is gone."""
        self.cut = True
        for near, far in self.open:
            with contextlib.suppress(Exception):  # one that was given up before
                await far.close(code=1001)
                await near.close(code=1001)
        self.open.clear()


async def test_the_strip_says_in_words_what_the_line_is_like_by_what_was_lost_on_it(centre: Centre) -> None:
    async with centre.agents_browser() as browser, bad_road() as road:
        chen = await Talker.signs_in(browser, centre.demo, "chen", script=VIA_RELAY + COUNTS_WORDS)
        await goes_over(chen.context, road)
        await chen.is_connected()
        await chen.set_status("ready")
        phone = await centre.phone(STRANGER)
        call = await chen.takes_call_of(phone)
        line, word = chen.page.locator("#phone-quality"), chen.page.locator("#phone-quality-word")
        assert await word.get_attribute("role") == "status", "said politely"

        async def is_now(quality: str, words: str) -> None:
            await expect(line).to_have_attribute("data-quality", quality, timeout=30_000)
            await expect(word).to_have_text(words)

        async def measures(place: str, least: float, most: float) -> None:
            """Of theirs and yours, by the number of the figure."""
            which = int(place == "yours")

            async def share() -> float:
                told = await chen.page.locator("#phone-lost").text_content() or ""
                return float(told.split("·")[which].replace("%", ""))

            async with asyncio.timeout(30):
                while not least <= await share() <= most:
                    await chen.page.wait_for_timeout(200)

        await is_now("good", "线路良好")
        road.to_agent = 5
        await is_now("fair", "线路一般")
        await measures("theirs", 4.0, 6.0)
        road.to_agent = 15
        await is_now("heard", "线路差：您可能听不清对方")
        await measures("theirs", 13.0, 17.0)
        road.to_agent, road.to_caller = 0, 15
        await is_now("spoken", "线路差：对方可能听不清您")
        await measures("yours", 10.0, 20.0)
        await caller_hears(call)
        road.to_agent, road.to_caller = 100, 0
        await is_now("silent", "对方没有声音传来")
        road.to_agent = 0
        await is_now("good", "线路良好")

        said = await chen.page.evaluate("window.said")
        frames = await chen.page.evaluate(FRAMES)
        assert frames >= 2, "measured meanwhile"
        assert await chen.page.evaluate("window.said") == said, "nothing is said twice"

        await chen.page.evaluate(NOTES)
        for _ in range(3):
            await chen.key("h")
            await expect(chen.page.locator(".phone-call[data-heard]")).to_have_count(0)
            await expect(line).to_be_hidden()
            await chen.key("h")
            await expect(chen.page.locator(".phone-call[data-heard]")).to_be_visible()
        await is_now("good", "线路良好")
        assert await chen.page.evaluate(FRAMES) >= 2
        assert set(await chen.page.evaluate("window.noted")) <= {"", "good"}, "who is held has lost nothing"
        await call.hang_up()
        await expect(line).to_be_hidden()
        await chen.wraps_up("information_given", topic="asked something", note="told him")
        await chen.close()
        await phone.close()


NOTES = """() => {
  window.noted = [];
  const line = document.getElementById("phone-quality");
  const note = () => window.noted.push(line.dataset.quality);
  new MutationObserver(note).observe(line, { attributes: true, attributeFilter: ["data-quality"] });
}"""
"""Keeps each verdict from here on."""
FRAMES = """async () => {
  const ask = RTCPeerConnection.prototype.getStats;
  let asked = 0;
  RTCPeerConnection.prototype.getStats = function (...given) {
    asked += 1;
    return ask.apply(this, given);
  };
  await new Promise((done) => setTimeout(done, 9000));
  RTCPeerConnection.prototype.getStats = ask;
  return asked;
}"""
"""How often the line is measured in nine seconds."""


async def test_a_line_that_breaks_comes_back_by_itself_the_talk_goes_on_and_the_next_call_rings(
    centre: Centre,
) -> None:
    thread = Thread()
    async with centre.agents_browser() as browser:
        chen = await Talker.signs_in(browser, centre.demo, "chen")
        await thread.laid(chen.context)
        await chen.page.reload()
        await chen.is_connected()
        await chen.set_status("ready")
        state = chen.page.locator("#phone-state")
        marked = await chen.page.evaluate("window.document.marked = Math.random()")
        phone = await centre.phone(STRANGER)
        call = await chen.takes_call_of(phone)

        await thread.ends()
        await expect(state).to_have_text("通话继续；线路恢复后新电话才会振铃")
        await caller_hears(call)
        await chen.hears(CALLER_HERTZ)
        thread.cut = False
        await expect(state).to_have_attribute("data-tone", "green", timeout=BACK_MILLISECONDS)
        await caller_hears(call)
        await chen.hangs_up()
        await call.ended.wait()
        await expect(chen.page.locator(".phone-line > [data-phone-level]")).to_be_hidden()
        await chen.wraps_up("information_given", topic="asked something", note="told him")

        thread.deaf = True  # nothing comes any more, and nobody says so
        await expect(state).to_have_attribute("data-tone", "red", timeout=30_000)
        thread.deaf = False
        await expect(state).to_have_attribute("data-tone", "green", timeout=30_000)

        call = await chen.takes_call_of(phone)
        assert await chen.page.evaluate("window.document.marked") == marked, "without a new page"
        await call.hang_up()
        await chen.wraps_up("information_given", topic="asked something", note="told him")
        await chen.close()
        await phone.close()


async def test_a_house_that_was_started_anew_has_its_telephones_again_without_a_new_page(centre: Centre) -> None:
    demo = centre.demo
    async with centre.agents_browser() as browser:
        chen = await Talker.signs_in(browser, demo, "chen")
        await chen.is_connected()
        state = chen.page.locator("#phone-state")
        await demo.stop_one("serve")
        await expect(state).to_have_attribute("data-tone", "red")
        await demo.start("serve")
        await demo.ready()
        await expect(state).to_have_attribute("data-tone", "green", timeout=BACK_MILLISECONDS)
        await expect(chen.page.locator("html")).to_have_attribute("data-stream", "open")
        chen.errors.clear()  # the browser tells of each try
        await chen.set_status("ready")
        phone = await centre.phone(STRANGER)
        call = await chen.takes_call_of(phone)
        await call.hang_up()
        await chen.wraps_up("information_given", topic="asked something", note="told him")
        await chen.close()
        await phone.close()


async def test_a_socket_that_answers_nothing_is_closed_and_one_that_does_stays(centre: Centre) -> None:
    async with centre.agents_browser() as browser:
        chen = await Talker.signs_in(browser, centre.demo, "chen")
        cookies = await chen.context.cookies(centre.demo.address)
        headers = {"Cookie": "; ".join(f"{one['name']}={one['value']}" for one in cookies)}
        address = centre.demo.address.replace("http", "ws") + "/sip-ws"

        async def asked(*, answers: bool) -> tuple[int, int]:
            """How often it was asked, and the code with which it was closed; 0 where it was not."""
            told: Any = {"additional_headers": headers, "origin": centre.demo.address, "subprotocols": ["sip"]}
            many = 0
            async with connect(address, **told, proxy=None) as socket:
                try:
                    while many < 2 * ASKED_MAX:
                        assert await socket.recv() == THERE
                        many += 1
                        if answers:
                            await socket.send(YES)
                except ConnectionClosed as closed:
                    return many, closed.rcvd.code if closed.rcvd else -1
                await socket.send(THERE)
                assert await socket.recv() == YES, "asked by the browser, it answers itself"
            return many, 0

        silent, alive = await asyncio.gather(asked(answers=False), asked(answers=True))
        assert silent == (ASKED_MAX, GOING_AWAY)
        assert alive == (2 * ASKED_MAX, 0)
        await chen.close()
