"""The kit in a real browser: what it looks like to axe, and how it behaves under a hand."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.ui.conftest import Kit

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
SIZES = {"desk": (1440, 900), "portal": (390, 844), "plain": (390, 844)}


@pytest.fixture
async def shift(kit: Kit, browser: Browser) -> AsyncIterator[Page]:
    """The desk page that only tests have, its stream open; any error of its scripts fails the test."""
    context = await signed_in(kit, browser)
    page = await context.new_page()
    async with kit.tab(watch=[]) as first:  # the first tab of a process is reset; this page is not the first
        await first.frame("reset")
    await opened(page, f"{kit.address}/desk/shift")
    await expect(page.locator("#served")).not_to_have_text("0")  # what may have been touched before it watched
    yield page
    await context.close()


async def signed_in(kit: Kit, browser: Browser, **more: object) -> BrowserContext:
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, **more)  # type: ignore[arg-type]
    await context.add_cookies([{"name": kit.cookie, "value": "agent", "url": kit.address}])
    return context


async def opened(page: Page, address: str) -> None:
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    await page.goto(address)
    await expect(page.locator("html[data-stream=open]")).to_be_attached()


@pytest.mark.parametrize("shell", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_axe_finds_nothing_in_any_piece_of_the_kit(
    kit: Kit, browser: Browser, shell: str, scheme: str, language: str
) -> None:
    width, height = SIZES[shell]
    page = await browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    await page.goto(f"{kit.address}/ui/style?shell={shell}&lang={language}")
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await page.evaluate(AXE.read_text("utf-8"))
    found = await page.evaluate(
        "axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).slice(0, 3).join(' | ')))"
    )
    assert found == []
    assert said == []  # nothing was blocked by the content security policy


async def test_an_element_that_is_touched_fetches_itself_and_keeps_what_was_typed(kit: Kit, shift: Page) -> None:
    served = shift.locator("#served")
    before = await served.text_content()
    await shift.locator("#typed").fill("half a sen")
    await kit.touch("contact:2")
    await expect(served).not_to_have_text(str(before))
    await expect(shift.locator("#typed")).to_have_value("half a sen")
    before = await served.text_content()
    await kit.touch("contact:3")
    await kit.touch("contact:1")
    await expect(served).to_have_text(str(int(str(before)) + 1))  # once: nothing here watches the other


async def test_a_shared_figure_is_put_in_as_it_comes(shift: Page) -> None:
    await expect(shift.locator("#shared b")).to_contain_text("desk:vip en")


async def test_what_was_missed_while_the_line_was_broken_is_fetched(kit: Kit, shift: Page) -> None:
    before = await shift.locator("#served").text_content()
    kit.cut()
    await kit.touch("contact:1")
    await expect(shift.locator("#served")).not_to_have_text(str(before))
    await expect(shift.locator("html[data-stream=open]")).to_be_attached()


async def test_a_line_that_stays_broken_is_told_and_so_is_its_return(kit: Kit, shift: Page) -> None:
    kit.signed_in = False
    kit.cut()
    line = shift.locator("#stream-state")
    await expect(line).to_have_text("Connection lost. What you type is kept; reconnecting…")
    kit.signed_in = True
    await expect(line).to_have_text("Connected again.", timeout=15_000)
    await expect(line).to_be_hidden()


async def test_a_session_that_ended_leads_to_the_sign_in(kit: Kit, shift: Page) -> None:
    kit.signed_in = False
    await kit.touch(f"session:{kit.actor.session_id}")
    await shift.wait_for_url(re.compile("/desk/sign-in"))


async def test_a_sign_in_leads_back_to_the_page_and_not_to_a_part_of_it(kit: Kit, shift: Page) -> None:
    kit.signed_in = False
    await kit.touch("contact:1")
    await shift.wait_for_url(re.compile(r"/desk/sign-in\?next=%2Fdesk%2Fshift$"))


async def test_a_refusal_stands_beside_its_field_and_the_input_stays(shift: Page) -> None:
    await shift.locator("#keep").click()
    field = shift.get_by_label("Number")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("12")
    await expect(shift.locator("#f-number-refused")).to_have_text("Check the digits and try again.")
    await expect(shift.get_by_role("alert").first).to_contain_text("what you typed was kept")
    await field.press_sequentially("3")
    await expect(shift.locator("#f-number-refused")).to_have_count(0)


async def test_a_letter_clicks_its_button_but_not_while_somebody_types(shift: Page) -> None:
    await shift.evaluate(
        "window.answered = 0; document.getElementById('answer').onclick = () => { window.answered++ }; 0"
    )
    await shift.keyboard.press("a")
    assert await shift.evaluate("window.answered") == 1
    await shift.locator("#typed").press_sequentially("aa")
    await shift.keyboard.press("Control+a")
    assert await shift.evaluate("window.answered") == 1


async def test_single_letters_can_be_switched_off_and_stay_off(shift: Page) -> None:
    await shift.evaluate(
        "window.answered = 0; document.getElementById('answer').onclick = () => { window.answered++ }; 0"
    )
    await shift.keyboard.press("?")
    sheet = shift.get_by_role("dialog", name="Shortcuts")
    await expect(sheet).to_contain_text("Answer")
    await sheet.get_by_label("Single letters work").uncheck()
    await shift.keyboard.press("Escape")
    await expect(sheet).to_be_hidden()
    await shift.keyboard.press("a")
    assert await shift.evaluate("window.answered") == 0
    await shift.keyboard.press("Control+k")
    await expect(shift.get_by_role("dialog", name="Go to anything")).to_be_visible()


async def test_ctrl_k_finds_and_enter_goes_there(shift: Page) -> None:
    await shift.keyboard.press("Control+k")
    await shift.keyboard.type("1729")
    await expect(shift.locator("#palette-found a")).to_have_text("Case 1729")
    await shift.keyboard.press("Enter")
    await expect(shift.locator("#palette")).to_be_hidden()
    assert shift.url.endswith("#1729")


async def test_j_and_k_walk_a_list_and_enter_opens_the_line(shift: Page) -> None:
    for key, current in (
        ("j", "Contact 0"),
        ("j", "Contact 1"),
        ("j", "Contact 2"),
        ("j", "Contact 2"),
        ("k", "Contact 1"),
    ):
        await shift.keyboard.press(key)
        await expect(shift.locator("#work .is-marked")).to_have_text(current)
    await shift.keyboard.press("Enter")
    assert shift.url.endswith("#c1")


async def test_a_slash_puts_the_cursor_into_the_search(shift: Page) -> None:
    await shift.keyboard.press("/")
    await expect(shift.locator("#find")).to_be_focused()
    await shift.keyboard.press("Escape")
    await expect(shift.locator("#find")).not_to_be_focused()


async def test_a_draft_reaches_the_server_and_survives_a_reload(kit: Kit, shift: Page) -> None:
    async with shift.expect_response(re.compile("/desk/draft")):
        await shift.get_by_label("Note").fill("he fears a subscription")
    assert kit.drafts == ["he fears a subscription"]
    await shift.reload()
    await expect(shift.get_by_label("Note")).to_have_value("he fears a subscription")


async def test_times_stay_true_while_the_page_is_open(kit: Kit, shift: Page) -> None:
    await expect(shift.locator("#times time")).to_have_text("just now")
    kit.house.clock.forward(minutes=3)  # type: ignore[attr-defined]
    await expect(shift.locator("#times time")).to_have_text("3 min ago", timeout=10_000)


async def test_the_scripts_say_times_as_the_server_does(kit: Kit, shift: Page) -> None:
    from datetime import timedelta

    from qiao.ui.formats import relative

    now = kit.house.clock.now()
    instants = [
        now + timedelta(seconds=s) for s in (-7e6, -90_000, -4000, -3590, -3500, -200, -44, 44, 100, 80_000, 9e6)
    ]
    said = await shift.evaluate(
        """instants => {
            const place = document.getElementById("times");
            place.replaceChildren(...instants.map(at => Object.assign(document.createElement("time"), {dateTime: at})));
            for (const one of place.children) one.dataset.relative = "";
            document.dispatchEvent(new Event("visibilitychange"));
            return [...place.children].map(one => one.textContent);
        }""",
        [instant.isoformat() for instant in instants],
    )
    assert said == [relative(instant, now, "Asia/Shanghai", "en") for instant in instants]


async def test_a_chosen_theme_holds_at_once_and_on_the_next_page(kit: Kit, shift: Page) -> None:
    await shift.get_by_label("Me and my settings").click()
    async with shift.expect_response(re.compile("/desk/ui/theme")):
        await shift.get_by_role("button", name="Dark").click()
    await expect(shift.locator("html")).to_have_attribute("data-theme", "dark")
    await shift.reload()
    await expect(shift.locator("html")).to_have_attribute("data-theme", "dark")


async def test_a_chosen_language_holds_from_then_on(kit: Kit, shift: Page) -> None:
    await shift.get_by_label("Me and my settings").click()
    await shift.get_by_role("button", name="中文").click()
    await expect(shift.locator("html")).to_have_attribute("lang", "zh-CN")
    assert shift.url.endswith("/desk/shift")


async def test_ten_tabs_of_one_browser_all_hear_it(kit: Kit, browser: Browser) -> None:
    context = await signed_in(kit, browser)
    tabs = [await context.new_page() for _ in range(10)]
    for tab in tabs:
        await opened(tab, f"{kit.address}/desk/shift")
    await expect(tabs[0].locator("#served")).not_to_have_text("0")
    before = [await tab.locator("#served").text_content() for tab in tabs]
    await kit.touch("contact:1")
    for tab, served in zip(tabs, before, strict=True):
        await expect(tab.locator("#served")).not_to_have_text(str(served))
    await context.close()


async def test_large_letters_are_chosen_without_scripts(kit: Kit, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = await context.new_page()
    await page.goto(f"{kit.address}/ui/style?shell=portal&lang=en")
    await page.get_by_role("button", name="Large text").click()
    await expect(page.locator("html")).to_have_attribute("data-elderly", "")
    assert await page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 20
    await context.close()
