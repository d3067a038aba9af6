"""The widget in a real browser, on a page of another origin."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, Frame, Page, expect

from qiao import interactions
from qiao.channels.chat.model import Site
from qiao.channels.chat.operations import ensure_site
from qiao.kernel.ids import AgentId, CustomerId, new_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import FrameLocator

    from qiao.kernel.ids import InteractionId
    from tests.chat.conftest import ScriptedRouting, Server

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000a49444154789c63000100000500010d0a2db40000000049454e44ae426082"
)


@pytest.fixture
async def host(server: Server) -> AsyncIterator[str]:
    """Somebody's site with our one script tag."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readline()).decode().split(" ")[1]
        language = asked.partition("lang=")[2] or "zh-CN"
        html = (
            f'<!doctype html><html lang="{language}"><title>shop</title><h1>Shop</h1>'
            f'<script src="{server.address}/chat/widget.js" data-site="shop" data-language="{language}" async></script>'
        )
        writer.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n\r\n{html}".encode()
        )
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with server.house.database.transaction() as tx:
        await ensure_site(tx, place=Site("shop", "Shop", "web", origins=(address,)))
    yield address
    listening.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):
            await listening.wait_closed()


async def opened(page: Page, address: str) -> FrameLocator:
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    await page.goto(address)
    await page.get_by_role("button").first.click()
    inside = page.frame_locator("iframe")
    await expect(inside.locator("textarea")).to_be_visible()
    return inside


async def frame_of(page: Page) -> Frame:
    handle = await page.locator("iframe").element_handle()
    found = await handle.content_frame()
    assert found is not None
    return found


async def answer(server: Server, contact: InteractionId, words: str) -> AgentId:
    async with server.house.database.transaction() as tx:
        agent = (await interactions.interaction(tx, contact)).agent_id or AgentId(new_id())
        await interactions.assign(tx, interaction_id=contact, agent_id=agent)
        await interactions.say(tx, interaction_id=contact, author_kind="agent", author_id=agent, text=words)
    return agent


async def write(chat: FrameLocator, words: str) -> None:
    await chat.locator("textarea").fill(words)
    await chat.locator("textarea").press("Enter")


async def test_a_stranger_opens_it_writes_and_is_answered(
    server: Server, host: str, browser: Browser, routing: ScriptedRouting
) -> None:
    page = await browser.new_page()
    chat = await opened(page, host)
    await expect(chat.get_by_role("status")).to_contain_text("一分钟内")
    await expect(chat.locator("textarea")).to_be_focused()
    await write(chat, "收到1729的短信")
    await expect(chat.locator(".qc-customer .qc-receipt")).to_have_text("已发送")
    await answer(server, routing.queued[0], "<img src=x onerror=alert(1)>\u202eab")
    await expect(chat.locator(".qc-agent .qc-text")).to_have_text("<img src=x onerror=alert(1)>ab")
    await expect(chat.get_by_role("status")).to_have_text("客服正在为您服务。")
    await expect(chat.locator(".qc-customer .qc-receipt")).to_have_text("已读")


async def test_a_reload_keeps_the_draft_and_the_conversation(
    server: Server, host: str, browser: Browser, routing: ScriptedRouting
) -> None:
    page = await browser.new_page()
    chat = await opened(page, host)
    await write(chat, "第一句")
    await expect(chat.locator(".qc-customer .qc-receipt")).to_have_text("已发送")
    await chat.locator("textarea").press_sequentially("还没写完")
    chat = await opened(page, host)
    await expect(chat.locator("textarea")).to_have_value("还没写完")
    await expect(chat.locator(".qc-customer .qc-text")).to_have_text("第一句")


async def test_a_broken_connection_comes_back_by_itself_with_nothing_lost_or_doubled(
    server: Server, host: str, browser: Browser, routing: ScriptedRouting
) -> None:
    page = await browser.new_page()
    chat = await opened(page, host)
    await write(chat, "一")
    await expect(chat.locator(".qc-customer .qc-receipt")).to_have_text("已发送")
    contact = routing.queued[0]
    for n in range(3):
        server.cut()
        await write(chat, f"断线时写的{n}")
        await answer(server, contact, f"断线时答的{n}")
        await expect(chat.locator(".qc-agent .qc-text")).to_have_count(n + 1, timeout=20_000)
        await expect(chat.locator(".qc-customer [data-key]")).to_have_count(0)
        await expect(chat.locator(".qc-customer .qc-text")).to_have_count(n + 2, timeout=20_000)
    shown = await chat.locator(".qc-message .qc-text").all_text_contents()
    kept = [text for _, text, _ in await server.rows(str(contact))]
    assert shown == kept and sorted(shown) == sorted({*shown})
    await expect(chat.locator(".qiao-chat")).not_to_have_class("qc-down")


