"""The web door: who may come in, what a form must carry, what an answer looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.testing import AsyncTestClient

from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood, Refused
from qiao.platform.policy import Access, Actor
from qiao.platform.web import Pages, WebParts, build_app, redirect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from qiao.platform.house import House

AnyRequest = Request[Any, Any, Any]
JSON = {"Accept": "application/json"}
ACTORS = {
    "agent": Actor("staff", uuid4(), "Wang", None, frozenset({"cases.read"}), "zh-CN", uuid4(), "form-token"),
    "novice": Actor("staff", uuid4(), "Novice", None, frozenset(), "en", uuid4(), "form-token"),
    "customer": Actor("customer", uuid4(), "Shi", None, frozenset(), "zh-CN", uuid4(), "form-token"),
}


class TooMuch(Refused):
    code = "test.too_much"
    text = N_("That was {count} too many.")


def opened(access: Access) -> dict[str, Any]:
    return {"access": access}


@get("/open", opt=opened(Access("public")))
async def open_to_all() -> str:
    return "open"


@get("/staff", opt=opened(Access("staff")))
async def for_staff() -> str:
    return "staff"


@get("/cases", opt=opened(Access("staff", right="cases.read")))
async def for_readers() -> str:
    return "cases"


@get("/me", opt=opened(Access("customer")))
async def for_customers() -> str:
    return "me"


@post("/change", opt=opened(Access("any")), status_code=200)
async def change(request: AnyRequest) -> str:
    form = await request.form()
    return str(form.get("name", ""))


@post("/hook", opt={"access": Access("public"), "any_origin": True}, status_code=200)
async def hook() -> str:
    return "heard"


@get("/refused", opt=opened(Access("public")))
async def refused() -> None:
    raise TooMuch(count=3)


@get("/wrong", opt=opened(Access("public")))
async def wrong() -> None:
    raise InputNotUnderstood({"name": N_("Too long.")})


@get("/broken", opt=opened(Access("public")))
async def broken() -> None:
    raise ZeroDivisionError("secret detail")


@get("/away", opt=opened(Access("public")))
async def away(request: AnyRequest) -> Response[None]:
    return redirect(request, "/open")


@get("/number/{number:int}", opt=opened(Access("public")))
async def number(number: FromPath[int]) -> str:
    return str(number)


@get("/no-access-named")
async def forgotten() -> str:
    return ""


ROUTES = [open_to_all, for_staff, for_readers, for_customers, change, hook, refused, wrong, broken, away, number]


class English:
    def translate(self, language: str, msgid: str) -> str:
        return msgid


async def authenticate(house: House, side: str, token: str, by_hand: bool) -> Actor | None:
    actor = ACTORS.get(token)
    return actor if actor is not None and actor.kind == side else None


@pytest.fixture
async def client(house: House) -> AsyncIterator[AsyncTestClient[Any]]:
    app = build_app(WebParts(house, Pages([], English(), mode="test"), authenticate, ROUTES))
    async with AsyncTestClient(app, base_url=house.settings.address) as opened_client:
        yield opened_client


def as_(who: str) -> dict[str, str]:
    side = "qiao_customer" if who == "customer" else "qiao_staff"
    return {"Cookie": f"{side}={who}", **JSON}


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        (None, "/open", 200),
        (None, "/staff", 401),
        (None, "/me", 401),
        ("agent", "/staff", 200),
        ("agent", "/cases", 200),
        ("agent", "/me", 401),
        ("novice", "/cases", 403),
        ("customer", "/me", 200),
        ("customer", "/staff", 401),
        ("nobody's token", "/staff", 401),
    ],
)
async def test_each_side_comes_in_by_its_own_cookie_only(
    client: AsyncTestClient[Any], who: str | None, path: str, status: int
) -> None:
    answer = await client.get(path, headers=as_(who) if who else JSON)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


async def test_a_form_without_its_token_or_from_another_site_changes_nothing(client: AsyncTestClient[Any]) -> None:
    async def sent(**headers: str) -> int:
        name = {key.replace("_", "-"): value for key, value in headers.items()}
        return (await client.post("/change", data={"name": "x"}, headers={**as_("agent"), **name})).status_code

    assert await sent() == 403
    assert await sent(X_CSRF_Token="another's") == 403
    assert await sent(X_CSRF_Token="form-token") == 200
    assert await sent(X_CSRF_Token="form-token", Origin="https://evil.example") == 403
    assert await sent(X_CSRF_Token="form-token", Sec_Fetch_Site="cross-site") == 403
    within = {"name": "kept", "_csrf": "form-token"}
    answer = await client.post("/change", data=within, headers=as_("agent"))
    assert (answer.status_code, answer.text) == (200, "kept"), "the form can be read again after the check"


async def test_a_route_that_any_site_may_call_asks_for_no_token(client: AsyncTestClient[Any]) -> None:
    answer = await client.post("/hook", headers={"Origin": "https://shop.example"})
    assert answer.status_code == 200


async def test_a_refusal_says_its_code_and_what_was_kept(client: AsyncTestClient[Any]) -> None:
    told = (await client.get("/refused", headers=JSON)).json()
    assert told["code"] == "test.too_much"
    assert told["title"] == "That was 3 too many."
    told = (await client.get("/wrong", headers=JSON)).json()
    assert told["fields"] == {"name": "Too long."}


async def test_a_fault_of_ours_gives_a_number_and_no_detail(client: AsyncTestClient[Any]) -> None:
    answer = await client.get("/broken", headers=JSON)
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "number" in answer.json()["title"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("POST", "/open", 405), ("GET", "/number/twelve", 404), ("GET", "/number/1e9", 404)],
)
async def test_nonsense_is_refused_and_never_breaks(
    client: AsyncTestClient[Any], method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path, headers=JSON)
    assert answer.status_code == status
    assert answer.json()["code"]


async def test_htmx_is_told_where_to_go_and_a_browser_is_sent(client: AsyncTestClient[Any]) -> None:
    sent = await client.get("/away", follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, "/open")
    told = await client.get("/away", headers={"HX-Request": "true"})
    assert (told.status_code, told.headers["hx-redirect"]) == (204, "/open")


async def test_an_app_with_a_route_that_names_no_access_does_not_start(house: House) -> None:
    with pytest.raises(LookupError, match="forgotten names no access"):
        build_app(WebParts(house, Pages([], English(), mode="test"), authenticate, [forgotten]))


async def test_health_is_told_and_figures_only_to_this_machine(client: AsyncTestClient[Any]) -> None:
    assert (await client.get("/healthz")).text == "ok\n"
    assert (await client.get("/readyz")).text == "ready\n"
    assert (await client.get("/metrics", headers=JSON)).status_code == 404
