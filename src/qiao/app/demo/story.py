"""The stage of a story that is played over the wire: its people, its clock, and what the operator does behind it."""

import html
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import click

from qiao.app.demo.agent_player import AgentPlayer
from qiao.app.demo.customer_player import StoryBroke
from qiao.platform.clock import HouseClock, advance
from qiao.platform.database import Database
from qiao.platform.settings import Settings


@dataclass
class Story:
    """The stage, and what has been told so far."""

    settings: Settings
    password: str
    steps: int = 0
    agents: dict[str, AgentPlayer] = field(default_factory=dict)
    case: UUID | None = None

    @asynccontextmanager
    async def step(self, words: str) -> AsyncIterator[None]:
        """One step, told with its milliseconds."""
        began = time.perf_counter()
        yield
        self.steps += 1
        click.echo(f"  {self.steps:2d}  {words}  {(time.perf_counter() - began) * 1000:.0f} ms")

    async def agent(self, login: str, *, ready: bool = True) -> AgentPlayer:
        """Somebody of the centre at his desk, ready for contacts unless told otherwise."""
        if login not in self.agents:
            player = AgentPlayer(self.settings.address, login, self.password)
            self.agents[login] = player
            await player.sign_in()
        if ready:
            await self.agents[login].ready()
        return self.agents[login]

    async def everybody_leaves(self) -> None:
        """Everybody goes home."""
        for player in self.agents.values():
            await player.close()
        self.agents.clear()

    async def now(self) -> datetime:
        """What time it is in the demo."""
        clock = HouseClock()
        async with self._database(clock) as database, database.transaction() as tx:
            await clock.load(tx)
        return clock.now()

    async def until(self, at: datetime) -> None:
        """The demo's clock moves on to an instant."""
        await self.later(at - await self.now())

    async def later(self, by: timedelta) -> None:
        """The demo's clock moves."""
        async with self._database(HouseClock()) as database, database.transaction() as tx:
            await advance(tx, by)

    async def at_the_operator(self, verb: Callable[..., Awaitable[Any]], *given: Any, **more: Any) -> None:
        """Something happens on the operator's side."""
        clock = HouseClock()
        async with self._database(clock) as database:
            async with database.transaction() as tx:
                await clock.load(tx)
            async with database.transaction() as tx:
                await verb(tx, *given, **more)

    @asynccontextmanager
    async def _database(self, clock: HouseClock) -> AsyncIterator[Database]:
        database = Database(self.settings.database_url, clock, pool_size=1)
        try:
            yield database
        finally:
            await database.close()


def shows(page: str, *parts: str) -> None:
    """Every part stands on the page. Raises StoryBroke naming the one that does not."""
    plain = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
    for part in parts:
        if " ".join(part.split()) not in plain:
            raise StoryBroke(f"“{part}” is not on the agent's screen: {plain[:1500]}")
