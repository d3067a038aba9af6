"""A browser's side of one of our WebSockets: keeps every frame, and waits for the one a test wants."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any, Self

import websockets

if TYPE_CHECKING:
    from collections.abc import Callable


class FrameKeeper:
    """`frames` in the order in which they came; `closed` is the close code once the other side has gone."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.frames: list[dict[str, Any]] = []
        self.closed: int | None = None
        self._news = asyncio.Condition()

    async def listen(self) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            async for raw in self.socket:
                async with self._news:
                    self.frames.append(json.loads(raw))
                    self._news.notify_all()
        async with self._news:
            self.closed = self.socket.close_code
            self._news.notify_all()

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def until(self, found: Callable[[Self], Any], seconds: float = 10) -> Any:
        async def wait() -> Any:
            async with self._news:
                await self._news.wait_for(lambda: found(self))
                return found(self)

        async with asyncio.timeout(seconds):
            return await wait()

    async def gone(self, seconds: float = 20) -> int:
        await self.until(lambda kept: kept.closed is not None, seconds)
        assert self.closed is not None
        return self.closed
