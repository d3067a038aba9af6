"""The pop in a real browser: an offer appears by itself, A answers it, Enter sends, and nothing typed is lost."""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import uvicorn
from playwright.async_api import Browser, expect
from sqlalchemy import select

from qiao import assist, interactions, knowledge
from qiao.app.listening import uvicorn_config
from qiao.routing.liveness import LOST_SECONDS
from qiao.routing.store import seats
from qiao.ui.assets import manifest
from qiao.ui.stream_board import PING_SECONDS
from tests.looking import a_moment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.conftest import StillClock
    from tests.desk.centre import Centre, Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not manifest(), reason="the pages' scripts are not built"),
]


@pytest.fixture
async def address(centre: Centre) -> AsyncIterator[str]:
    """The centre's app on a port of its own, hearing what changes."""
    hub = asyncio.create_task(centre.house.hub.run())
    async with asyncio.timeout(10):
        await centre.house.hub.connected.wait()
    config = uvicorn_config(centre.app, centre.house.settings)
    config.port = 0
    running = uvicorn.Server(config)
    serving = asyncio.create_task(running.serve())
    while not running.started:
        await a_moment()
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    async with asyncio.timeout(15):
        await serving
    hub.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await hub


async def test_an_offer_pops_is_answered_with_a_and_replied_to_with_enter(
    centre: Centre, wang: Person, browser: Browser, address: str
) -> None:
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="en")
    await context.add_cookies([{"name": "qiao_staff", "value": wang.token, "url": address}])
    page = await context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda line: broken.append(line.text) if line.type == "error" else None)
    await page.goto(f"{address}/desk")
    await expect(page.locator("html")).to_have_attribute("data-stream", "open")

    contact = await centre.contact(None, customer=centre.shi, said="I answered an odd text")
    await centre.offer(contact.id, wang)
    await expect(page.locator(".offer")).to_contain_text("I answered an odd text")
    await page.keyboard.press("a")
    await page.wait_for_url(f"**/desk/contacts/{contact.id}")
    await expect(page.locator("#contact-stream")).to_contain_text("I answered an odd text")

    editor = page.locator("#reply-text")
    async with page.expect_response(lambda answer: answer.url.endswith("/draft") and answer.status == 204):
        await editor.fill("I can see all of it")
    await page.reload()
    await expect(editor).to_have_value("I can see all of it")
    await editor.press("Enter")
    await expect(page.locator(".message-agent")).to_contain_text("I can see all of it")
    await expect(editor).to_have_value("")

    async with centre.house.database.transaction() as tx:
        await interactions.say(tx, interaction_id=contact.id, author_kind="customer", text="thank you")
    await expect(page.locator("#contact-stream")).to_contain_text("thank you")

    await page.locator("#contact-head h1").click()
    await page.keyboard.press("w")
    await page.locator("label", has=page.locator("input[value=information_given]")).click()
    await page.locator("#wrap-up button[type=submit]").click()
    await page.wait_for_url("**/desk")
    assert (await centre.now(contact.id)).disposition == "information_given"
    assert not [line for line in broken if "404" not in line]


async def test_a_hidden_tab_whose_timers_stand_still_keeps_its_seat_and_its_offers(
    centre: Centre, wang: Person, browser: Browser, address: str, clock: StillClock
) -> None:
    """Browsers slow the timers of hidden tabs to one a minute and less; being there must not hang on any timer."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="en")
    await context.add_cookies([{"name": "qiao_staff", "value": wang.token, "url": address}])
    page = await context.new_page()
    await page.clock.install()
    await page.goto(f"{address}/desk")
    await expect(page.locator("html")).to_have_attribute("data-stream", "open")
    await page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    await page.clock.pause_at(await page.evaluate("Date.now() + 1000"))
    contact = await centre.contact(None, customer=centre.shi, said="I answered an odd text")
    await centre.offer(contact.id, wang, seconds=300)
    beats, began, at = await beats_of(centre, wang), time.monotonic(), clock.at
    while await beats_of(centre, wang) < beats + LOST_SECONDS / PING_SECONDS + 1:
        clock.at = at + timedelta(seconds=time.monotonic() - began)
        assert time.monotonic() < began + 60, "the tab fell silent"
        await a_moment()
    await page.evaluate("() => { delete document.hidden; document.dispatchEvent(new Event('visibilitychange')); }")
    await page.clock.resume()
    await expect(page.locator(".offer")).to_contain_text("I answered an odd text")
    await context.close()


async def beats_of(centre: Centre, person: Person) -> int:
    async with centre.house.database.transaction() as tx:
        return int(await tx.scalar(select(seats.c.beats).where(seats.c.agent_id == person.agent.id)))


async def test_a_suggestion_comes_by_itself_and_goes_into_the_reply_by_one_key(
    centre: Centre, wang: Person, browser: Browser, address: str
) -> None:
    async with centre.house.database.transaction() as tx:
        told = {"language": "zh-CN", "audience": "customer", "tags": ()}
        await knowledge.ensure_article(tx, code="ring", title="怎么退订彩铃", body="发送 QX 即可退订。", **told)
    async with centre.house.database.transaction() as tx:
        await assist.shelf_of(centre.house).ready(tx)
    contact = await centre.contact(wang, customer=centre.shi, said="您好")
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="en")
    await context.add_cookies([{"name": "qiao_staff", "value": wang.token, "url": address}])
    page = await context.new_page()
    await page.goto(f"{address}/desk/contacts/{contact.id}")
    await expect(page.locator("html")).to_have_attribute("data-stream", "open")
    await expect(page.locator("#contact-suggestions[data-live]")).to_be_attached()
    await page.locator("#reply-text").fill("您好，")
    async with centre.house.database.transaction() as tx:
        await interactions.say(tx, interaction_id=contact.id, author_kind="customer", text="我要退订彩铃")
    card = page.locator("#contact-suggestions li", has_text="怎么退订彩铃")
    await expect(card).to_contain_text("退订彩铃")
    number = await card.locator("[data-alt-key]").get_attribute("data-alt-key")
    await page.keyboard.press(f"Alt+{number}")
    await expect(page.locator("#reply-text")).to_have_value("您好，\n发送 QX 即可退订。")
    async with centre.house.database.transaction() as tx:
        said = await interactions.messages_after(tx, contact.id)
    assert [one.author_kind for one in said] == ["customer", "customer"], "nothing is sent by itself"
    await context.close()
