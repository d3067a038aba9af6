"""A real chat server on a real port, a scripted routing below it, and clients that speak the wire."""

import asyncio
import contextlib
import importlib.util
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn
import websockets
from sqlalchemy import text

from qiao import customers, interactions
from qiao.app.rooms import all_rooms
from qiao.bss import Operator
from qiao.bss.sandbox import SandboxOperator, fill, misbehave
from qiao.channels.chat import waiting
from qiao.channels.chat.model import PORTAL, Outlook, Site
from qiao.channels.chat.operations import ensure_site
from qiao.channels.chat.room import ROOM
from qiao.interactions import Interaction
from qiao.kernel.ids import InteractionId
from qiao.platform.database import Transaction
from qiao.platform.events import Reader, ensure_cursors
from qiao.platform.house import House
from qiao.platform.policy import Actor, Level
from qiao.platform.signing import Keys
from qiao.platform.timers import run_due
from qiao.platform.web import Pages, WebParts, build_app
from tests.chat.assisted import LISTENERS, SHI, Shop
from tests.looking import a_moment
from tests.sockets import FrameKeeper

SITE = "shop"


@dataclass
class ScriptedRouting:
    """Stands where routing stands: says what it is told to say, remembers what it was asked."""

    outlook: Outlook = field(default_factory=lambda: Outlook(True, 45))
    queued: list[InteractionId] = field(default_factory=list)
    abandoned: list[InteractionId] = field(default_factory=list)


@pytest.fixture
def routing(monkeypatch: pytest.MonkeyPatch) -> ScriptedRouting:
    script = ScriptedRouting()
    put_below(script, lambda name, does: monkeypatch.setattr(waiting, name, does))
    return script


def put_below(script: ScriptedRouting, put: Callable[[str, Any], None]) -> None:
    """Let the chat talk to the script instead of routing."""

    async def queue(tx: Transaction, contact: Interaction, *, site: Site) -> None:
        script.queued.append(contact.id)
        await interactions.mark_queued(tx, interaction_id=contact.id)

    async def abandon(tx: Transaction, contact: Interaction) -> None:
        script.abandoned.append(contact.id)

    async def outlook(tx: Transaction, **_: Any) -> Outlook:
        return script.outlook

    put("queue", queue)
    put("abandon", abandon)
    put("outlook", outlook)


class English:
    """Screen texts as they are."""

    def translate(self, language: str, msgid: str) -> str:
        return msgid


@dataclass
class Server:
    """The running server and the way to it."""

    house: House
    port: int
    actors: dict[str, Actor]
    running: uvicorn.Server | None = None

    def cut(self) -> None:
        """Tear every open connection off, as a broken network would."""
        assert self.running is not None
        for connection in list(self.running.server_state.connections):
            connection.transport.abort()  # type: ignore[union-attr]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def http(self, **headers: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.address, headers=headers, trust_env=False)

    async def visit(self, token: str | None = None, **asked: Any) -> dict[str, Any]:
        headers = {"x-chat-token": token} if token else {}
        async with self.http(**headers) as http:
            answer = await http.post("/chat/visits", json={"site": SITE, **asked})
            assert answer.status_code == 200, answer.text
            return dict(answer.json())

    async def rows(self, conversation: str) -> list[tuple[int, str, str | None]]:
        """(number, text, client key) of each message that is kept."""
        async with self.house.database.transaction() as tx:
            found = await tx.rows(
                text("select seq, text, client_key from messages where interaction_id = :it order by seq"),
                {"it": UUID(conversation)},
            )
        return [(row["seq"], row["text"], row["client_key"]) for row in found]

    @contextlib.asynccontextmanager
    async def tab(
        self, visit: dict[str, Any], *, conversation: str | None = None, last: int | None = None, hello: bool = True
    ) -> AsyncIterator["Tab"]:
        url = f"ws://127.0.0.1:{self.port}/chat/ws?ticket={visit['ticket']}"
        async with websockets.connect(url, origin=self.address, max_size=None) as socket:
            tab = Tab(socket)
            reader = asyncio.create_task(tab.listen())
            try:
                if hello:
                    await tab.send(t="hello", conversation=conversation, last=last)
                yield tab
            finally:
                reader.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await reader


