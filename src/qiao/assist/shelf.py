"""Everything that may be suggested, made ready to be asked for: once a process, and again when articles change.

Making 10,000 articles ready takes seconds, so it is done beside the requests, in a thread: they go on with what was
ready before, at the start with services and flows alone. It is made anew only after a pause ten times as long as the
making took, so that somebody who edits articles all day does not slow his colleagues.
"""

import asyncio
from functools import cache
from time import monotonic
from typing import Final

import structlog

from qiao import catalogue, knowledge, selfservice
from qiao.knowledge import Article, Entry, Index, Match
from qiao.platform.database import Transaction
from qiao.platform.house import House

log = structlog.get_logger(__name__)
NOT_SUGGESTED: Final = frozenset({"main_menu", "satisfaction"})
"""Flows that nobody asks for by what they are about."""
OF_AGENTS: Final = frozenset({"catalogue.perform", "catalogue.change_number"})
PAUSE: Final = 10
CANDIDATES: Final = 12


class Shelf:
    """The index that is ready, and the one being made."""

    def __init__(self) -> None:
        self._mark = ""
        self._index: Index | None = None
        self._making: asyncio.Task[None] | None = None
        self._not_before = 0.0

    async def ask(self, tx: Transaction, text: str) -> list[Match]:
        """The entries most likely meant, out of what is ready; sees to it that the rest gets ready."""
        await self.look(tx)
        return (self._index or services_and_flows()).ask(text, limit=CANDIDATES)

    async def look(self, tx: Transaction) -> None:
        """Begin to make it anew if articles have changed."""
        busy = self._making is not None and not self._making.done()
        if busy or monotonic() < self._not_before:
            return
        mark = await knowledge.articles_mark(tx)
        if mark != self._mark:
            articles = await knowledge.every_article(tx)
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
        entries = [*_standing(), *(_entry(one) for one in articles)]
        self._index = await asyncio.to_thread(Index, entries)
        self._mark = mark
        took = monotonic() - began
        self._not_before = monotonic() + PAUSE * took
        log.info("assist.shelf_ready", entries=len(entries), seconds=round(took, 3))


def shelf_of(house: House) -> Shelf:
    """This process's own."""
    found = house.ports.setdefault(Shelf, Shelf())
    assert isinstance(found, Shelf)
    return found


@cache
def services_and_flows() -> Index:
    """What is there without any article."""
    return Index(_standing())


def _standing() -> list[Entry]:
    known = (*catalogue.services(audience="customer"), *catalogue.services(rights=OF_AGENTS))
    services = [
        Entry(one.code, "service", (*one.names.values(), *one.sms_keywords), one.says)
        for one in {one.code: one for one in known}.values()
    ]
    flows = [
        Entry(code, "flow", tuple(flow.names.by.values()), selfservice.PHRASINGS.get(code, ()))
        for code, flow in selfservice.built_in().items()
        if code not in NOT_SUGGESTED
    ]
    return [*services, *flows]


def _entry(article: Article) -> Entry:
    return Entry(str(article.id), "article", (article.title, *article.tags), (), article.body)