async def test_enter_that_chooses_characters_does_not_send(
    server: Server, host: str, browser: Browser, routing: ScriptedRouting
) -> None:
    page = await browser.new_page()
    chat = await opened(page, host)
    text = chat.locator("textarea")
    await text.fill("ni hao")
    await text.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    await text.dispatch_event("keydown", {"key": "Enter", "keyCode": 229})
    await text.press("Shift+Enter")
    await expect(text).to_have_value("ni hao\n")
    await expect(chat.locator(".qc-message")).to_have_count(0)
    await text.press("Enter")
    await expect(chat.locator(".qc-customer .qc-text")).to_have_text("ni hao")


async def test_a_picture_is_shown_and_a_file_that_lies_is_refused_beside_it(
    server: Server, host: str, browser: Browser
) -> None:
    page = await browser.new_page()
    chat = await opened(page, host)
    picker = chat.locator("input[type=file]")
    await picker.set_input_files({"name": "短信.png", "mimeType": "image/png", "buffer": PNG})
    await expect(chat.get_by_role("img", name="图片：短信.png")).to_be_visible()
    await picker.set_input_files({"name": "假.png", "mimeType": "image/png", "buffer": b"<script>1</script>"})
    await expect(chat.get_by_role("alert")).to_contain_text("“假.png”的内容与文件名不符")
    await picker.set_input_files({"name": "大.txt", "mimeType": "text/plain", "buffer": b"a" * (10 * 1024 * 1024 + 1)})
    await expect(chat.get_by_role("alert")).to_contain_text("10.01 MB")
    await write(chat, "还能写")
    await expect(chat.locator(".qc-customer .qc-text")).to_have_text("还能写")


async def test_the_code_is_asked_for_in_its_own_field_and_a_wrong_one_is_told_there(
    server: Server, host: str, browser: Browser, routing: ScriptedRouting
) -> None:
    page = await browser.new_page()
    chat = await opened(page, host)
    await write(chat, "查账单")
    await expect(chat.locator(".qc-customer .qc-receipt")).to_have_text("已发送")
    async with server.house.database.transaction() as tx:
        await interactions.identify(tx, interaction_id=routing.queued[0], customer_id=CustomerId(new_id()))
        await interactions.ask_proof(tx, interaction_id=routing.queued[0], method="one_time_code")
    code = chat.get_by_label("验证码")
    await expect(code).to_be_focused()
    await code.fill("000000")
    await code.press("Enter")
    await expect(chat.locator(".qc-proof").get_by_role("alert")).to_contain_text("不正确")
    assert len(await server.rows(str(routing.queued[0]))) == 1  # the code is no message


async def test_closed_it_counts_what_came_and_escape_closes_it(
    server: Server, host: str, browser: Browser, routing: ScriptedRouting
) -> None:
    page = await browser.new_page()
    chat = await opened(page, host)
    await write(chat, "在吗")
    await expect(chat.locator(".qc-customer .qc-receipt")).to_have_text("已发送")
    await chat.locator("textarea").press("Escape")
    button = page.get_by_role("button", name="在线客服")
    await expect(button).to_have_attribute("aria-expanded", "false")
    await expect(button).to_be_focused()
    await answer(server, routing.queued[0], "在的")
    await expect(page.locator(".count")).to_have_text("1")
    await button.press("Enter")
    await expect(page.locator(".count")).to_be_hidden()


@pytest.mark.parametrize(("language", "direction", "greeting"), [("ar", "rtl", "مرحبًا"), ("de", "ltr", "Guten Tag")])
async def test_it_speaks_the_pages_language_in_its_direction_and_axe_finds_nothing(
    server: Server, host: str, browser: Browser, routing: ScriptedRouting, language: str, direction: str, greeting: str
) -> None:
    page = await browser.new_page(viewport={"width": 390, "height": 844})
    chat = await opened(page, f"{host}/?lang={language}")
    await expect(chat.locator(".qiao-chat")).to_have_attribute("dir", direction)
    await expect(chat.locator(".qc-greeting")).to_contain_text(greeting)
    await write(chat, "Hello")
    await expect(chat.locator(".qc-message[data-seq]")).to_have_count(1)
    await answer(server, routing.queued[0], "مرحبا 123")
    await expect(chat.locator(".qc-agent .qc-text")).to_be_visible()
    box = await page.locator("iframe").bounding_box()
    assert box is not None and (box["width"], box["height"]) == (390, 844)
    inside = await frame_of(page)
    wide = await inside.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    if AXE.is_file():
        await inside.evaluate(AXE.read_text("utf-8"))
        found = await inside.evaluate("axe.run().then(result => result.violations.map(v => v.id + ': ' + v.help))")
        assert found == []
