"""One socket of one tab: what comes up is done at once and acknowledged, what goes down is read from the rows.

Messages are never pushed from memory: a hint wakes the writer, and the writer sends what the rows say after the last
number it sent. So a slow, broken or restarted connection loses nothing, and holds nothing but its short outbox.
"""

import asyncio
import contextlib
import time
from collections import deque
from typing import Any, Final

import structlog
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect
from psycopg import Error as DriverError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from qiao import interactions
from qiao.channels.chat import asking, operations, proving, queries, saying
from qiao.channels.chat.frames import (
    Code,
    Frame,
    FrameNotUnderstood,
    Hello,
    Leave,
    Older,
    OnlyText,
    Read,
    Say,
    Solved,
    Typing,
    parse,
    resume,
    wire,
)
from qiao.channels.chat.model import Party, Site
from qiao.channels.chat.pace import TooFast
from qiao.channels.chat.switchboard import Switchboard
from qiao.channels.chat.telling import Teller
from qiao.channels.chat.texts import refusal_text
from qiao.kernel.ids import InteractionId
from qiao.kernel.refused import Refused
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.web.answers import TryAgainSoon

log = structlog.get_logger(__name__)
OUTBOX_BYTES_MAX: Final = 256 * 1024
BEAT_SECONDS: Final = 15.0
SEND_SECONDS_MAX: Final = 20.0
HELLO_SECONDS_MAX: Final = 10.0
TYPING_SECONDS: Final = 2.0
DATABASE_AWAY: Final = (DBAPIError, DriverError, PoolTimeout, OSError)

GOING_AWAY, UNSUPPORTED, POLICY, TRY_LATER = 1001, 1003, 1008, 1013


