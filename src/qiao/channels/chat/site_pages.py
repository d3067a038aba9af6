"""Where chats are embedded, on the desk: which pages of others may frame each, and what to paste there."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath

from qiao.channels.chat import sites
from qiao.channels.chat.model import Embedding
from qiao.channels.chat.model_origins import ORIGINS_MAX, as_lines, origins_of
from qiao.channels.chat.sites import SECONDS_MAX, SECONDS_MIN
from qiao.kernel.refused import InputNotUnderstood, Refused
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, require_actor, see_other
from qiao.routing import EntryPoint

AnyRequest = Request[Any, Any, Any]
RIGHT: Final = "routing.numbers"
"""Whoever sets up the ways in says where they may be embedded."""
SETS: Final = {"access": Access(audience="staff", right=RIGHT)}
SILENCES: Final = ("warn_seconds", "end_seconds", "gone_seconds")


@get("/desk/chats", opt=SETS, include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """All chats, and where each may be embedded."""
    async with house_of(request).database.transaction() as tx:
        lines = await sites.chats(tx)
    return page(request, "chat/sites.html", lines=lines, language=language_of(request))


@get("/desk/chats/{key:str}", opt=SETS, include_in_schema=False)
async def edit(request: AnyRequest, key: FromPath[str]) -> Response[str]:
    """One chat to be changed."""
    async with house_of(request).database.transaction() as tx:
        way, now = await sites.chat(tx, key)
    typed = {name: str(getattr(now, name)) for name in SILENCES}
    typed |= {"origins": as_lines(now.origins), "seen": now.mark, "active": "yes" if now.active else ""}
    return _form(request, way, typed, set())


@post("/desk/chats/{key:str}", opt=SETS, include_in_schema=False, status_code=200)
async def change(request: AnyRequest, key: FromPath[str]) -> Response[Any]:
    """Change it; what cannot be kept brings the form again as it was typed."""
    form = await request.form()
    typed = {name: str(form.get(name) or "")[:4000] for name in (*SILENCES, "origins", "seen", "active")}
    origins, no_origin = origins_of(typed["origins"])
    seconds = {name: _seconds(typed[name]) for name in SILENCES}
    wrong = {name for name in SILENCES if not seconds[name]} | ({"origins"} if no_origin else set())
    async with house_of(request).database.transaction() as tx:
        way, _ = await sites.chat(tx, key)
    if wrong:
        return _form(request, way, typed, wrong, no_origin=no_origin)
    now = Embedding(origins=origins, active=typed["active"] == "yes", **seconds)
    try:
        async with house_of(request).database.transaction() as tx:
            await sites.change_chat(tx, actor=require_actor(request), key=key, seen=typed["seen"], now=now)
    except sites.SiteChanged as refused:
        return _form(request, way, typed, set(), refused=refused)
    return see_other("/desk/chats")


def _form(
    request: AnyRequest,
    way: EntryPoint,
    typed: dict[str, str],
    wrong: set[str],
    *,
    no_origin: str = "",
    refused: Refused | None = None,
) -> Response[str]:
    told = page(
        request,
        "chat/site.html",
        way=way,
        typed=typed,
        wrong=wrong,
        no_origin=no_origin,
        refused=refused.text if refused is not None else "",
        bounds={"least": SECONDS_MIN, "most": SECONDS_MAX, "origins": ORIGINS_MAX},
        address=house_of(request).settings.address,
        language=language_of(request),
    )
    if wrong or refused is not None:
        told.status_code = refused.status if refused is not None else 400
        told.headers["X-Refusal-Code"] = refused.code if refused is not None else InputNotUnderstood.code
    return told


def _seconds(typed: str) -> int:
    """0 for what is no figure within the bounds."""
    figure = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0
    return figure if SECONDS_MIN <= figure <= SECONDS_MAX else 0


ROUTES: Final = (show, edit, change)
