"""Customers and agents of a journey, each in a browser of his own."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Self

import httpx2
from playwright.async_api import TimeoutError as TookTooLong
from playwright.async_api import expect

from tests.looking import a_moment

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

    from qiao.kernel.service_ids import ServiceId
    from tests.journeys.running_demo import RunningDemo

SOURCE = Path(__file__).parents[2] / "src/qiao"
AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
SCREENS = Path(__file__).parents[2] / "docs/screens"
expect.set_options(timeout=20_000)  # two cores carry web, worker, database and several browsers
LIVE_PARTS = re.compile(
    r"/desk/contacts/[^/]+/(head|stream|panel/now|suggestions|draft)(\?.*)?$|/desk/team/agents/[^/]+/contacts/[^/]+$"
)
"""Fetched by themselves: one may still be under way when the contact leaves these hands."""
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1440, "height": 900}


async def picture(page: Page, name: str) -> None:
    """Keep a picture of this page for the documentation, when asked to by QIAO_SCREENS=1."""
    if os.environ.get("QIAO_SCREENS"):
        SCREENS.mkdir(exist_ok=True)
        await page.screenshot(path=SCREENS / f"{name}.png", animations="disabled")


async def axe_finds_nothing(page: Page) -> None:
    """WCAG 2.2 AA, as far as a program can tell.

    The window is made as tall as the page: a bar that stays at its foot covers some control at any other
    height, which axe takes for a target too small, though one scrolls it out.
    """
    await page.evaluate(AXE.read_text("utf-8") + "; 0")
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    window = page.viewport_size
    tall = await page.evaluate("document.documentElement.scrollHeight")
    if window and tall > window["height"]:
        await page.set_viewport_size({"width": window["width"], "height": tall})
    found = await page.evaluate("async tags => (await axe.run({runOnly: tags})).violations", tags)
    if window:
        await page.set_viewport_size(window)
    told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found]
    assert not told, f"{page.url}: {told}"


class Watched:
    """A browser whose errors fail the journey."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.context = context
        self.page = page
        self.errors: list[str] = []
        self.refused: set[str] = set()
        """Addresses that the story has refuse something: the browser tells of each."""
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, line: object) -> None:
        kind, text, at = getattr(line, "type", ""), getattr(line, "text", ""), getattr(line, "location", {})
        gone = "404" in text and LIVE_PARTS.search(at.get("url", ""))
        if kind == "error" and not gone and at.get("url", "") not in self.refused:
            self.errors.append(f"{text} {at.get('url', '')}")

    async def close(self) -> None:
        """Close it; anything that broke in it is told."""
        await self.context.close()
        assert not self.errors, self.errors


class Customer(Watched):
    """A customer at his telephone and on the portal."""

    service: ServiceId
    address: str

    @classmethod
    async def arrives(cls, browser: Browser, demo: RunningDemo, service: ServiceId) -> Customer:
        """A phone's browser, nobody signed in."""
        context = await browser.new_context(viewport=PHONE, locale="zh-CN", base_url=demo.address)
        made = cls(context, await context.new_page())
        made.service, made.address = service, demo.address
        return made

    async def sign_in(self) -> None:
        """With a one-time code that arrives on the demo's handset."""
        last = await self.last_message()
        await self.page.goto("/")
        await self.page.get_by_label("手机号").fill(self.service.national)
        await self.page.get_by_role("button", name="发送验证码").click()
        await self.page.wait_for_url("**/sign-in/code")
        await self.page.get_by_label("六位验证码").fill(await self.code_after(last))
        await self.page.get_by_role("button", name="登录").click()
        await expect(self.page.get_by_role("heading", name="您好")).to_be_visible()

    async def say(self, text: str) -> None:
        """Write in chat."""
        if not self.page.url.endswith("/talk"):
            await self.page.goto("/talk")
        box = self.page.locator("#talk textarea")
        await box.fill(text)
        await box.press("Enter")
        await expect(self.page.locator("#talk")).to_contain_text(text)

    async def asks_person(self, text: str) -> None:
        """Write in chat to the assistant, and when it has answered ask for a person, who sees both."""
        await self.say(text)
        await expect(self.page.locator("#talk .qc-bot").last).to_be_visible()
        await self.say("人工")

    async def last_message(self) -> int:
        """The number of the newest message on the handset."""
        return max((int(one["id"]) for one in await self._handset()), default=0)

    async def code_after(self, last: int) -> str:
        """The code in the next message."""
        async with asyncio.timeout(20):
            while True:
                for one in await self._handset():
                    if int(one["id"]) > last and (found := re.search(r"(?<![\d-])\d{6}(?![\d-])", str(one["text"]))):
                        return found[0]
                await a_moment()

    async def texts(self) -> list[str]:
        """What we texted him, oldest first, one-time codes left out."""
        ours = sorted((one for one in await self._handset() if int(one["id"])), key=lambda one: int(one["id"]))
        return [str(one["text"]) for one in ours if not re.search(r"(?<![\d-])\d{6}(?![\d-])", str(one["text"]))]

    async def gets(self, part: str, *, times: int = 1) -> str:
        """Wait until so many texts with these words are there; returns the newest of them."""
        async with asyncio.timeout(40):
            while len(found := [one for one in await self.texts() if part in one]) < times:
                await self.page.wait_for_timeout(100)
        return found[-1]

    async def texts_back(self, text: str) -> None:
        """Write a text on the telephone."""
        await self.page.goto(f"/demo/handset?number={self.service.value.replace('+', '%2B')}")
        await self.page.locator("input[name=text]").fill(text)
        await self.page.locator("input[name=text]").press("Enter")
        await expect(self.page.locator("[role=log]")).to_contain_text(text)

    async def _handset(self) -> list[dict[str, int | str]]:
        async with httpx2.AsyncClient(trust_env=False, base_url=self.address) as client:
            told = await client.get(
                "/demo/handset", params={"number": self.service.value}, headers={"Accept": "application/json"}
            )
            listed: list[dict[str, int | str]] = told.json()
            return listed


