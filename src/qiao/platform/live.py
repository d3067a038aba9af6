"""Hints that something changed: NOTIFY on commit, one listening connection a process, fanned out to whoever asks.

A hint names a topic ("interaction:<id>") and never carries customer data. Nothing is kept for a listener that was
away, so after every reconnect each subscriber is told ALL and reads its rows again (PostgreSQL docs, NOTIFY).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

import psycopg
import structlog
from psycopg import sql
from sqlalchemy import text

from qiao.platform.database import Transaction

ALL: Final = "*"
TOPICS: Final = "qiao_live"
EVENTS: Final = "qiao_events"
CLOCK: Final = "qiao_clock"
TIMERS: Final = "qiao_timers"
ROUTING: Final = "qiao_routing"
TEXTS: Final = "qiao_texts"
MESSAGES: Final = "qiao_messages"
ORDERS: Final = "qiao_orders"
CHANNELS: Final = (TOPICS, EVENTS, CLOCK, TIMERS, ROUTING, TEXTS, MESSAGES, ORDERS)
_notify = text(
    """
    select count(pg_notify(channel, payload))
    from unnest(cast(:channels as text[]), cast(:payloads as text[])) told (channel, payload)
    """
)
log = structlog.get_logger(__name__)


async def touch(tx: Transaction, topic: str) -> None:
    """Tell, when this transaction commits, whoever watches the topic."""
    await notify(tx, TOPICS, topic)


async def touch_all(tx: Transaction, topics: Iterable[str]) -> None:
    """Tell those who watch any of the topics."""
    for topic in topics:
        await notify(tx, TOPICS, topic)


async def notify(tx: Transaction, channel: str, payload: str = "") -> None:
    """The bare signal on a channel of the hub; payload under 8,000 bytes. A transaction sends all in one statement."""
    tx.at_end(_tell, (channel, payload))


async def _tell(tx: Transaction, told: list[tuple[str, str]]) -> None:
    named = sorted(set(told))
    await tx.scalar(_notify, {"channels": [one for one, _ in named], "payloads": [one for _, one in named]})


class Subscription:
    """Payloads of one channel; a slow reader keeps at most `limit`, then sees ALL."""

    def __init__(self, limit: int = 10_000) -> None:
        self._waiting: set[str] = set()
        self._limit = limit
        self._filled = asyncio.Event()

    def put(self, payload: str) -> None:
        if len(self._waiting) >= self._limit:
            self._waiting = {ALL}
        elif self._waiting != {ALL}:
            self._waiting.add(payload)
        self._filled.set()

    async def get(self, timeout_seconds: float | None = None) -> set[str]:
        """All payloads that came since the last call, each once; empty when the timeout passed first."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._filled.wait()
        except TimeoutError:
            return set()
        taken, self._waiting = self._waiting, set()
        self._filled.clear()
        return taken


class Hub:
    """The listening connection of one process."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._subscriptions: dict[str, set[Subscription]] = {channel: set() for channel in CHANNELS}
        self.connected = asyncio.Event()

    @asynccontextmanager
    async def subscribe(self, channel: str = TOPICS) -> AsyncIterator[Subscription]:
        """Hear a channel (one of CHANNELS) for as long as the block lasts; the first thing heard is ALL."""
        subscription = Subscription()
        subscription.put(ALL)
        self._subscriptions[channel].add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions[channel].discard(subscription)

    async def run(self) -> None:
        """Listen until cancelled, reconnecting as often as needed."""
        pause = 0.1
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                log.warning("live.reconnecting", error=type(error).__name__)
            pause = 0.1 if self.connected.is_set() else min(pause * 2, 2.0)
            self.connected.clear()
            await asyncio.sleep(pause)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
        try:
            for channel in CHANNELS:
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            self.connected.set()
            for subscriptions in self._subscriptions.values():
                for subscription in tuple(subscriptions):
                    subscription.put(ALL)
            async for heard in connection.notifies():
                for subscription in tuple(self._subscriptions[heard.channel]):
                    subscription.put(heard.payload)
        finally:
            with contextlib.suppress(Exception):
                await connection.close()
