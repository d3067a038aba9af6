"""The live stream: one WebSocket a tab. It names what changed and carries shared figures, never customer data.

Up:   {"watch": [topics], "show": [topics], "age": seconds, "connection": id|null, "last": n}   first, and when the
      page changes (without connection and last); {"pong": n}; {"bye": true} when the tab leaves for good.
Down: {"connection": id, "resumed": bool} once; then numbered {"n", "touch": [topics]}, {"n", "show": {topic: html}},
      {"n", "reset": true} (everything may have changed: refetch all); {"ping": n, "now": instant} every 4 s.

`age` is how old what stands on the page may be: topics touched since then are named at once, so nothing falls between
rendering and watching. A tab that comes back within a minute goes on after `last`; one that reads too slowly, or
comes too late, is reset. Liveness is the pong, which a hidden tab answers too.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import structlog
from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect
from litestar.handlers import WebsocketRouteHandler

from qiao.platform.house import House
from qiao.platform.policy import Access, Actor
from qiao.platform.web import house_of, language_of, require_actor
from qiao.ui.stream_board import Board, Shows
from qiao.ui.stream_line import Line, topics_in, wire

AsksLeave = Callable[[House, Actor, str], Awaitable[bool]]
"""`(house, actor, topic)` -> whether he may watch it; asked once when a tab begins to."""
OnAlive = Callable[[House, Actor, UUID], Awaitable[bool | None]]
"""`(house, actor, seat)` when one of the browser's tabs answers, at most every 3 s; the seat is the browser's session,
so ten tabs are one seat. False: the session is over, and the stream is closed."""

HELLO_SECONDS_MAX: Final = 10.0
SEND_SECONDS_MAX: Final = 20.0
FRAMES_A_MINUTE_MAX: Final = 240
TABS_MAX: Final = 60
AGE_SECONDS_MAX: Final = 60.0
POLICY, TRY_LATER, SESSION_OVER = 1008, 1013, 4401
log = structlog.get_logger(__name__)


class Goodbye(Exception):
    """The socket ends with this close code."""

    def __init__(self, code: int, *, for_good: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.for_good = for_good


def make_stream_route(
    path: str, access: Access, may_watch: AsksLeave, on_alive: OnAlive, shows: Shows | None = None
) -> WebsocketRouteHandler:
    """A WebSocket route for `Room.routes`; the pages of its side name the path in <meta name="qiao-stream">.

    `access` must ask for a signed-in actor. `shows` renders shared figures for elements with data-show="topic", once
    for each topic and language and at most once a second.
    """
    boards = f"stream_board {path}"

    @websocket(path, opt={"access": access})
    async def stream(socket: WebSocket[Any, Any, Any]) -> None:
        """One tab's stream."""
        state, house = socket.app.state, house_of(socket)
        board: Board | None = state.get(boards)
        if board is None:
            board = state[boards] = Board(house, shows)
        await Talk(socket, house, board, may_watch, on_alive).run()

    return stream


