"""Every page a person can open: axe finds nothing, nothing breaks or is cut off on a phone, no word is foreign."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

import pytest
from babel.messages.pofile import read_po
from playwright.async_api import expect
from sqlalchemy import text

from qiao.bss import sandbox
from qiao.platform.clock import HouseClock
from qiao.platform.database import Database
from tests.access.rules import named_routes
from tests.journeys.people import DESK, PHONE, SOURCE, Agent, Customer, Watched, axe_finds_nothing, picture

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.journeys.running_demo import RunningDemo

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
CONTACT = "/desk/contacts/{interaction_id}"
WEARS = (("zh-CN", "light"), ("en", "dark"))
PICTURES = {
    ("/desk/team", "zh-CN"): "desk-team",
    ("/desk/cases", "zh-CN"): "desk-cases",
    ("/desk/cases/{case_id}", "en"): "desk-case-dark",
    ("/desk/knowledge", "zh-CN"): "desk-knowledge",
    (CONTACT, "en"): "desk-contact-dark",
    ("/talk", "zh-CN"): "portal-talk",
    ("/me/services", "zh-CN"): "portal-services",
}
PAGES: dict[str, tuple[str, ...]] = {
    "customer": ("/", "/matters", "/matters/{case_id}", "/me/bill", "/me/services", "/talk"),
    "wang": ("/desk", "/desk/cases", "/desk/cases/{case_id}", CONTACT, "/desk/search", "/desk/second-factor"),
    "liu": ("/desk/team", "/desk/team/agents/{agent_id}"),
    "admin": (
        "/desk/knowledge",
        "/desk/knowledge/{article_id}",
        "/desk/knowledge/{article_id}/edit",
        "/desk/knowledge/new",
    ),
    "nobody": ("/sign-in", "/desk/sign-in", "/demo/handset", "/chat/frame", "/ui/style", "/no-such-page"),
}
ASKED_BY = {
    "/desk/search": "?q=%E4%B8%9A%E5%8A%A1",
    "/demo/handset": f"?number={sandbox.CAST[0].service.value}",
    "/chat/frame": "?site=portal&lang={language}",
}
NO_PAGES = {
    "parts": re.compile(
        r"/desk/contacts/\{interaction_id\}/.+|/desk/cases/\{case_id\}/.+|/desk/(go|presence|work)|/desk/team/(desks|agents)"
        r"|/desk/team/agents/\{agent_id\}/contacts/.+"
    ),
    "files": re.compile(r"/static/.*|/chat/(assets|files|texts)/.*|/chat/widget\.js|/desk/cases/export"),
    "for programs": re.compile(r"/docs.*|/healthz|/readyz|/metrics"),
    "ways on": re.compile(r"/sign-in/code|/chat/plain"),  # seen in other journeys: they want a form sent before
}


def test_every_route_that_is_read_is_a_page_of_this_walk_or_named_as_none() -> None:
    """tests/access holds the list of routes to the app's own."""
    read = {route.removeprefix("GET ") for route in named_routes() if route.startswith("GET ")}
    shown = {route for route in read if not any(kind.fullmatch(route) for kind in NO_PAGES.values())}
    assert shown == {path for paths in PAGES.values() for path in paths} - {"/no-such-page"}


@dataclass
class Walk:
    """The demo with something on every page, and who is signed in where."""

    demo: RunningDemo
    ids: dict[str, str]
    people: dict[str, Watched]


async def test_every_page_is_fit_for_everyone(demo: RunningDemo, browser: Browser) -> None:
    walk = await begun(demo, browser)
    foreign = english()
    wrong: list[str] = []
    for language, theme in WEARS:
        await wear(demo, language, theme)
        for who, paths in PAGES.items():
            context = await opened(walk, browser, who, language, theme)
            for path in paths:
                await context.page.goto(path.format(**walk.ids) + ASKED_BY.get(path, "").format(language=language))
                wrong += await looked_at(context.page, path, language, foreign, phone=who in {"customer", "nobody"})
                if name := PICTURES.get((path, language)):
                    await picture(context.page, name)
            broken = [line for line in context.errors if "/no-such-page" not in line]
            wrong += [f"{who} {language} {theme}: {line}" for line in broken]
            await context.context.close()
    for person in walk.people.values():
        await person.context.close()
    assert not wrong, "\n".join(wrong)