class Tab(FrameKeeper):
    """A browser's side of the wire."""

    async def frame(self, kind: str, **wanted: Any) -> dict[str, Any]:
        def found(tab: Tab) -> dict[str, Any] | None:
            for frame in tab.frames:
                if frame["t"] == kind and all(frame.get(key) == value for key, value in wanted.items()):
                    return frame
            return None

        return dict(await self.until(found))

    async def said(self, count: int) -> list[dict[str, Any]]:
        """Messages of the present conversation as a client would hold them, once there are that many."""
        await self.until(lambda tab: len(tab.messages()) >= count)
        return self.messages()

    def messages(self) -> list[dict[str, Any]]:
        held: dict[int, dict[str, Any]] = {}
        conversation = None
        for frame in self.frames:
            if frame["t"] == "snapshot":
                if frame["conversation"] != conversation:
                    held = {}
                conversation = frame["conversation"]
            if frame["t"] in ("snapshot", "messages", "older"):
                held |= {message["seq"]: message for message in frame["messages"]}
        return [held[seq] for seq in sorted(held)]

    def numbers_pushed(self) -> list[int]:
        """Every number in the order in which it came, doubles and all."""
        return [m["seq"] for f in self.frames if f["t"] in ("snapshot", "messages") for m in f["messages"]]

    async def say(self, key: str, words: str) -> None:
        await self.send(t="say", key=key, text=words)

    async def acked(self, key: str) -> dict[str, Any]:
        return await self.frame("ack", key=key)


@pytest.fixture
def house(house: House) -> House:
    house.ports[Keys] = Keys.of(house.settings)
    return house


@pytest.fixture
async def running_hub(house: House) -> AsyncIterator[None]:
    task = asyncio.create_task(house.hub.run())
    async with asyncio.timeout(10):
        await house.hub.connected.wait()
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def open_shop(house: House, actors: dict[str, Actor]) -> uvicorn.Server:
    """The chat's own routes behind the real server and the real limits, not yet started."""

    async def authenticate(_: House, side: str, token: str, by_hand: bool) -> Actor | None:
        actor = actors.get(token)
        return actor if actor is not None and actor.kind == side else None

    async with house.database.transaction() as tx:
        await ensure_site(tx, place=Site(SITE, "Shop", "web", origins=("https://shop.example",), gone_seconds=120))
    packages = ["qiao.channels.chat", *(["qiao.ui"] if importlib.util.find_spec("qiao.ui") else [])]
    app = build_app(WebParts(house, Pages(packages, English(), mode="test"), authenticate, ROOM.routes))
    config = uvicorn.Config(
        app,
        port=0,
        ws="websockets-sansio",
        ws_max_size=house.settings.chat_message_bytes_max,
        ws_ping_interval=4.0,
        ws_ping_timeout=8.0,
        lifespan="off",
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


@pytest.fixture
async def server(house: House, routing: ScriptedRouting, running_hub: None) -> AsyncIterator[Server]:
    actors: dict[str, Actor] = {}
    running = await open_shop(house, actors)
    task = asyncio.create_task(running.serve())
    while not running.started:
        await a_moment()
    port = running.servers[0].sockets[0].getsockname()[1]
    yield Server(house, port, actors, running)
    running.should_exit = True
    async with asyncio.timeout(10):
        await task


@pytest.fixture
def worked_off(house: House) -> Callable[[], Awaitable[None]]:
    """Does what a worker would: hands the chat its events and its due timers."""

    async def work() -> None:
        for listener in ROOM.listeners:
            await Reader(house.database, listener).catch_up()
        await run_due(house.database, {timer.kind: timer for room in all_rooms() for timer in room.timers})

    return work


@pytest.fixture
async def shop(server: Server, routing: ScriptedRouting) -> AsyncIterator[Shop]:
    house = server.house
    async with house.database.transaction() as tx:
        for table in ("timers", "procrastinate_jobs", "post_messages", "one_time_codes", "proof_tries", "rate_limits"):
            await tx.execute(text(f"delete from {table}"))
        await ensure_cursors(tx, LISTENERS)
        await ensure_site(tx, place=Site(SITE, "Shop", "web", origins=("https://shop.example",), flow="main_menu"))
        await ensure_site(tx, place=Site(PORTAL, "Portal", "web", flow="main_menu"))
    yield Shop(server)
    async with house.database.transaction() as tx:
        await ensure_site(tx, place=Site(SITE, "Shop", "web", origins=("https://shop.example",), gone_seconds=120))
        await tx.execute(text("delete from chat_sites where key = 'portal'"))
        await tx.execute(text("delete from routing_entry_points where number = 'portal'"))


@pytest.fixture
async def shi(shop: Shop) -> Actor:
    """Mr. Shi, signed in on the portal."""
    house = shop.server.house
    async with house.database.transaction() as tx:
        await fill(tx, customers=30)
        await misbehave(tx, None)
    house.ports[Operator] = SandboxOperator(house.database, answer_seconds=3.0)
    finding = await customers.look_up(house.get(Operator), SHI)
    assert finding is not None
    async with house.database.transaction() as tx:
        known = await customers.keep(tx, finding)
    actor = Actor(
        "customer", known.id, known.name, None, frozenset(), "zh-CN", uuid4(), uuid4().hex, Level.ONE_FACTOR,
        service=str(SHI),
    )  # fmt: skip
    shop.server.actors[f"cookie-{actor.id}"] = actor
    async with house.database.transaction() as tx:
        await tx.execute(text("delete from chat_parties where key = :it"), {"it": f"customer:{actor.id}"})
    return actor
