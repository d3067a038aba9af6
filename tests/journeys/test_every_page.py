"""Every page a person can open: axe finds nothing, nothing breaks or is wider than its window, no word is foreign."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, text

from qiao import outreach
from qiao.bss import sandbox
from qiao.channels.voice.recordings import voice_recordings
from qiao.platform.clock import HouseClock
from qiao.platform.database import Database
from tests.access.rules import named_routes
from tests.conftest import own_database
from tests.journeys.fit_to_show import english, wrong_with
from tests.journeys.people import DESK, PHONE, Agent, Customer, Watched, picture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Browser, Page

    from qiao.platform.database import Transaction
    from tests.journeys.running_demo import RunningDemo

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
CONTACT = "/desk/contacts/{interaction_id}"
WEARS = (("zh-CN", "light"), ("zh-CN", "dark"), ("en", "dark"))
CUSTOMERS_ALSO_WEAR = (("ar", "light"), ("de", "dark"))
"""In large text: the one that runs from right to left, and the one with the longest words."""
REFUSED = ("/no-such-page", "/desk/team")
"""What the browser itself calls a failure, rightly: a page that is not, and one that is closed to an agent."""
PICTURES = {
    ("liu", "/desk/team", "zh-CN", "light"): "desk-team",
    ("wang", "/desk/cases", "zh-CN", "light"): "desk-cases",
    ("wang", "/desk/cases/{case_id}", "zh-CN", "dark"): "desk-case-dark",
    ("wang", CONTACT, "zh-CN", "dark"): "desk-contact-dark",
    ("wang", CONTACT, "en", "dark"): "desk-contact-english",
    ("admin", "/desk/knowledge", "zh-CN", "light"): "desk-knowledge",
    ("customer", "/talk", "zh-CN", "light"): "portal-talk",
    ("customer", "/me/services", "zh-CN", "light"): "portal-services",
}
PAGES: dict[str, tuple[str, ...]] = {
    "customer": (
        "/",
        "/matters",
        "/matters/{case_id}",
        "/me/do",
        "/me/do/{service_code}",
        "/me/digits",
        "/me/orders",
        "/me/orders/{order_id}",
        "/me/help/{flow_code}",
        "/me/help/{flow_code}/{session_id}",
        "/me/bill",
        "/me/services",
        "/me/messages",
        "/talk",
        "/chat/plain",
    ),
    "wang": (
        *("/desk", "/desk/cases", "/desk/cases/{case_id}", CONTACT),
        *("/desk/callbacks", "/desk/search", "/desk/second-factor", "/desk/team"),
        "/desk/telephone",
    ),
    "liu": (
        *("/desk/approvals", "/desk/costs", "/desk/standards", "/desk/team", "/desk/team/agents/{agent_id}"),
        *("/desk/calls", "/desk/recordings/{interaction_id}"),
        "/desk/team/agents/{agent_id}/telephone",
    ),
    "admin": (
        "/desk/knowledge",
        "/desk/knowledge/{article_id}",
        "/desk/knowledge/{article_id}/edit",
        "/desk/knowledge/new",
        "/desk/messages",
        "/desk/messages/{code}",
        "/desk/campaigns",
        "/desk/campaigns/new",
        "/desk/campaigns/{code_id}",
        "/desk/chats",
        "/desk/chats/{key}",
        "/desk/ending-calls",
        "/desk/numbers",
        "/desk/numbers/new",
        "/desk/numbers/{number}",
        "/desk/flows",
        "/desk/flows/edit",
        "/desk/rules",
        "/desk/rules/edit",
    ),
    "nobody": (
        *("/sign-in", "/sign-in/code", "/desk/sign-in", "/demo/handset"),
        *("/chat/frame", "/ui/style", "/no-such-page"),
    ),
}
ASKED_BY = {
    "/desk/flows/edit": "?flow=main_menu",
    "/desk/rules/edit": "?rule=clocks",
    "/desk/search": "?q=%E4%B8%9A%E5%8A%A1",
    "/demo/handset": f"?number={sandbox.CAST[0].service.value}",
    "/chat/frame": "?site=portal&lang={language}",
}
ON_PHONES = {"customer", "nobody"}
NO_PAGES = {
    "parts": re.compile(
        r"/desk/contacts/\{interaction_id\}/.+|/desk/cases/\{case_id\}/.+|/desk/(go|presence|work)|/desk/team/(desks|agents)"
        r"|/desk/team/agents/\{agent_id\}/contacts/.+|/desk/phone(/.+)?"
    ),
    "files": re.compile(
        r"/static/.*|/chat/(assets|files|texts)/.*|/chat/widget\.js|/desk/(answers|cases|costs|standards)/export"
        r"|/desk/recordings/.+/sound"
    ),
    "opened by a signed link": re.compile(r"/confirm/.+|/pay/return"),
    "for programs": re.compile(r"/docs.*|/healthz|/readyz|/metrics"),
}


@pytest.fixture
def database_url(server_url: str, template: str) -> Iterator[str]:
    """Each walk begins in a house where nothing has happened."""
    with own_database(server_url, template) as url:
        yield url


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


@pytest.mark.parametrize("whose", ["the staff's", "the customers'"])
async def test_every_page_is_fit_for_everyone(demo: RunningDemo, browser: Browser, whose: str) -> None:
    walk = await begun(demo, browser)
    foreign = english()
    wrong: list[str] = []
    for language, theme in WEARS:
        await wear(demo, language, theme)
        for who, paths in PAGES.items():
            if (who in ON_PHONES) != (whose == "the customers'"):
                continue
            context = await opened(walk, browser, who, language, theme)
            home, other = (PHONE, DESK) if who in ON_PHONES else (DESK, PHONE)
            for path in paths:
                await context.page.set_viewport_size(home)
                await go(context.page, path, walk.ids, language)
                strange = foreign if language == "zh-CN" and path != "/ui/style" else set()  # its samples are samples
                wrong += await wrong_with(context.page, path, language=language, foreign=strange)
                if name := PICTURES.get((who, path, language, theme)):
                    await picture(context.page, name)
                if language == "en":  # in the other window too
                    await context.page.set_viewport_size(other)
                    wrong += await wrong_with(context.page, path, language=language, foreign=strange)
            broken = [line for line in context.errors if not line.endswith(REFUSED)]
            wrong += [f"{who} {language} {theme}: {line}" for line in broken]
            await context.context.close()
    for person in walk.people.values():
        await person.context.close()
    assert not wrong, "\n".join(wrong)


async def test_every_customer_page_is_fit_in_large_text(demo: RunningDemo, browser: Browser) -> None:
    walk = await begun(demo, browser)
    wrong: list[str] = []
    for language, theme in CUSTOMERS_ALSO_WEAR:
        await wear(demo, language, theme)
        context = await opened(walk, browser, "customer", language, theme)
        large: Any = {"name": "qiao_elderly", "value": "1", "url": demo.address}
        await context.context.add_cookies([large])
        for path in PAGES["customer"]:
            await go(context.page, path, walk.ids, language)
            wrong += await wrong_with(context.page, path, language=language, foreign=set())
        wrong += [f"customer {language} {theme} large: {line}" for line in context.errors]
        await context.context.close()
    for person in walk.people.values():
        await person.context.close()
    assert not wrong, "\n".join(wrong)


async def go(page: Page, path: str, ids: dict[str, str], language: str) -> None:
    """To this page, as people come to it."""
    if path == "/sign-in/code":
        await page.goto("/sign-in")
        await page.locator("input[name=number]").fill(sandbox.CAST[1].service.national)
        await page.locator("main button[type=submit]").click()
        await page.wait_for_url(f"**{path}")
    else:
        await page.goto(path.format(**ids) + ASKED_BY.get(path, "").format(language=language))


async def begun(demo: RunningDemo, browser: Browser) -> Walk:
    """A proved contact with a case that waits for the customer; all of them signed in."""
    shi = await Customer.arrives(browser, demo, sandbox.CAST[0].service)
    wang = await Agent.arrives(browser, demo, "wang")
    await shi.sign_in()
    await shi.asks_person("我下午收到一条短信，怕被订了什么业务。")
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
    ordered, helped = await served(shi)
    people: dict[str, Watched] = {"customer": shi, "wang": wang}
    for login in ("liu", "admin"):
        people[login] = await Agent.signs_in(browser, demo, login)
    database = Database(demo.settings.database_url, HouseClock(), pool_size=1)
    async with database.transaction() as tx:
        await _recorded(tx, contact)
        ids = {
            "number": "10086",
            "key": "portal",
            "code_id": await _campaign(tx),
            "service_code": "change_plan",
            "order_id": ordered,
            "flow_code": "main_menu",
            "session_id": helped,
            "interaction_id": contact,
            "case_id": str(await tx.scalar(text("select id from cases"))),
            "code": "case.opened",
            "article_id": str(await tx.scalar(text("select id from articles limit 1"))),
            "agent_id": str(await tx.scalar(text("select id from agents where login = 'wang'"))),
        }
    await database.close()
    return Walk(demo, ids, people)


async def _recorded(tx: Transaction, contact: str) -> None:
    """Something to be heard again, and something for which the disk had no room."""
    for leg, file_id, why_not in (("in", uuid4(), ""), ("out", None, "no_room")):
        await tx.execute(
            insert(voice_recordings).values(
                id=uuid4(),
                call_id=UUID(contact),
                interaction_id=UUID(contact),
                leg=leg,
                file_id=file_id,
                sha256="5f" * 32 if file_id else "",
                seconds=83.0,
                why_not=why_not,
                at=tx.now,
                keep_until=tx.now + timedelta(days=180),
            )
        )


async def _campaign(tx: Transaction) -> str:
    """A campaign whose code is live."""
    kept = await outreach.keep_code(
        tx,
        code_id=None,
        code="LX5",
        service="change_plan",
        parameters={"plan_code": "light19"},
        campaign="秋季轻享",
        from_at=tx.now - timedelta(days=1),
        until_at=tx.now + timedelta(days=30),
        reserved=(),
        seen_rev=0,
        by="system:test",
    )
    return str(kept.id)


async def served(shi: Customer) -> tuple[str, str]:
    """What he ordered himself, and a flow he is in."""
    page = shi.page
    await page.goto("/me/do/correct_address")
    await page.locator("main textarea").fill("新街口 1 号")
    await page.locator("main form button[type=submit]").click()
    await page.wait_for_url("**/me/orders/*")
    ordered = page.url.rpartition("/")[2]
    await page.goto("/me/help/main_menu")
    return ordered, page.url.rpartition("/")[2]


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
        viewport=PHONE if who in ON_PHONES else DESK,
        locale=language,
        color_scheme=scheme,
        base_url=walk.demo.address,
        storage_state=state,
    )
    return Watched(context, await context.new_page())
