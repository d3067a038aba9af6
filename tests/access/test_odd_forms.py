"""Whatever a form brings along, no route breaks: it refuses with a code, or takes it as the words they are."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

import qiao
from tests.access.knocking import path_of
from tests.access.rules import AGENTS, WRITERS, named_routes, rule_of
from tests.access.scenes import CHAT, NUMBER, Scene, World, missing
from tests.access.test_access_table import ids_of

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
ODD: Final[Mapping[str, str]] = {
    "nothing": "",
    "a word where a number stands": "twelve",
    "a number beyond all numbers": "9" * 400,
    "a NUL": "a\x00b",
    "HTML": "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "a formula": '=HYPERLINK("http://evil.example","x")',
    "a right-to-left override": "abc\u202efdp.exe",
    "a template": "{{ 7*7 }} ${7*7} %s {0} {name}",
    "a quote": "'; drop table customers; --",
    "half a character": "half \ud83d",
    "an id of nothing": str(missing()),
    "a path": "../../../../etc/passwd",
    "another site": "//evil.example/",
    "many letters": "x" * 21_000,
}
BODIES: Final[Mapping[str, tuple[str, bytes]]] = {
    "not UTF-8": ("application/x-www-form-urlencoded", b"text=%ff%fe&own_words=%c3%28&number=\xff"),
    "a body without its end": (
        "multipart/form-data; boundary=xyz",
        b'--xyz\r\nContent-Disposition: form-data; name="t',
    ),
    "a boundary of nothing": ("multipart/form-data", b"--\r\n"),
    "JSON that is none": ("application/json", b'{"text": '),
    "JSON too deep": ("application/json", b"[" * 20_000),
    "another kind": ("application/x-msdownload", b"MZ\x90\x00"),
    "ten thousand fields": ("application/x-www-form-urlencoded", b"&".join(b"f%d=1" % n for n in range(10_000))),
    "11 MB": ("application/x-www-form-urlencoded", b"text=" + b"x" * (11 * 1024 * 1024)),
    "files where words stand": (
        "multipart/form-data; boundary=xyz",
        b"".join(
            b'--xyz\r\nContent-Disposition: form-data; name="%s"; filename="a.txt"\r\n\r\nwords\r\n' % name
            for name in (b"text", b"own_words", b"number", b"login", b"code", b"item.short_code", b"title")
        )
        + b"--xyz--\r\n",
    ),
}
LEAVING: Final = ("sign-out", "/lock")


def fields() -> list[str]:
    """Every name that a form of ours sends."""
    pages = Path(qiao.__file__).parent.rglob("*.html")
    found = {name for page in pages for name in re.findall(r'name="([a-z_.]+)"', page.read_text("utf-8"))}
    return sorted(found | {"item.short_code", "facts.short_code", "tried.step", "tried.outcome"} - {"_csrf"})


FIELDS: Final = fields()
ROUTES: Final = [route for route in named_routes() if route.startswith("POST ")]


async def sender(world: World, route: str) -> tuple[Any, Scene]:
    """Somebody whom the route lets in, and something of his own to name in it."""
    rule = rule_of(route)
    basis = {"case": "owner", "offer": "none"}.get(rule.about, "own")
    role = "agent" if "agent" in rule.who or not rule.who & (AGENTS | WRITERS) else "team_leader"
    if "agent" not in rule.who and "administrator" in rule.who:
        role = "administrator"
    scene = await world.scene((role, basis, 2, True))
    if rule.door == "portal":
        return await world.customer(scene), scene
    return world.people[role], scene


AWAY = frozenset({"voice.telephone_away"})
"""What is outside the house and not there in these tests; whatever is sent, that is the answer."""


def must_not_break(answer: httpx.Response, route: str, what: str) -> None:
    """Taken, or refused with a code that says why."""
    away = answer.status_code == 503 and answer.headers.get("x-refusal-code") in AWAY
    assert answer.status_code < 500 or away, f"{route}, {what}: {answer.status_code} {answer.text[-400:]}"
    if answer.status_code >= 400 and not route.startswith("POST /chat/"):
        beside = 'aria-invalid="true"' in answer.text or 'role="alert"' in answer.text
        assert beside or answer.headers.get("x-refusal-code"), f"{route}, {what}: {answer.status_code} without a word"
    if answer.headers.get("content-type") != "application/zip":  # a file to be saved, and no page
        assert "<script>alert(1)" not in answer.text, f"{route}, {what}"
    onward = answer.headers.get("location") or answer.headers.get("hx-redirect") or "/"
    assert not onward.startswith(("//", "http://evil")), f"{route}, {what}: leads to {onward}"


@pytest.mark.parametrize("route", ROUTES)
async def test_no_form_breaks_a_route(world: World, route: str) -> None:
    person, scene = await sender(world, route)
    known = {"agent_id": world.people["agent"].agent.id, "article_id": world.article_id, "code": "case.opened"} | {
        "token": "x",
        "ref": "pay_nothing",
        "number": NUMBER,
        "key": CHAT,
        "code_id": world.campaign_code_id,
        "service_code": "correct_address",
        "flow_code": "main_menu",
        "verb": "hold",
        "order_id": missing(),
        "session_id": missing(),
    }
    ids = {**known, **ids_of(scene, route)}
    path = path_of(route, ids)
    if path.endswith(LEAVING):
        person = await world.centre.sign_in("Leaving") if path.startswith("/desk") else person
    headers = {"x-csrf-token": person.session.csrf}
    for what, odd in ODD.items():
        form = dict.fromkeys(FIELDS, odd.encode("utf-8", "surrogatepass"))
        answer = await person.http.post(path, data=form, headers={**headers, "hx-request": "true"})
        must_not_break(answer, route, what)
        if route.startswith("POST /chat/"):
            told = await person.http.post(path, json=dict.fromkeys(FIELDS, odd.replace("\ud83d", "")), headers=headers)
            must_not_break(told, route, f"{what} as JSON")
    for what, (kind, body) in BODIES.items():
        answer = await person.http.post(path, content=body, headers={**headers, "content-type": kind})
        must_not_break(answer, route, what)
