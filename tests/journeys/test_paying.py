"""He tops up in his browser: the card is typed at the payment provider's, a process and an address of its own."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect
from sqlalchemy import text

from qiao.app.ports import payment_pages
from qiao.bss.sandbox import CAST
from tests.journeys.people import Customer, axe_finds_nothing, picture

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from qiao.platform.database import Transaction
    from tests.journeys.running_demo import RunningDemo

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.timeout(300)]
SHI = CAST[0].service
CARD = "4111 1111 1111 1111"


async def to_the_provider(page: Page, amount: str) -> str:
    """Order it, and go to where it is paid; returns the order's own page."""
    await page.goto("/me/do/top_up")
    await page.locator('input[name="p.amount"]').fill(amount)
    await page.locator("main form button[type=submit]").first.click()
    await page.wait_for_url("**/me/orders/*")
    order = page.url
    pay = page.get_by_role("link", name="去付款")
    while not await pay.count():
        await page.goto(order)
    await pay.click()
    await expect(page.locator("#card")).to_be_visible()
    return order


async def unsaid(tx: Transaction) -> int:
    """Payments that Qiao has not been told of."""
    return int(
        await tx.scalar(
            text("select count(*) from sandbox.payment_pages where notice_due_at is not null and state = 'paid'")
        )
    )


async def settled(page: Page, order: str) -> None:
    """Look again until it is done, as he would."""
    async with asyncio.timeout(40):
        while True:
            await page.goto(order)
            if "完成" in await page.locator("main").inner_text():
                return


async def test_the_card_is_typed_at_the_providers_and_what_was_paid_arrives_though_he_never_comes_back(
    demo: RunningDemo, browser: Browser
) -> None:
    await demo.start("demo provider")
    he = await Customer.arrives(browser, demo, SHI)
    page, asked = he.page, list[tuple[str, str]]()
    page.on("request", lambda one: asked.append((one.url, one.post_data or "")))
    await he.sign_in()
    await to_the_provider(page, "20")
    his = payment_pages(demo.settings)
    assert page.url.startswith(f"{his}/")
    await axe_finds_nothing(page)
    await picture(page, "pay")
    await page.locator("#card").fill("4111 1111 1111 1112")
    he.refused.add(page.url)
    await page.get_by_role("button", name="付款", exact=True).click()
    await expect(page.locator("#card-wrong")).to_be_visible()
    await page.locator("#card").fill(CARD)
    await page.get_by_role("button", name="付款", exact=True).click()
    await page.wait_for_url(f"{demo.address}/pay/return**")
    # Another time he pays and goes his way, and the provider dies before he has told anybody.
    order = await to_the_provider(page, "30")
    at_his = page.url
    await demo.stop_one("serve")  # nobody can be told
    answer = await page.request.post(at_his, form={"card": CARD}, max_redirects=0)
    assert answer.status == 303
    await demo.stop_one("demo provider", signal.SIGKILL)
    assert await demo.at_the_operator(unsaid) == 1
    await demo.start("serve")
    await demo.ready()
    await demo.start("demo provider")
    async with asyncio.timeout(40):
        while await demo.at_the_operator(unsaid):
            await page.wait_for_timeout(100)
    await settled(page, order)
    typed = [url for url, body in asked if "4111" in body or "4111" in url]
    assert typed
    assert {url.startswith(f"{his}/") for url in typed} == {True}, "no card goes to Qiao"
    await he.close()
