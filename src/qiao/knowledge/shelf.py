"""Entries made ready to be asked for: once a process, and again when articles change.

Making 10,000 articles ready takes seconds, so it is done beside the requests, in a thread: they go on with what was
ready before, at the start with what is there without any article. It is made anew only after a pause ten times as long
as the making took, so that somebody who edits articles all day does not slow his colleagues.
"""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Final

import structlog

from qiao.knowledge.model import Article
from qiao.knowledge.model_ranking import Entry, Index, Match
from qiao.knowledge.queries import articles_mark, every_article
from qiao.platform.database import Transaction

log = structlog.get_logger(__name__)
PAUSE: Final = 10
CANDIDATES: Final = 12


class Shelf:
    """The index that is ready, and the one being made. `standing` is what is there without any article."""

    def __init__(self, standing: Callable[[], Index], entry: Callable[[Article], Entry | None]) -> None:
        self._standing = standing
        self._entry = entry
        self._mark = ""
        self._index: Index | None = None
        self._making: asyncio.Task[None] | None = None
        self._not_before = 0.0

    async def ask(
        self, tx: Transaction, text: str, *, limit: int = CANDIDATES, kinds: frozenset[str] | None = None
    ) -> list[Match]:
        """The entries most likely meant, out of what is ready; sees to it that the rest gets ready."""
        await self.look(tx)
        return self.ranked(text, limit=limit, kinds=kinds)

    def ranked(self, text: str, *, limit: int = CANDIDATES, kinds: frozenset[str] | None = None) -> list[Match]:
        """The same out of what is ready, without a look at what has changed."""
        return (self._index or self._standing()).ask(text, limit=limit, kinds=kinds)

    async def begun(self, seconds: float) -> None:
        """Wait so long for the first one of this process, once it is being made. Call with no transaction open."""
        if self._index is None and self._making is not None:
            await asyncio.wait({self._making}, timeout=seconds)

    async def look(self, tx: Transaction) -> None:
        """Begin to make it anew if articles have changed."""
        busy = self._making is not None and not self._making.done()
        if busy or monotonic() < self._not_before:
            return
        mark = await articles_mark(tx)
        if mark != self._mark:
            articles = await every_article(tx)
            self._making = asyncio.create_task(self._make(mark, articles))

    async def ready(self, tx: Transaction) -> None:
        """Wait until what is written now can be asked for; for measurements and tests."""
        if self._making is not None:
            await self._making
        self._not_before = 0.0
        await self.look(tx)
        if self._making is not None:
            await self._making

    async def _make(self, mark: str, articles: list[Article]) -> None:
        began = monotonic()
        found = [entry for one in articles if (entry := self._entry(one)) is not None]
        entries = [*self._standing().entries, *found]
        self._index = await asyncio.to_thread(Index, entries)
        self._mark = mark
        took = monotonic() - began
        self._not_before = monotonic() + PAUSE * took
        log.info("knowledge.shelf_ready", entries=len(entries), seconds=round(took, 3))