async def looked_at(page: Page, path: str, language: str, foreign: set[str], *, phone: bool) -> list[str]:
    """What is wrong with this page."""
    found = []
    await expect(page.locator("main, #talk, [role=main], .qc-root, body").first).to_be_visible()
    await page.wait_for_load_state("networkidle")
    try:
        await axe_finds_nothing(page)
    except AssertionError as error:
        found.append(f"{path} {language}: {error}")
    spoken = await page.locator("html").get_attribute("lang")
    if spoken != language:
        found.append(f"{path}: speaks {spoken} instead of {language}")
    if phone and (over := await page.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
        found.append(f"{path} {language}: {over} px wider than the phone")
    if language == "zh-CN" and path != "/ui/style":  # its samples are what they are
        said = await page.evaluate(
            """() => {
              const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              const said = [];
              while (walker.nextNode()) {
                if (!["SCRIPT", "STYLE", "TEMPLATE"].includes(walker.currentNode.parentElement?.tagName)) {
                  said.push(walker.currentNode.data.trim());
                }
              }
              return said;
            }"""
        )
        found += [f"{path}: not translated: {one}" for one in sorted(foreign & set(said))]
    return found


def english() -> set[str]:
    """Every sentence of ours that has a Chinese one."""
    found: set[str] = set()
    for path in SOURCE.rglob("texts/zh_CN.po"):
        with path.open("rb") as file:
            found |= {str(one.id) for one in read_po(file) if one.id and one.string and one.string != one.id}
    return {one for one in found if re.search(r"[a-z]{2}", one)} - {"Qiao"}


async def begun(demo: RunningDemo, browser: Browser) -> Walk:
    """A proved contact with a case that waits for the customer; all of them signed in."""
    shi = await Customer.arrives(browser, demo, sandbox.CAST[0].service)
    wang = await Agent.arrives(browser, demo, "wang")
    await shi.sign_in()
    await shi.say("我下午收到一条短信，怕被订了什么业务。")
    contact = (await wang.answers()).rpartition("/")[2]
    await wang.proves(shi)
    case = {
        "category": "complaint/billing/unwanted_value_added_service",
        "own_words": "怕被订了什么业务",
        "ask": "short_code",
        "key": str(uuid4()),
        "_csrf": await wang.page.locator("input[name=_csrf]").first.input_value(),
    }
    answer = await wang.context.request.post(f"/desk/contacts/{contact}/case", form=case)
    assert answer.ok, await answer.text()
    people: dict[str, Watched] = {"customer": shi, "wang": wang}
    for login in ("liu", "admin"):
        people[login] = await Agent.signs_in(browser, demo, login)
    database = Database(demo.settings.database_url, HouseClock(), pool_size=1)
    async with database.transaction() as tx:
        ids = {
            "interaction_id": contact,
            "case_id": str(await tx.scalar(text("select id from cases"))),
            "article_id": str(await tx.scalar(text("select id from articles limit 1"))),
            "agent_id": str(await tx.scalar(text("select id from agents where login = 'wang'"))),
        }
    await database.close()
    return Walk(demo, ids, people)


async def wear(demo: RunningDemo, language: str, theme: str) -> None:
    """Everybody prefers this language and theme."""
    database = Database(demo.settings.database_url, HouseClock(), pool_size=1)
    async with database.transaction() as tx:
        await tx.execute(
            text("update sessions set language = :language, theme = :theme").bindparams(language=language, theme=theme)
        )
    await database.close()


async def opened(walk: Walk, browser: Browser, who: str, language: str, theme: str) -> Watched:
    """A fresh browser of this person, phone or desk."""
    state: Any = await walk.people[who].context.storage_state() if who in walk.people else None
    scheme: Literal["dark", "light"] = "dark" if theme == "dark" else "light"
    context = await browser.new_context(
        viewport=PHONE if who in {"customer", "nobody"} else DESK,  # type: ignore[arg-type]
        locale=language,
        color_scheme=scheme,
        base_url=walk.demo.address,
        storage_state=state,
    )
    return Watched(context, await context.new_page())
