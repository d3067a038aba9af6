"""Each customer page costs less than 100 kB at its first load, says all it has to say without script, and stands still.

What is counted are the octets that come over the line, compressed as they are served. Pages themselves are not
compressed: they hold the token of their forms beside what a visitor typed, which compression would give away (BREACH).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from qiao.bss import sandbox
from tests.journeys.people import PHONE, Customer

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import Browser, BrowserContext, Page

    from tests.journeys.running_demo import RunningDemo

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
OCTETS_MAX = 100_000
SHIFT_MAX = 0.1
"""Cumulative layout shift that web.dev calls good."""
SLOW_PHONE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}
"""A bad 3G line: 1.6 Mbit/s down, 150 ms (the "slow 4G" of Lighthouse)."""
PAINTED_WITHIN_MS = 3_000
PAGES = (
    *("/", "/me/do", "/me/do?q=%E8%AF%9D%E8%B4%B9", "/me/do/balance", "/me/do/change_plan", "/me/do/replace_sim"),
    *("/me/do/complaint", "/me/digits", "/me/orders", "/me/help/main_menu", "/me/help/no_signal"),
    *("/me/bill", "/me/services", "/me/messages", "/matters", "/talk", "/chat/plain"),
)
SHIFTS = """
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifts += one.value;
  }).observe({ type: "layout-shift", buffered: true });
"""


@dataclass
class Line:
    """What came over the line to one page, and whether its text was there."""

    octets: int = 0
    addresses: list[str] = field(default_factory=list)


async def weighed(page: Page, path: str) -> Line:
    """A first load: nothing is in the browser's cache."""
    line = Line()
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")
    await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    asked: dict[str, str] = {}

    def finished(told: dict[str, object]) -> None:
        line.octets += int(str(told["encodedDataLength"]).partition(".")[0])
        line.addresses.append(f"{told['encodedDataLength']} {asked.get(str(told['requestId']), '')}")

    session.on("Network.requestWillBeSent", lambda told: asked.update({told["requestId"]: told["request"]["url"]}))
    session.on("Network.loadingFinished", finished)
    await page.goto(path)
    await page.wait_for_load_state("networkidle")
    await session.detach()
    return line


async def signed_in(demo: RunningDemo, browser: Browser) -> Customer:
    shi = await Customer.arrives(browser, demo, sandbox.CAST[0].service)
    await shi.sign_in()
    return shi


async def fresh(demo: RunningDemo, browser: Browser, shi: Customer, *, script: bool) -> BrowserContext:
    return await browser.new_context(
        viewport=PHONE,
        locale="zh-CN",
        base_url=demo.address,
        storage_state=await shi.context.storage_state(),
        java_script_enabled=script,
    )


async def test_every_customer_page_is_light_with_and_without_script(
    demo: RunningDemo, browser: Browser, record_testsuite_property: Callable[[str, object], None]
) -> None:
    shi = await signed_in(demo, browser)
    heavy: list[str] = []
    for script in (True, False):
        context = await fresh(demo, browser, shi, script=script)
        for path in PAGES:
            page = await context.new_page()
            line = await weighed(page, path)
            record_testsuite_property(f"octets of {path}, script {script}", line.octets)
            if line.octets >= OCTETS_MAX:
                heavy.append(f"{path} script {script}: {line.octets}\n  " + "\n  ".join(line.addresses))
            assert await page.locator("main h1").count() == 1, path
            await page.close()
        await context.close()
    stranger = await browser.new_context(viewport=PHONE, locale="zh-CN", base_url=demo.address)
    line = await weighed(await stranger.new_page(), "/sign-in")
    assert line.octets < OCTETS_MAX
    await stranger.close()
    await shi.close()
    assert not heavy, "\n".join(heavy)


async def test_on_a_slow_phone_a_page_is_there_soon_and_nothing_jumps(
    demo: RunningDemo, browser: Browser, record_testsuite_property: Callable[[str, object], None]
) -> None:
    shi = await signed_in(demo, browser)
    context = await fresh(demo, browser, shi, script=True)
    await context.add_init_script(SHIFTS)
    late: list[str] = []
    for path in ("/", "/me/do", "/me/do/change_plan", "/me/help/main_menu"):
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        await session.send("Network.enable")
        await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        await session.send("Network.emulateNetworkConditions", SLOW_PHONE)
        await session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        async with asyncio.timeout(60):
            await page.goto(path)
            await page.wait_for_load_state("networkidle")
        answered, painted = await page.evaluate(
            "[performance.getEntriesByType('navigation')[0].responseStart,"
            " performance.getEntriesByName('first-contentful-paint')[0].startTime]"
        )
        shifts = await page.evaluate("window.shifts")
        record_testsuite_property(
            f"ms until {path} is painted, layout shift", (round(painted - answered), round(shifts, 3))
        )
        if painted - answered > PAINTED_WITHIN_MS or shifts > SHIFT_MAX:
            late.append(f"{path}: {painted - answered:.0f} ms, shift {shifts:.3f}")
        await page.close()
    await context.close()
    await shi.close()
    assert not late, late
