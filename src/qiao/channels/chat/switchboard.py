"""One listening to live hints for all chats of a process: each hint wakes only those whose topic it names."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from litestar.connection import ASGIConnection

from qiao.channels.chat.pace import Paces
from qiao.platform.house import House
from qiao.platform.live import ALL
from qiao.platform.web import house_of

log = structlog.get_logger(__name__)
Hears = Callable[[str], None]


class Switchboard:
    """Who hears what; `paces` are the visitors' buckets of this process."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._ears: dict[str, set[Hears]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self.paces = Paces()
        self.open_connections = 0
        self.looking = asyncio.Semaphore(max(1, house.settings.database_pool_size // 2))
        """Half the pool: thousands of tabs that look at their rows at once leave room for those who write."""

    def listen(self, hears: Hears, topics: Iterable[str]) -> None:
        """From now on `hears(topic)` is called for each hint of these topics, and `hears(ALL)` after a break."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        for topic in topics:
            self._ears[topic].add(hears)

    def stop_listening(self, hears: Hears, topics: Iterable[str]) -> None:
        """The reverse of `listen`."""
        for topic in topics:
            ears = self._ears.get(topic)
            if ears is not None:
                ears.discard(hears)
                if not ears:
                    del self._ears[topic]

    async def _run(self) -> None:
        async with self._house.hub.subscribe() as hints:
            while True:
                for topic in await hints.get():
                    self._tell(topic)

    def _tell(self, topic: str) -> None:
        if topic == ALL:
            everyone = {hears for ears in self._ears.values() for hears in ears}
        else:
            everyone = set(self._ears.get(topic, ()))
        for hears in everyone:
            hears(topic)


def switchboard_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Switchboard:
    """The process's switchboard, made at the first call."""
    state = connection.app.state
    board: Switchboard | None = state.get("chat_switchboard")
    if board is None:
        board = Switchboard(house_of(connection))
        state["chat_switchboard"] = board
    return board