class Agent(Watched):
    """An agent at his desk."""

    @classmethod
    async def arrives(cls, browser: Browser, demo: RunningDemo, login: str, *, script: str = "") -> Self:
        """Signs in and is ready."""
        made = await cls.signs_in(browser, demo, login, script=script)
        await made.set_status("ready")
        return made

    @classmethod
    async def signs_in(cls, browser: Browser, demo: RunningDemo, login: str, *, script: str = "") -> Self:
        """Signs in; not everybody takes contacts. `script` runs before anything on each page."""
        context = await browser.new_context(viewport=DESK, locale="zh-CN", base_url=demo.address)
        if script:
            await context.add_init_script(script)
        made = cls(context, await context.new_page())
        page = made.page
        await page.goto("/desk")
        await page.locator("input[name=login]").fill(login)
        await page.locator("input[name=password]").fill(demo.logins[0].password)
        await page.locator("input[name=password]").press("Enter")
        await page.wait_for_url("**/desk")
        await expect(page.locator("html")).to_have_attribute("data-stream", "open")
        return made

    async def set_status(self, status: str) -> None:
        """Ready, or not ready and why; again where the bar was drawn anew under his hand and closed its menu."""
        menu = self.page.locator("#presence details").first
        for more in (True, True, False):
            posted = self.page.expect_response(
                lambda one: one.url.endswith("/presence") and one.request.method == "POST"
            )
            if not await menu.evaluate("menu => menu.open"):
                await menu.locator("summary").click()
            try:
                async with posted:
                    await menu.locator(f"button[value={status}]").click(timeout=5_000)
                return
            except TookTooLong as drawn_anew:
                if not more or await menu.evaluate("menu => menu.open"):
                    raise AssertionError(f"the menu stands, and {status} cannot be chosen") from drawn_anew

    async def answers(self) -> str:
        """An offer appears; A answers it. Returns the contact's address."""
        await expect(self.page.locator(".offer")).to_be_visible(timeout=20_000)
        await self.page.keyboard.press("a")
        await self.page.wait_for_url("**/desk/contacts/*")
        return self.page.url

    async def says(self, text: str) -> None:
        """Write to the customer."""
        await self.page.locator("#reply-text").fill(text)
        await self.page.locator("#reply-text").press("Enter")
        await expect(self.page.locator("#contact-stream")).to_contain_text(text)

    async def proves(self, customer: Customer) -> None:
        """Ask for a code; the customer reads it off his telephone and types it into his chat."""
        last = await customer.last_message()
        await expect(self.page.locator("[data-shortcut=c]")).to_be_visible()  # it may still be on its way back
        await self.page.locator("#contact-head h1").click()
        await self.page.keyboard.press("c")
        box = customer.page.locator("#talk input[autocomplete=one-time-code]")
        await expect(box).to_be_visible()
        await box.fill(await customer.code_after(last))
        await box.press("Enter")
        await expect(self.page.locator("#account-2")).to_contain_text("尊享 128 元套餐")

    async def wraps_up(self, disposition: str, *, topic: str, note: str) -> None:
        """W, how it came out, and what the next colleague should know."""
        await self.page.locator("#contact-head h1").click()
        await self.page.keyboard.press("w")
        form = self.page.locator("#wrap-up")
        await form.locator("label", has=self.page.locator(f"input[value={disposition}]")).click()
        await form.locator("[name=topic]").fill(topic)
        await form.locator("[name=note]").fill(note)
        await form.locator("button[type=submit]").click()
        await self.page.wait_for_url("**/desk")

    async def opens(self, case: str, *parts: str) -> None:
        """The page of a case, once all of this stands on it."""
        await self.page.goto(f"/desk/cases/{case}")
        for part in parts:
            await expect(self.page.locator("#case-record")).to_contain_text(part, timeout=40_000)

    async def does(self, act: str, *, refused: str = "", **fields: str) -> None:
        """Fill in one act's form on the page of a case and send it; `refused` is the code it is refused with."""
        part = self.page.locator(f"#act-{act}")
        if not await part.evaluate("part => part.open"):
            await part.locator("summary").first.click()
        for name, value in fields.items():
            box = part.locator(f"[name='{name}']")
            match await box.evaluate("box => box.type"):
                case "checkbox":
                    await box.check()
                case "select-one":
                    await box.select_option(value)
                case _:
                    await box.fill(value)
        if refused:
            self.refused.add(f"{self.page.url.split('?')[0].split('#')[0]}/{act}")
        async with self.page.expect_response(lambda answer: answer.url.endswith(f"/{act}")) as sent:
            await part.locator("button[type=submit]").first.click()
        answer = await sent.value
        assert answer.headers.get("x-refusal-code", "") == refused, await answer.text()

    async def sees(self, *parts: str) -> None:
        """Each of these stands on the screen: in the stream or in the column beside it."""
        for part in parts:
            await expect(self.page.locator("#main, main").first).to_contain_text(part)
