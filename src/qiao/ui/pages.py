"""The kit's own doors: what somebody chose for his screen, and in tests and demo the page that shows every piece."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie

from qiao.kernel.languages import LANGUAGES
from qiao.kernel.money import Money
from qiao.kernel.refused import InputNotUnderstood, NotFound
from qiao.platform.policy import Access
from qiao.platform.web import house_of, local_path, page, redirect
from qiao.ui.icons import icon_names

AnyRequest = Request[Any, Any, Any]
PUBLIC: Final = {"access": Access(audience="public")}
YEAR_SECONDS: Final = 365 * 24 * 3600
THEMES: Final = ("light", "dark", "system")


@post(["/ui/theme", "/desk/ui/theme"], opt=PUBLIC, include_in_schema=False, status_code=200)
async def choose_theme(request: AnyRequest) -> Response[None]:
    """Light, dark, or as the device says."""
    return await _chosen(request, "theme", "qiao_theme", {value: value for value in THEMES})


@post(["/ui/language", "/desk/ui/language"], opt=PUBLIC, include_in_schema=False, status_code=200)
async def choose_language(request: AnyRequest) -> Response[None]:
    """The language of the screen on this device."""
    return await _chosen(request, "language", "qiao_language", {value: value for value in LANGUAGES})


@post("/ui/elderly", opt=PUBLIC, include_in_schema=False, status_code=200)
async def choose_elderly(request: AnyRequest) -> Response[None]:
    """Large letters and one column, on the portal."""
    return await _chosen(request, "elderly", "qiao_elderly", {"0": "0", "1": "1"})


async def _chosen(request: AnyRequest, field: str, cookie: str, allowed: Mapping[str, str]) -> Response[None]:
    form = await request.form()
    value, going = form.get(field), form.get("next")
    if not isinstance(value, str) or value not in allowed:
        raise InputNotUnderstood
    response = redirect(request, local_path(going))
    response.set_cookie(
        Cookie(
            key=cookie,
            value=allowed[value],
            path="/",
            max_age=YEAR_SECONDS,
            samesite="lax",
            httponly=True,
            secure=house_of(request).settings.address.startswith("https:"),
        )
    )
    return response


@get("/ui/style", opt=PUBLIC, include_in_schema=False)
async def style(request: AnyRequest) -> Response[str]:
    """Every piece of the kit in every state; `?shell=desk|portal|plain`. Only in tests and the demo."""
    house = house_of(request)
    if house.settings.mode == "production":
        raise NotFound
    shell = request.query_params.get("shell", "desk")
    if shell not in ("desk", "portal", "plain"):
        raise NotFound
    now = house.clock.now()
    return page(
        request,
        "ui/style.html",
        around=f"ui/{shell}.html",
        icons=icon_names(),
        amount=Money.of("1280.5"),
        moments=[now - timedelta(minutes=m) for m in (0, 3, 90, 60 * 24, 60 * 24 * 40)]
        + [now + timedelta(minutes=m) for m in (25, 60 * 20)],
    )


ROUTES: Final = (choose_theme, choose_language, choose_elderly, style)
