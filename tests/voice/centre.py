"""A hotline of the tests: Asterisk, a worker in this process, the sandbox operator behind it."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from qiao import routing
from qiao.app.worker import follow
from qiao.bss import Operator
from qiao.bss.sandbox import SandboxOperator, fill, misbehave
from qiao.channels.voice import AsteriskServer, Speaker, Switchboard
from qiao.channels.voice.sandbox import Softphone
from qiao.channels.voice.script import say
from qiao.channels.voice.store import calls
from qiao.platform.clock import HouseClock
from qiao.platform.database import Database
from qiao.platform.events import ensure_cursors
from qiao.platform.files import FolderStore
from qiao.platform.house import House
from qiao.platform.live import Hub
from qiao.platform.signing import Keys
from tests.looking import a_moment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from qiao.channels.voice.model import Call
    from qiao.platform.room import Room
    from qiao.platform.settings import Settings

HOTLINE = "10086"
EMPTY = (
    "truncate voice_calls, routing_facts, routing_offers, routing_assignments, routing_contacts, routing_desks,"
    " routing_seats, routing_presence, outreach_callbacks,"
    " outreach_callback_attempts cascade"
)
"""Nobody of another test is at a desk, waits, or is owed a call."""


@dataclass
class Hotline:
    """What tests ask for."""

    house: House
    speaker: Speaker
    server: AsteriskServer

    async def prompt(self, words: str, language: str) -> Path:
        """The sound of a sentence, as the caller must hear it."""
        return (await self.speaker.prompt(words, language)).path

    async def own(self, name: str, language: str, /, **params: Any) -> Path:
        """One of the room's own sentences."""
        return await self.prompt(say(name, language, **params), language)

    async def phone(self, number: str, **more: Any) -> Softphone:
        server = (more.pop("host", "127.0.0.1"), self.house.settings.voice.sip_port)
        return await Softphone.open(server, number, **more)

    async def calls(self) -> list[Call]:
        async with self.house.database.transaction() as tx:
            return await calls(tx)

    async def until(self, found: Any, seconds: float = 40) -> Any:
        """Wait for what rows say."""
        async with asyncio.timeout(seconds):
            while not (now := await found()):
                await a_moment()
            return now

    async def talks(self) -> None:
        """Wait until the one call there is talks with somebody."""

        async def found() -> bool:
            return [one.state for one in await self.calls()] == ["talking"]

        await self.until(found)

    @asynccontextmanager
    async def worker(self, name: str = "") -> AsyncIterator[Switchboard]:
        board = Switchboard(self.house, self.speaker, name=name)
        running = asyncio.create_task(board.run())
        async with asyncio.timeout(20):
            await board.ari.stands.wait()
        try:
            yield board
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running


@asynccontextmanager
async def events_told(hotline: Hotline, *rooms: Room) -> AsyncIterator[None]:
    """What rooms tell reaches these as in a worker of the house, by their own wiring."""
    listeners = [one for room in rooms for one in room.listeners]
    async with hotline.house.database.transaction() as tx:
        await ensure_cursors(tx, listeners)
    following = [asyncio.create_task(follow(hotline.house, one)) for one in listeners]
    try:
        yield
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)


def open_hotline_house(settings: Settings) -> House:
    clock = HouseClock()
    database = Database(settings.database_url, clock, pool_size=8)
    files = FolderStore(settings.data_folder / "files")
    house = House(settings=settings, clock=clock, database=database, files=files, hub=Hub(database.url))
    house.ports[Operator] = SandboxOperator(house.database, answer_seconds=3.0)
    house.ports[Keys] = Keys.of(settings)
    return house


async def fill_hotline(house: House) -> None:
    """Customers, the service number, a desk."""
    async with house.database.transaction() as tx:
        await fill(tx, customers=30)
        await misbehave(tx, None)
        await tx.execute(text(EMPTY))
        await routing.ensure_entry_point(tx, number=HOTLINE, code="hotline", names={"en": "Hotline"}, language="zh-CN")
        for code in ("general", "vip", "emergency"):
            entry_points = ["hotline"] if code == "general" else []
            await routing.ensure_desk(
                tx, code=code, names={"en": code}, unit_id=None, entry_points=entry_points, rules={}
            )
