"""A small house behind the real server: the kit's own routes, a stream, and a page of shift that only tests have."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import jinja2
import pytest
import uvicorn
import websockets
from litestar import Request, Response, get, post
from litestar.params import FromQuery
from markupsafe import escape

from qiao.kernel.ids import new_id
from qiao.kernel.refused import InputNotUnderstood
from qiao.platform.house import House
from qiao.platform.i18n import Texts
from qiao.platform.live import touch
from qiao.platform.policy import Access, Actor
from qiao.platform.sessions import cookie_name
from qiao.platform.web import Pages, WebParts, build_app, page
from qiao.ui import extend, make_stream_route
from qiao.ui.room import ROOM
from tests.looking import a_moment
from tests.sockets import FrameKeeper

STAFF: Final = {"access": Access(audience="staff")}
SHIFT: Final = """
{% extends "ui/desk.html" %}
{% from "ui/kit.html" import button, field, textarea, csrf_field, ago, countdown %}
{% block title %}Shift{% endblock %}
{% block left %}<ul data-list id="work">
{% for n in range(3) %}<li><a href="#c{{ n }}">Contact {{ n }}</a></li>{% endfor %}
</ul>{% endblock %}
{% block main %}
<h1>Shift</h1>
{% include "live.html" %}
<div id="shared" data-show="desk:vip"></div>
<p id="times">{{ ago(now) }}</p>
{{ button("Answer", tone="primary", shortcut="a", id="answer") }}
<form method="post" action="/desk/refuses" hx-post="/desk/refuses" hx-swap="none" id="refused-form">{{ csrf_field() }}
{{ field("Number", "number", value="12") }}{{ button("Keep", type="submit", id="keep") }}</form>
{{ textarea("Note", "note", draft_url="/desk/draft") }}
<input type="search" name="find" aria-label="Find" id="find">
{% endblock %}
{% block bottom %}<div id="presence"></div>{% endblock %}
"""
LIVE: Final = """
<div id="live" data-live="contact:1 contact:2" hx-get="/desk/live" hx-trigger="qiao:live" hx-swap="outerMorph">
<span id="served">{{ served }}</span> <input id="typed" aria-label="Typed" name="typed"></div>
"""
Request_ = Request[Any, Any, Any]


@dataclass
class Kit:
    """The running server, and what its doors noticed."""

    house: House
    actor: Actor
    port: int = 0
    running: uvicorn.Server | None = None
    served: int = 0
    refused_topics: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    alive: list[UUID] = field(default_factory=list)
    shown: list[tuple[str, str]] = field(default_factory=list)
    drafts: list[str] = field(default_factory=list)
    session_over: bool = False
    signed_in: bool = True

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def cookie(self) -> str:
        return cookie_name("staff", https=False)

    async def touch(self, *topics: str) -> None:
        """As a room does it: in a transaction, told on commit."""
        async with self.house.database.transaction() as tx:
            for topic in topics:
                await touch(tx, topic)

    def cut(self) -> None:
        """Tear every connection off, as a broken network would."""
        assert self.running is not None
        for connection in list(self.running.server_state.connections):
            connection.transport.abort()  # type: ignore[union-attr]

    @contextlib.asynccontextmanager
    async def tab(
        self,
        *,
        watch: list[str],
        connection: str | None = None,
        last: int = 0,
        age: float = 0,
        show: list[str] | None = None,
    ) -> AsyncIterator["Wire"]:
        url = f"ws://127.0.0.1:{self.port}/desk/stream"
        headers = {"Cookie": f"{self.cookie}=agent"}
        async with websockets.connect(url, origin=self.address, additional_headers=headers) as socket:
            wire = Wire(socket)
            reader = asyncio.create_task(wire.listen())
            try:
                await wire.send(watch=watch, show=show or [], connection=connection, last=last, age=age)
                yield wire
            finally:
                reader.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await reader


class Wire(FrameKeeper):
    """A tab's side of the stream."""

    async def frame(self, kind: str) -> dict[str, Any]:
        """The first frame that has this field."""
        return dict(await self.until(lambda wire: next((f for f in wire.frames if kind in f), None)))

    async def touched(self, topic: str) -> dict[str, Any]:
        """The first frame that names the topic."""
        return dict(await self.until(lambda wire: next((f for f in wire.frames if topic in f.get("touch", ())), None)))


def routes_of(kit: Kit) -> list[Any]:
    async def may_watch(house: House, actor: Actor, topic: str) -> bool:
        kit.asked.append(topic)
        return topic not in kit.refused_topics

    async def on_alive(house: House, actor: Actor, seat: UUID) -> bool:
        kit.alive.append(seat)
        return not kit.session_over

    async def shows(house: House, topic: str, language: str) -> str:
        kit.shown.append((topic, language))
        return f"<b>{escape(topic)} {language} {len(kit.shown)}</b>"

    @get("/desk/shift", opt=STAFF)
    async def shift(request: Request_) -> Response[str]:
        return page(request, "shift.html", served=kit.served)

    @get("/desk/live", opt=STAFF)
    async def live(request: Request_) -> Response[str]:
        kit.served += 1
        return page(request, "live.html", served=kit.served)

    @post("/desk/refuses", opt=STAFF)
    async def refuses(request: Request_) -> None:
        raise InputNotUnderstood({"number": "Check the digits and try again."})

    @post("/desk/draft", opt=STAFF, status_code=204)
    async def draft(request: Request_) -> None:
        kit.drafts.append(str((await request.form())["text"]))

    @get("/desk/go", opt=STAFF)
    async def go(q: FromQuery[str] = "") -> Response[str]:
        found = f'<a class="found" href="#{escape(q)}">Case {escape(q)}</a>' if q else ""
        return Response(found, media_type="text/html")

    stream = make_stream_route("/desk/stream", Access(audience="staff"), may_watch, on_alive, shows)
    return [*ROOM.routes, stream, shift, live, refuses, draft, go]


@pytest.fixture
async def kit(house: House) -> AsyncIterator[Kit]:
    """The server, its hub listening; whoever has the cookie "agent" is signed in at the desk."""
    session = new_id()
    made = Kit(
        house, Actor("staff", new_id(), "林晓", None, frozenset({"cases.read"}), "en", session, csrf="token" * 6)
    )

    async def authenticate(_: House, side: str, token: str, by_hand: bool) -> Actor | None:
        return made.actor if (side, token) == ("staff", "agent") and made.signed_in else None

    pages = Pages(["qiao.ui"], Texts.load(["qiao.platform", "qiao.ui"]), mode="test", extend=extend)
    pages.environment.loader.loaders.append(  # type: ignore[union-attr]
        jinja2.DictLoader({"shift.html": SHIFT, "live.html": LIVE})
    )
    app = build_app(WebParts(house, pages, authenticate, routes_of(made)))
    config = uvicorn.Config(
        app,
        port=0,
        ws="websockets-sansio",
        ws_max_size=64 * 1024,
        ws_ping_interval=4.0,
        ws_ping_timeout=8.0,
        lifespan="off",
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    made.running = uvicorn.Server(config)
    hub = asyncio.create_task(house.hub.run())
    async with asyncio.timeout(10):
        await house.hub.connected.wait()
    serving = asyncio.create_task(made.running.serve())
    while not made.running.started:
        await a_moment()
    made.port = made.running.servers[0].sockets[0].getsockname()[1]
    yield made
    made.running.should_exit = True
    async with asyncio.timeout(10):
        await serving
    hub.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await hub
    left = [task for task in asyncio.all_tasks() if "Board." in repr(task.get_coro())]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