class Talk:
    """One socket from hello to goodbye."""

    def __init__(
        self,
        socket: WebSocket[Any, Any, Any],
        house: House,
        board: Board,
        may_watch: AsksLeave,
        on_alive: OnAlive,
    ) -> None:
        self._socket = socket
        self._house = house
        self._board = board
        self._may_watch = may_watch
        self._on_alive = on_alive
        self._actor = require_actor(socket)
        self._owner = f"{self._actor.reference} {self._actor.session_id}"
        self._heard_in_minute = 0
        self._minute = 0

    async def run(self) -> None:
        """Serve until either side goes; raises nothing."""
        await self._socket.accept()
        code, for_good = 1001, False
        line: Line | None = None
        turn = 0
        parts: list[asyncio.Task[None]] = []
        try:
            hello = await self._hello()
            line, sent = self._open(hello)
            turn = line.turn
            await self._send(wire({"connection": line.id, "resumed": sent >= 0}))
            await self._watch(line, hello)
            parts = [
                asyncio.create_task(self._hear(line)),
                asyncio.create_task(self._tell(line, turn, sent)),
            ]
            done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for part in done:
                await part
        except Goodbye as goodbye:
            code, for_good = goodbye.code, goodbye.for_good
        except (WebSocketDisconnect, OSError):
            pass
        except Exception:  # the tab comes again; what broke stands in the log
            log.exception("stream.broke")
            code = TRY_LATER
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
            if line is not None:
                self._board.leave(line, turn, for_good=for_good)
            with contextlib.suppress(Exception):
                async with asyncio.timeout(1.0):
                    await self._socket.close(code)

    async def _hello(self) -> dict[str, Any]:
        try:
            async with asyncio.timeout(HELLO_SECONDS_MAX):
                return await self._frame()
        except TimeoutError:
            raise Goodbye(POLICY) from None

    def _open(self, hello: dict[str, Any]) -> tuple[Line, int]:
        """The line, and the number after which it goes on; -1 for a new line."""
        owner = self._owner
        if self._board.tabs(owner) >= TABS_MAX:
            raise Goodbye(TRY_LATER)
        known, last = hello.get("connection"), hello.get("last")
        known = known if isinstance(known, str) else None
        line, resumed = self._board.open(
            owner=owner,
            session_topic=f"session:{self._actor.session_id}",
            language=language_of(self._socket),
            known=known,
        )
        if resumed:
            return line, last if type(last) is int and last >= 0 else line.ring.last + 1  # a wrong number resets
        if known is not None:
            line.tell({"reset": True})  # it watched before, and what it missed is not known here
        return line, -1

    # --- up --------------------------------------------------------------------------------------------------------

    async def _frame(self) -> dict[str, Any]:
        try:
            frame = json.loads(await self._socket.receive_text())
        except (ValueError, TypeError, KeyError, RecursionError):
            raise Goodbye(POLICY) from None
        if not isinstance(frame, dict):
            raise Goodbye(POLICY)
        return frame

    async def _hear(self, line: Line) -> None:
        while True:
            frame = await self._frame()
            self._count()
            if "pong" in frame:
                await self._alive()
            elif frame.get("bye"):
                raise Goodbye(1000, for_good=True)
            else:
                await self._watch(line, frame)

    def _count(self) -> None:
        minute = int(time.monotonic() // 60)
        self._heard_in_minute = self._heard_in_minute + 1 if minute == self._minute else 1
        self._minute = minute
        if self._heard_in_minute > FRAMES_A_MINUTE_MAX:
            raise Goodbye(POLICY)

    async def _watch(self, line: Line, frame: dict[str, Any]) -> None:
        """Take over what the tab wants to hear; what it may not is left out without a word."""
        age = frame.get("age", 0)
        age = min(max(float(age), 0.0), AGE_SECONDS_MAX) if isinstance(age, int | float) else AGE_SECONDS_MAX
        since = time.monotonic() - age
        try:
            asked = topics_in(frame.get("watch", []))
            shown = topics_in(frame.get("show", []))
        except ValueError:
            raise Goodbye(POLICY) from None
        before = line.topics | line.shows
        allowed = {topic for topic in sorted((asked | shown) - before) if await self._leave(topic)} | before
        fresh = (asked & allowed) - line.topics
        self._board.watch(line, frozenset(asked & allowed))
        self._board.view(line, frozenset(shown & allowed))
        if missed := self._board.touched_since(fresh, since):
            line.tell({"touch": missed})

    async def _leave(self, topic: str) -> bool:
        return await self._may_watch(self._house, self._actor, topic)

    async def _alive(self) -> None:
        if not self._board.alive(self._owner):
            return
        if await self._on_alive(self._house, self._actor, self._actor.session_id) is False:
            raise Goodbye(SESSION_OVER, for_good=True)

    # --- down ------------------------------------------------------------------------------------------------------

    async def _tell(self, line: Line, turn: int, sent: int) -> None:
        sent = max(sent, 0)
        while True:
            frames = line.ring.after(sent)
            if frames is None:
                frames = [wire({"n": line.ring.last, "reset": True})]
            sent = line.ring.last
            for frame in frames:
                await self._send(frame)
            if line.ping is not None:
                ping, line.ping = line.ping, None
                await self._send(ping)
            if line.ring.last == sent:
                await line.woken.wait()
                line.woken.clear()
            if line.over:
                raise Goodbye(SESSION_OVER, for_good=True)
            if line.turn != turn:
                raise Goodbye(1000)  # the same tab has a newer socket

    async def _send(self, text: str) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS_MAX):
                await self._socket.send_text(text)
        except TimeoutError:
            raise Goodbye(TRY_LATER) from None
