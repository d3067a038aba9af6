"""What a browser can tell about a page: axe, its width, the language it speaks, and words nobody translated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from babel.messages.pofile import read_po
from playwright.async_api import expect

from tests.journeys.people import SOURCE, axe_finds_nothing

if TYPE_CHECKING:
    from playwright.async_api import Page

SAID = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  const said = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node instanceof Element) {
      said.push(...["aria-label", "placeholder", "title", "alt"].map((name) => node.getAttribute(name) ?? ""));
    } else if (node.parentElement?.closest("[translate=no]")) {
      continue;  // a code, the same in every language
    } else if (!["SCRIPT", "STYLE", "TEMPLATE"].includes(node.parentElement?.tagName)) {
      said.push(node.data);
    }
  }
  return said.concat(document.title.split(" · ")).map((one) => one.trim());
}"""

CUT = """() => [...document.querySelectorAll("button, input, select, textarea, summary")].filter((control) => {
  const at = control.getBoundingClientRect();
  if (at.width < 2 || at.height < 2 || !control.checkVisibility({ opacityProperty: true })) return false;
  for (let around = control.parentElement; around; around = around.parentElement) {
    const room = around.getBoundingClientRect(), over = getComputedStyle(around).overflowX;
    if (over === "auto" || over === "scroll") return false;
    if (over !== "visible" && (at.right > room.right + 1 || at.left < room.left - 1)) return true;
  }
  return at.right > innerWidth + 1;
}).map((control) => control.outerHTML.slice(0, 100))"""


def english() -> set[str]:
    """Every sentence of ours that has a Chinese one."""
    found: set[str] = set()
    for path in SOURCE.rglob("texts/zh_CN.po"):
        with path.open("rb") as file:
            found |= {str(one.id) for one in read_po(file) if one.id and one.string and one.string != one.id}
    return {one for one in found if re.search(r"[a-z]{2}", one)} - {"Qiao"}


async def wrong_with(page: Page, path: str, *, language: str, foreign: set[str]) -> list[str]:
    """What is wrong with the page as it stands; `foreign` holds the words that belong to another language."""
    await expect(page.locator("body")).to_be_visible()
    await page.wait_for_load_state("networkidle")
    at = f"{path} {language} {page.viewport_size}"
    found = []
    try:
        await axe_finds_nothing(page)
    except AssertionError as error:
        found.append(f"{at}: {error}")
    spoken = await page.locator("html").get_attribute("lang")
    if spoken != language:
        found.append(f"{at}: speaks {spoken}")
    if (over := await page.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
        found.append(f"{at}: {over} px wider than the window")
    found += [f"{at}: cut off: {one}" for one in await page.evaluate(CUT)]
    found += [f"{at}: not translated: {one}" for one in sorted(foreign & set(await page.evaluate(SAID)))]
    return found
