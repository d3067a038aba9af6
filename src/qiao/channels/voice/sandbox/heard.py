"""What a telephone has heard, and whether a certain prompt was in it."""

import asyncio
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeVar

from qiao.channels.voice.sandbox.sound import FRAME, RATE, alike, decode, encode, wav

Found = TypeVar("Found")
MARK: Final = 64
"""A run of so many codes that is found again tells where the prompt may lie; then the whole is compared."""
ALIKE: Final = 0.9
LOOK_EACH: Final = 5
"""Packets of 20 ms between two looks."""


class Heard:
    """The party's voice as it came in, in A-law, gaps left out; `frames` counts packets."""

    def __init__(self) -> None:
        self.sound = bytearray()
        self.frames = 0
        self.digits = ""
        self.over = False
        self._news = asyncio.Condition()
        self._telling: set[asyncio.Task[None]] = set()

    def add(self, codes: bytes) -> None:
        """Another packet."""
        self.sound += codes
        self.frames += 1
        if self.frames % LOOK_EACH == 0:
            self.tell()

    def tell(self) -> None:
        """Let those who wait look again."""
        task = asyncio.get_running_loop().create_task(self._tell())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def until(self, found: Callable[[], Found], seconds: float) -> Found:
        """Wait until this is so. Raises TimeoutError, which tells how much was heard."""
        try:
            async with asyncio.timeout(seconds), self._news:
                while not (now := found()):
                    await self._news.wait()
                return now
        except TimeoutError:
            told = f"not within {seconds} s; heard {self.seconds:.1f} s, call over: {self.over}"
            raise TimeoutError(told) from None

    def find(self, prompt: Path, *, since: int = 0, until: int | None = None) -> int | None:
        """Where (in samples from the beginning) this prompt begins, heard whole; None when it was not heard.

        The prompt's loudest piece is looked for as it is; there the whole is compared by cross-correlation.
        """
        wanted, at, mark = _known(prompt)
        # Prompts follow each other closer than a frame: the last, unfilled one of each may be cut short.
        place = self.sound.find(mark, max(since - FRAME, 0) + at)
        while place >= 0:
            begins = place - at
            told = decode(bytes(self.sound[begins : begins + len(wanted)])) if begins >= 0 else []
            # What does not fill the last packet is sent with what follows, and with nothing following, never.
            told += [0] * (len(wanted) - len(told) if len(wanted) - len(told) < FRAME else 0)
            if len(told) == len(wanted) and alike(told, wanted) >= ALIKE:
                return begins if until is None or begins < until else None
            place = self.sound.find(mark, place + 1)
        return None

    async def hear(self, prompt: Path, *, since: int = 0, seconds: float = 60) -> int:
        """Wait until the whole prompt was heard; returns where it ends. Raises TimeoutError."""
        length = len(_known(prompt)[0])

        def ends() -> int:
            begins = self.find(prompt, since=since)
            return begins + length if begins is not None else 0

        return await self.until(ends, seconds)

    def samples(self, since: int = 0) -> list[int]:
        """What was heard from there on."""
        return decode(bytes(self.sound[since:]))

    @property
    def seconds(self) -> float:
        """How long it has been listening."""
        return len(self.sound) / RATE


def _known(prompt: Path) -> tuple[list[int], int, bytes]:
    """Its samples; where its loudest piece is, and how that piece is coded."""
    return _read(prompt, prompt.stat().st_mtime_ns)


@lru_cache(maxsize=32)
def _read(prompt: Path, _written: int) -> tuple[list[int], int, bytes]:
    samples = wav(prompt)
    at = _mark(samples)
    return samples, at, encode(samples[at : at + MARK])


def _mark(samples: list[int]) -> int:
    """Where the loudest 20 ms of a prompt are."""
    last = max(len(samples) - FRAME, 1)
    return max(range(0, last, FRAME // 2), key=lambda at: sum(abs(one) for one in samples[at : at + FRAME]))