class Goodbye(Exception):
    """The connection ends with this close code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Connection:
    """A socket from hello to goodbye.

    Timeouts are `asyncio.timeout`, not `wait_for`: on Python 3.11 the latter may swallow the cancelling that ends us.
    """

    def __init__(self, socket: WebSocket[Any, Any, Any], house: House, board: Switchboard, teller: Teller) -> None:
        self.socket = socket
        self.house = house
        self.board = board
        self.teller = teller
        self.party: Party = teller.party
        self.place: Site = teller.place
        self._name = f"socket {id(self)} {time.monotonic_ns()}"
        self._outbox: deque[str] = deque()
        self._outbox_bytes = 0
        self._drained = asyncio.Event()
        self._woken = asyncio.Event()
        self._greeted = asyncio.Event()
        self._hello: Hello | None = None
        self._conversation: InteractionId | None = None
        self._sent = 0
        self._state: dict[str, Any] = {}
        self._topics: set[str] = set()
        self._typed_at = 0.0
        self._signed_out = False

    async def run(self) -> None:
        """Serve until either side goes; raises nothing."""
        await self.socket.accept()
        self.board.open_connections += 1
        self._watch(None)
        parts = [asyncio.create_task(self._hear()), asyncio.create_task(self._tell())]
        code = GOING_AWAY
        try:
            done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for part in done:
                error = part.exception()
                if isinstance(error, Goodbye):
                    code = error.code
                elif error is not None and not isinstance(error, WebSocketDisconnect):
                    log.error("chat.connection_broke", exc_info=error)
        finally:
            self.board.open_connections -= 1
            self.board.stop_listening(self.heard, self._topics)
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
            with contextlib.suppress(Exception):
                async with asyncio.timeout(1.0):
                    await self._farewell(code)

    async def _farewell(self, code: int) -> None:
        """The last refusals still go out, then the close code says why."""
        while self._outbox:
            await self.socket.send_text(self._outbox.popleft())
        await self.socket.close(code)

    # --- down ------------------------------------------------------------------------------------------------------

    def heard(self, topic: str) -> None:
        """A live hint: look at the rows again, or show that the agent types."""
        if topic.startswith("typing:"):
            self._offer({"t": "typing"})
        elif topic == self.party.session_topic:
            self._signed_out = True
            self._woken.set()
        else:
            self._woken.set()

    def _offer(self, frame: dict[str, Any]) -> None:
        """A frame that may be left out when the other side is slow."""
        if self._outbox_bytes < OUTBOX_BYTES_MAX // 2:
            self._put(frame)

    def _put(self, frame: dict[str, Any]) -> None:
        text = wire(frame)
        self._outbox.append(text)
        self._outbox_bytes += len(text.encode())
        if self._outbox_bytes > OUTBOX_BYTES_MAX:
            raise Goodbye(TRY_LATER)
        self._woken.set()

    async def _room(self) -> None:
        """Wait until the outbox has room: what comes up is not read while what goes down is not taken."""
        while self._outbox_bytes > OUTBOX_BYTES_MAX // 2:
            self._drained.clear()
            try:
                async with asyncio.timeout(SEND_SECONDS_MAX):
                    await self._drained.wait()
            except TimeoutError:
                raise Goodbye(TRY_LATER) from None

    async def _tell(self) -> None:
        try:
            async with asyncio.timeout(HELLO_SECONDS_MAX):
                await self._greeted.wait()
        except TimeoutError:
            raise Goodbye(POLICY) from None
        while True:
            if self._signed_out:  # or his session changed: whoever may still come in comes again by a new ticket
                raise Goodbye(POLICY)
            if self._woken.is_set():
                self._woken.clear()
                await self._empty_outbox()
                await self._look()
                await self._empty_outbox()
            try:
                async with asyncio.timeout(BEAT_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                await self._send(wire({"t": "beat"}))
                if self._state.get("phase") == "waiting":
                    await self._look()

    async def _look(self) -> None:
        try:
            await self._catch_up()
        except DATABASE_AWAY:
            await asyncio.sleep(1.0)
            self._woken.set()

    async def _empty_outbox(self) -> None:
        while self._outbox:
            text = self._outbox.popleft()
            await self._send(text)
            self._outbox_bytes -= len(text.encode())
            self._drained.set()

    async def _send(self, text: str) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS_MAX):
                await self.socket.send_text(text)
        except TimeoutError:
            raise Goodbye(TRY_LATER) from None

    async def _catch_up(self) -> None:
        """Send what the rows say and this client has not been told: a snapshot, or messages, and the state."""
        more = True
        while more:
            async with self.board.looking, self.house.database.transaction() as tx:
                view = await queries.view(tx, self.party)
                current = view.contact.id if view.contact else None
                frames = await (self._anew(tx, view) if self._starts_anew(view) else self._further(tx, view))
                more = view.contact is not None and view.contact.last_seq > self._sent
                if view.contact is not None and view.contact.phase == "waiting":
                    await operations.still_here(
                        tx, interaction_id=view.contact.id, gone_seconds=self.place.gone_seconds
                    )
            self._watch(current)
            for told in frames:
                await self._send(wire(told))

    def _starts_anew(self, view: queries.View) -> bool:
        current, last_seq = (view.contact.id, view.contact.last_seq) if view.contact else (None, 0)
        if self._hello is None:
            return current != self._conversation
        plan, self._hello = resume(self._hello, current, last_seq), None
        self._sent = plan.after or 0
        self._state = {}
        return plan.after is None

    async def _anew(self, tx: Transaction, view: queries.View) -> list[dict[str, Any]]:
        frame = await self.teller.snapshot(tx, view)
        self._sent = int(frame["seq"])
        self._state = {key: frame[key] for key in frame if key not in ("t", "messages", "more", "seq")}
        return [frame]

    async def _further(self, tx: Transaction, view: queries.View) -> list[dict[str, Any]]:
        frames: list[dict[str, Any]] = []
        if view.contact is not None and view.contact.last_seq > self._sent:
            fresh = await self.teller.after(tx, view.contact.id, self._sent)
            frames.append({"t": "messages", "conversation": str(view.contact.id), "messages": fresh})
            self._sent = int(fresh[-1]["seq"])
        return frames + self._news(await self.teller.state(tx, view))

    def _news(self, state: dict[str, Any]) -> list[dict[str, Any]]:
        state.pop("seq", None)
        if state == self._state:
            return []
        self._state = state
        return [{"t": "state", **state}]

    def _watch(self, conversation: InteractionId | None) -> None:
        topics = {operations.topic_of(self.party)}
        if self.party.session_topic is not None:
            topics.add(self.party.session_topic)
        if self.party.customer_id is not None:
            topics.add(f"customer:{self.party.customer_id}")
        if conversation is not None:
            topics |= {f"interaction:{conversation}", f"read:{conversation}", f"typing:{conversation}:agent"}
        if topics != self._topics:
            self.board.listen(self.heard, topics - self._topics)
            self.board.stop_listening(self.heard, self._topics - topics)
            self._topics = topics
            self._woken.set()
        self._conversation = conversation

    # --- up --------------------------------------------------------------------------------------------------------

    async def _hear(self) -> None:
        while True:
            event = await self.socket.receive()
            if event["type"] == "websocket.disconnect":
                raise Goodbye(GOING_AWAY)
            if event["type"] != "websocket.receive":
                continue
            await self._room()
            key: str | None = None
            try:
                text = event.get("text")
                if text is None:
                    raise OnlyText
                frame = parse(text)
                key = frame.key if isinstance(frame, Say) else None
                await self._do(frame)
            except Refused as refused:
                self._refuse(refused, key)
            except DATABASE_AWAY as error:
                if isinstance(error, DBAPIError) and (getattr(error.orig, "sqlstate", "") or "")[:2] == "22":
                    self._refuse(FrameNotUnderstood(), key)
                else:
                    self._refuse(TryAgainSoon(), key)

    def _refuse(self, refused: Refused, key: str | None) -> None:
        told: dict[str, Any] = {
            "t": "refused",
            "code": "chat.try_again_soon" if isinstance(refused, TryAgainSoon) else refused.code,
            "text": refusal_text(self.party.language, refused),
        }
        if key is not None:
            told["key"] = key[:64]
        if isinstance(refused, TooFast):
            told["after_seconds"] = refused.params["seconds"]
        self._put(told)
        if isinstance(refused, OnlyText):
            raise Goodbye(UNSUPPORTED)
        if not self.board.paces.bear(self._name):
            raise Goodbye(POLICY)

    async def _do(self, frame: Frame) -> None:
        if isinstance(frame, Hello):
            self._hello = frame
            self._greeted.set()
            self._woken.set()
            return
        if not self._greeted.is_set():
            raise FrameNotUnderstood
        if isinstance(frame, Typing) and time.monotonic() - self._typed_at < TYPING_SECONDS:
            return
        self.board.paces.admit(self.party.key, self._name)
        match frame:
            case Say():
                await self._say(frame)
            case Typing():
                self._typed_at = time.monotonic()
                await self._typing()
            case Read():
                await self._read(frame.seq)
            case Older():
                await self._older(frame.before)
            case Code():
                await self._prove(frame.code)
            case Solved():
                async with self.house.database.transaction() as tx:
                    await asking.answer(tx, self.party, frame.question, frame.solved)
                self._put({"t": "answered", "solved": frame.solved})
            case Leave():
                async with self.house.database.transaction() as tx:
                    await operations.leave(tx, party=self.party)

    async def _say(self, frame: Say) -> None:
        told = {"key": frame.key, "text": frame.text, "reply": frame.reply}
        message = await saying.say(self.house, party=self.party, place=self.place, **told)
        self._put({"t": "ack", "key": frame.key, "seq": message.seq, "conversation": str(message.interaction_id)})

    async def _typing(self) -> None:
        if self._conversation is not None:
            async with self.house.database.transaction() as tx:
                await interactions.typing(tx, interaction_id=self._conversation, by="customer")

    async def _read(self, seq: int) -> None:
        if self._conversation is not None:
            async with self.house.database.transaction() as tx:
                await interactions.mark_read(tx, interaction_id=self._conversation, reader="customer", seq=seq)

    async def _older(self, before: int) -> None:
        if self._conversation is not None and 0 < before < 2**31:
            async with self.house.database.transaction() as tx:
                page = await self.teller.older(tx, self._conversation, before)
            self._put(page)

    async def _prove(self, code: str) -> None:
        right = await saying.tell_secret(self.house, party=self.party, place=self.place, secret=code)
        if right is None:
            await proving.prove(self.house, self.party, code)
        if right is False:
            raise proving.CodeNotRight
        self._put({"t": "proven"})
