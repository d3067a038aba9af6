"""One tab's line: what it watches, and its last frames by number, so that a broken socket goes on where it was.

Pure but for the event that wakes the writer; all of it runs in one event loop, so nothing is locked.
"""

import asyncio
import json
from collections import deque
from collections.abc import Iterable
from typing import Any, Final
from uuid import uuid4

RING_FRAMES_MAX: Final = 256
TOPICS_MAX: Final = 500
TOPIC_LENGTH_MAX: Final = 200


class Ring:
    """Frames numbered from 1, the newest `size` of them kept as they go over the wire."""

    def __init__(self, size: int = RING_FRAMES_MAX) -> None:
        self._kept: deque[str] = deque(maxlen=size)
        self.last = 0

    def put(self, frame: dict[str, Any]) -> int:
        """Number a frame and keep it; returns the number."""
        self.last += 1
        self._kept.append(wire({"n": self.last, **frame}))
        return self.last

    def after(self, number: int) -> list[str] | None:
        """All frames after this number; None when some of them are gone, or the number is none of ours."""
        missing = self.last - number
        if missing < 0 or missing > len(self._kept):
            return None
        return list(self._kept)[len(self._kept) - missing :] if missing else []


class Line:
    """What the server keeps of one tab; it outlives its socket for a while."""

    def __init__(self, owner: str, session_topic: str, language: str) -> None:
        self.id = uuid4().hex
        self.owner = owner
        self.session_topic = session_topic
        """Touched when the session behind it ends, is locked or opens something else."""
        self.language = language
        self.ring = Ring()
        self.topics: frozenset[str] = frozenset()
        self.shows: frozenset[str] = frozenset()
        self.woken = asyncio.Event()
        self.ping: str | None = None
        self.turn = 0
        """Counts the sockets that had this line; an older one notices that it is out."""
        self.left_at: float | None = None
        """When its socket went (monotonic seconds); None while there is one."""
        self.over = False
        """The session ended: the writer closes the socket."""

    def tell(self, frame: dict[str, Any]) -> None:
        """Put a numbered frame and wake the writer."""
        self.ring.put(frame)
        self.woken.set()

    def beat(self, ping: str) -> None:
        """A ping goes out with the next writing; one that was not sent yet is replaced."""
        self.ping = ping
        self.woken.set()

    def end(self) -> None:
        """Have the writer close the socket for good."""
        self.over = True
        self.woken.set()


def wire(frame: dict[str, Any]) -> str:
    """A frame as text."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def topics_in(value: object) -> frozenset[str]:
    """The topics that a tab asks for. Raises ValueError for what is no list of at most 500 short texts."""
    if not isinstance(value, list) or len(value) > TOPICS_MAX:
        raise ValueError("no list of topics")
    if not all(isinstance(topic, str) and 0 < len(topic) <= TOPIC_LENGTH_MAX for topic in value):
        raise ValueError("no topic")
    return frozenset(_strings(value))


def _strings(value: Iterable[Any]) -> Iterable[str]:
    return (str(topic) for topic in value)
