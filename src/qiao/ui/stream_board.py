"""All lines of one process: one listening to live hints for all of them, pings in turn, shared figures made once."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import structlog

from qiao.platform.house import House
from qiao.platform.live import ALL
from qiao.ui.stream_line import Line, wire

Shows = Callable[[House, str, str], Awaitable[str]]
"""`(house, topic, language)` -> HTML of a figure that everybody who watches the topic may see; no customer data."""

PING_SECONDS: Final = 4.0
RESUME_SECONDS: Final = 60.0
SHOW_SECONDS: Final = 1.0
RECENT_SECONDS: Final = 60.0
_TURNS: Final = 8
log = structlog.get_logger(__name__)


class Board:
    """Who is told what. Made at the first connection; its tasks end with the event loop."""

    def __init__(self, house: House, shows: Shows | None = None) -> None:
        self.lines: dict[str, Line] = {}
        self._house = house
        self._shows = shows
        self._attached: dict[str, set[str]] = defaultdict(set)
        self._watchers: dict[str, set[Line]] = defaultdict(set)
        self._viewers: dict[tuple[str, str], set[Line]] = defaultdict(set)
        self._dirty: set[tuple[str, str]] = set()
        self._wanted = asyncio.Event()
        self._recent: dict[str, float] = {}
        self._deaf_until = time.monotonic()
        """Before this moment hints may have passed unheard."""
        self._alive: dict[str, float] = {}
        self._ticks = 0
        self._tasks: list[asyncio.Task[None]] = []

    def open(self, *, owner: str, session_topic: str, language: str, known: str | None) -> tuple[Line, bool]:
        """The line of a new socket, and whether it goes on with the one it had before."""
        self._start()
        line = self.lines.get(known or "")
        resumed = line is not None and line.owner == owner and not line.over
        if line is None or not resumed:
            line = Line(owner, session_topic, language)
            self.lines[line.id] = line
            self._watchers[session_topic].add(line)
        if line.language != language:
            self.view(line, frozenset())
            line.language = language
        line.turn += 1
        line.left_at = None
        self._attached[owner].add(line.id)
        line.woken.set()  # an older socket of the same line notices
        return line, resumed

    def leave(self, line: Line, turn: int, *, for_good: bool) -> None:
        """A socket went; the line waits a while for the next one, unless the tab said goodbye."""
        if line.turn != turn:
            return
        _drop(self._attached, line.owner, line.id)
        if for_good:
            self.forget(line)
        else:
            line.left_at = time.monotonic()

    def forget(self, line: Line) -> None:
        """Let go of a line."""
        self.watch(line, frozenset())
        self.view(line, frozenset())
        _drop(self._watchers, line.session_topic, line)
        self.lines.pop(line.id, None)

    def watch(self, line: Line, topics: frozenset[str]) -> None:
        """From now on the line hears these topics."""
        for topic in line.topics - topics:
            _drop(self._watchers, topic, line)
        for topic in topics - line.topics:
            self._watchers[topic].add(line)
        line.topics = topics

    def view(self, line: Line, shows: frozenset[str]) -> None:
        """From now on the line is shown these figures, the present ones first."""
        for topic in line.shows - shows:
            _drop(self._viewers, (topic, line.language), line)
        for topic in shows - line.shows:
            self._viewers[topic, line.language].add(line)
            self._dirty.add((topic, line.language))
            self._wanted.set()
        line.shows = shows

    def touched_since(self, topics: Iterable[str], moment: float) -> list[str]:
        """Those of the topics that were, or may have been, touched after a moment (monotonic seconds)."""
        if moment < self._deaf_until:
            return sorted(topics)
        return sorted(topic for topic in topics if self._recent.get(topic, 0.0) >= moment)

    def hear(self, topics: set[str]) -> None:
        """Hand hints on to whoever watches their topics; ALL resets everybody."""
        moment = time.monotonic()
        if ALL in topics:
            self._deaf_until = moment
            for line in self.lines.values():
                line.tell({"reset": True})
            self._dirty.update(self._viewers)
            self._wanted.set()
            return
        told: dict[Line, list[str]] = defaultdict(list)
        for topic in sorted(topics):
            self._recent.pop(topic, None)
            self._recent[topic] = moment
            for line in self._watchers.get(topic, ()):
                if topic == line.session_topic:
                    line.end()
                else:
                    told[line].append(topic)
        for line, named in told.items():
            line.tell({"touch": named})
        self._dirty.update(key for key in self._viewers if key[0] in topics)
        if self._dirty:
            self._wanted.set()

    def tabs(self, owner: str) -> int:
        """How many tabs of this owner have a socket now."""
        return len(self._attached.get(owner, ()))

    def alive(self, owner: str) -> bool:
        """Note a pong; True when it is the first of this owner's tabs within a ping's time."""
        moment = time.monotonic()
        first = moment - self._alive.get(owner, 0.0) > PING_SECONDS * 0.75
        if first:
            self._alive[owner] = moment
        return first

    # --- its tasks -------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        if self._tasks and not any(task.done() for task in self._tasks):
            return
        for task in self._tasks:
            task.cancel()
        jobs = [self._listen(), self._tick()] + ([self._show()] if self._shows else [])
        self._tasks = [asyncio.create_task(job) for job in jobs]

    async def _listen(self) -> None:
        async with self._house.hub.subscribe() as hints:
            while True:
                self.hear(await hints.get())

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(PING_SECONDS / _TURNS)
            self.beat()

    def beat(self) -> None:
        """Ping the lines whose turn it is, a part of all at each beat; forget those that nobody took up again."""
        self._ticks += 1
        moment = time.monotonic()
        ping = wire({"ping": self._ticks, "now": self._house.clock.now().isoformat()})
        for line in list(self.lines.values()):
            if line.left_at is not None:
                if moment - line.left_at > RESUME_SECONDS:
                    self.forget(line)
            elif hash(line.id) % _TURNS == self._ticks % _TURNS:
                line.beat(ping)
        _prune(self._recent, moment)
        if self._ticks % 100 == 0:
            self._alive = {owner: at for owner, at in self._alive.items() if moment - at < RECENT_SECONDS}

    async def _show(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            due, self._dirty = self._dirty, set()
            for topic, language in sorted(due):
                if viewers := self._viewers.get((topic, language)):
                    await self._show_one(topic, language, viewers)
            await asyncio.sleep(SHOW_SECONDS)

    async def _show_one(self, topic: str, language: str, viewers: set[Line]) -> None:
        assert self._shows is not None
        try:
            html = await self._shows(self._house, topic, language)
        except Exception:  # one figure that cannot be made must not stop the others
            log.exception("stream.not_shown", topic=topic)
            return
        for line in tuple(viewers):
            line.tell({"show": {topic: html}})


def _prune(recent: dict[str, float], moment: float) -> None:
    """Forget what was touched long ago; the oldest stand first."""
    for topic in tuple(recent):
        if moment - recent[topic] <= RECENT_SECONDS:
            return
        del recent[topic]


def _drop(places: dict[Any, set[Any]], key: Any, one: Line | str) -> None:
    found = places.get(key)
    if found is not None:
        found.discard(one)
        if not found:
            del places[key]
