"""One link to an SMS centre: SMPP 3.4 over TCP, as transmitter, receiver or transceiver.

Octets are read and written in bulk: a read may hold hundreds of PDUs, and what is written in one turn of the loop
leaves in one send, up to half a window: the centre works on that while we go on, else each would be idle while the
other works. What was submitted is answered through a callback; when the link dies, whatever has no answer is told as
lost, and nobody knows whether it left.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, cast

import structlog

from qiao.channels.smpp import model_pdu as smpp
from qiao.channels.smpp.model_pdu import Frame, FrameBroken, Pdu, PduFault, Value

log = structlog.get_logger(__name__)
Mode = Literal["transmitter", "receiver", "transceiver"]
BINDS: Final[dict[Mode, int]] = {
    "transmitter": smpp.BIND_TRANSMITTER,
    "receiver": smpp.BIND_RECEIVER,
    "transceiver": smpp.BIND_TRANSCEIVER,
}
PATIENCE: Final = frozenset((smpp.THROTTLED, smpp.QUEUE_FULL))
"""Statuses that say: later."""
OUT_MAX: Final = 8_000_000
"""Octets that wait for a centre which does not read; then it is left, as it asks faster than it hears."""
SEQUENCE_MAX: Final = 0x7FFFFFFF
_ANSWERS: Final = frozenset((smpp.SUBMIT_SM | smpp.RESPONSE, smpp.GENERIC_NACK))
_TAKEN: Final = smpp.SUBMIT_SM | smpp.RESPONSE
_pack: Final = smpp.HEADER.pack
_unpack: Final = smpp.HEADER.unpack_from
_INCOMING: Final = frozenset((smpp.DELIVER_SM, smpp.DATA_SM))


class BindRefused(Exception):
    """The centre does not want us: `status` says why (SMPP 3.4 5.1.3)."""

    def __init__(self, status: int) -> None:
        super().__init__(f"bind refused with status {status:#x}")
        self.status = status


class LinkLost(Exception):
    """The link is gone."""


class Answered(NamedTuple):
    """What the centre said of one submission; `status` 0 is taken, and then `message_id` names it in receipts."""

    reference: Any
    status: int
    message_id: str


@dataclass(frozen=True)
class Manners:
    """How a link behaves; times in seconds."""

    window: int = 100
    answer_seconds: float = 30.0
    quiet_seconds: float = 30.0
    """Nothing heard for so long: ask whether anybody is there."""
    pause_seconds: float = 1.0
    """After "throttled"; doubles with each that follows at once, up to a minute."""


@dataclass
class Told:
    """Who is told what. `incoming` gets deliver_sm and data_sm, and answers each with `link.respond`."""

    answered: Callable[["Link", Sequence[Answered]], None]
    lost: Callable[["Link", Sequence[Any]], None]
    incoming: Callable[["Link", Sequence[Pdu]], None] = lambda _link, _pdus: None
    room: Callable[["Link"], None] = lambda _link: None


@dataclass(eq=False)
class Link(asyncio.Protocol):
    """A bound link. Made by `connect`; `submit` when `room` is over 0."""

    told: Told
    manners: Manners = field(default_factory=Manners)
    can_submit: bool = True
    system_id: str = ""

    def __post_init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.closed = asyncio.Event()
        self.why_closed = ""
        self.paused_until = 0.0
        self._pause = self.manners.pause_seconds
        self._transport: asyncio.Transport | None = None
        self._rest = bytearray()
        self._out: list[bytes] = []
        self._flushing, self._turn_at = False, 0.0
        self._blocked = False
        self._half = max(self.manners.window, 2)  # a submission has two parts: its header and its body
        self._sequence = 0
        self._waiting: dict[int, tuple[Any, float]] = {}
        self._asked: dict[int, tuple[int, asyncio.Future[Pdu]]] = {}
        self._heard_at = self.loop.time()
        self._leaving = False
        self._watch: asyncio.Task[None] | None = None

    @property
    def room(self) -> int:
        """How many submissions may leave now."""
        if self.closed.is_set() or self._leaving or self._blocked or not self.can_submit:
            return 0
        if self.loop.time() < self.paused_until:
            return 0
        return self.manners.window - len(self._waiting)

    @property
    def unanswered(self) -> int:
        """How many submissions wait for their answer."""
        return len(self._waiting)

    def submit(self, reference: Any, tail: bytes) -> None:
        """Send one submit_sm; `tail` is its body as `body_of` made it. Its answer comes under `reference`."""
        sequence = self._sequence = self._sequence % SEQUENCE_MAX + 1
        if not self._flushing:
            self._flush_soon()
        self._out += (_pack(smpp.HEADER_OCTETS + len(tail), smpp.SUBMIT_SM, 0, sequence), tail)
        self._waiting[sequence] = (reference, self._turn_at)

    def respond(self, request: Pdu, status: int = smpp.OK) -> None:
        """Answer a deliver_sm or data_sm."""
        self._write(smpp.written(smpp.answer_to(request, status)))

    async def ask(self, command: int, fields: Mapping[str, Value] | None = None, seconds: float = 10.0) -> Pdu:
        """Send any request and wait for its answer. Raises LinkLost, also when no answer comes in time."""
        sequence = self._next()
        waiting: asyncio.Future[Pdu] = self.loop.create_future()
        self._asked[sequence] = (command, waiting)
        self._write(smpp.written(Pdu(command, smpp.OK, sequence, fields or {})))
        try:
            async with asyncio.timeout(seconds):
                return await waiting
        except TimeoutError:
            raise LinkLost("no answer") from None
        finally:
            self._asked.pop(sequence, None)

    async def leave(self, seconds: float = 5.0) -> None:
        """Send nothing more, wait for answers under way, unbind, close."""
        self._leaving = True
        until = self.loop.time() + seconds
        while self._waiting and not self.closed.is_set() and self.loop.time() < until:
            await asyncio.wait([asyncio.ensure_future(self.closed.wait())], timeout=0.02)
        if not self.closed.is_set():
            try:
                await self.ask(smpp.UNBIND, seconds=2.0)
            except LinkLost:
                log.info("smpp.unbind_unanswered")
            self.close("left")
        await self.closed.wait()

    def close(self, why: str) -> None:
        """End the link now."""
        self.why_closed = self.why_closed or why
        if self._transport is not None:
            self._half = max(len(self._out), self._half)
            self._flush()
            self._transport.close()

    # what asyncio tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=1_000_000)
        self._watch = self.loop.create_task(self._look_after())

    def pause_writing(self) -> None:
        self._blocked = True

    def resume_writing(self) -> None:
        self._blocked = False
        self.told.room(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.why_closed = self.why_closed or (type(exc).__name__ if exc else "the centre closed it")
        self.closed.set()
        if self._watch is not None:
            self._watch.cancel()
        for _, waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(LinkLost(self.why_closed))
        lost, self._waiting = [reference for reference, _ in self._waiting.values()], {}
        if lost:
            self.told.lost(self, lost)

    def data_received(self, data: bytes) -> None:
        self._heard_at = self.loop.time()
        if self._rest:
            self._rest += data
            data = self._rest  # type: ignore[assignment]
        answered: list[Answered] = []
        try:
            frames, taken = smpp.frames_of(data, self._answers(data, answered))
        except FrameBroken as broken:
            log.warning("smpp.stream_broken", why=str(broken))
            self._hear(broken.found, answered)
            self._write(smpp.written(Pdu(smpp.GENERIC_NACK, smpp.INVALID_COMMAND_LENGTH)))
            self._rest = bytearray()
            self.close("the stream broke")
            return
        self._rest = bytearray(data[taken:])
        if frames or answered:
            self._hear(frames, answered)

    # inside

    def _answers(self, data: bytes, answered: list[Answered]) -> int:
        """Take the answers to submissions at the head of what came, most of all that comes; returns their octets."""
        at, end, waiting = 0, len(data), self._waiting
        while end - at >= smpp.HEADER_OCTETS:
            length, command, status, sequence = _unpack(data, at)
            then = at + length
            if (
                command != _TAKEN
                or sequence not in waiting
                or then > end
                or not smpp.HEADER_OCTETS <= length <= smpp.PDU_OCTETS_MAX
            ):
                break
            at += smpp.HEADER_OCTETS
            stop = data.find(0, at, then)
            message_id = "" if status else data[at : then if stop < 0 else stop].decode("latin-1")
            answered.append(Answered(waiting.pop(sequence)[0], status, message_id))
            at = then
        return at

    def _hear(self, frames: Sequence[Frame], answered: list[Answered]) -> None:
        incoming: list[Pdu] = []
        for frame in frames:
            command, status, sequence, body = frame
            if command in _ANSWERS and sequence in self._waiting:  # an answer of another kind answers nothing
                message_id = "" if status else body.partition(b"\0")[0].decode("latin-1")
                answered.append(Answered(self._waiting.pop(sequence)[0], status, message_id))
            else:
                self._hear_other(frame, incoming)
        if answered:
            self._mind_pace(answered)
            self.told.answered(self, answered)
        if incoming:
            self.told.incoming(self, incoming)
        if answered:
            self.told.room(self)

    def _hear_other(self, frame: Frame, incoming: list[Pdu]) -> None:
        try:
            pdu = smpp.read(frame)
        except PduFault as fault:
            log.warning("smpp.not_understood", command=f"{frame.command:#x}", why=str(fault))
            if not frame.command & smpp.RESPONSE:
                known = frame.command in smpp.LAYOUTS
                command = frame.command | smpp.RESPONSE if known else smpp.GENERIC_NACK
                self._write(smpp.written(Pdu(command, fault.status, frame.sequence)))
            return
        if pdu.command & smpp.RESPONSE:
            command, waiting = self._asked.get(pdu.sequence, (0, None))
            fits = pdu.command in (command | smpp.RESPONSE, smpp.GENERIC_NACK)
            if waiting is not None and fits and not waiting.done():
                waiting.set_result(pdu)
        elif pdu.command in _INCOMING:
            incoming.append(pdu)
        elif pdu.command == smpp.ENQUIRE_LINK:
            self._write(smpp.written(smpp.answer_to(pdu)))
        elif pdu.command == smpp.UNBIND:
            self._leaving = True
            self._write(smpp.written(smpp.answer_to(pdu)))
            self.loop.call_later(1.0, self.close, "the centre unbound it")
        elif pdu.command not in (smpp.ALERT_NOTIFICATION, smpp.OUTBIND):  # those two have no answer
            self._write(smpp.written(smpp.answer_to(pdu, smpp.WRONG_BIND_STATUS)))

    def _mind_pace(self, answered: Sequence[Answered]) -> None:
        if any(one.status in PATIENCE for one in answered):
            if self.loop.time() >= self.paused_until:
                self.paused_until = self.loop.time() + self._pause
                self.loop.call_later(self._pause + 0.001, self.told.room, self)
                self._pause = min(self._pause * 2, 60.0)
        elif self.loop.time() >= self.paused_until:
            self._pause = self.manners.pause_seconds

    def _next(self) -> int:
        self._sequence = self._sequence % SEQUENCE_MAX + 1
        return self._sequence

    def _write(self, octets: bytes) -> None:
        self._out.append(octets)
        if not self._flushing:
            self._flush_soon()

    def _flush_soon(self) -> None:
        self._flushing, self._turn_at = True, self.loop.time()
        self.loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        if self._out and self._transport is not None and not self._transport.is_closing():
            most = self._half if len(self._out) <= 2 * self._half else len(self._out)  # more are answers to a flood
            octets, self._out = b"".join(self._out[:most]), self._out[most:]
            self._transport.write(octets)
            if self._out:
                self._flush_soon()
            if self._transport.get_write_buffer_size() > OUT_MAX:
                self.why_closed = self.why_closed or "the centre does not read"
                self._transport.abort()

    async def _look_after(self) -> None:
        """Ask a silent centre whether it is there; give up on one that is not, or that forgets submissions."""
        every = min(self.manners.quiet_seconds, self.manners.answer_seconds) / 4
        while True:
            await asyncio.sleep(every)
            now = self.loop.time()
            oldest = next(iter(self._waiting.values()), None)
            overdue = oldest is not None and now - oldest[1] > self.manners.answer_seconds
            if overdue or now - self._heard_at > self.manners.quiet_seconds:
                try:
                    await self.ask(smpp.ENQUIRE_LINK, seconds=min(10.0, self.manners.answer_seconds))
                except LinkLost:
                    self.why_closed = "the centre does not answer"
                    if self._transport is not None:
                        self._transport.abort()
                    return
            if overdue:
                self._forget(self.loop.time() - self.manners.answer_seconds)

    def _forget(self, before: float) -> None:
        late = [sequence for sequence, (_, at) in self._waiting.items() if at < before]
        lost = [self._waiting.pop(sequence)[0] for sequence in late]
        if lost:
            self.told.lost(self, lost)
            self.told.room(self)


@dataclass(frozen=True)
class Address:
    """Where a centre is, and as whom we come."""

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    mode: Mode = "transceiver"
    system_type: str = ""
    tls: bool = False
    connect_seconds: float = 10.0


async def connect(address: Address, told: Told, manners: Manners | None = None) -> Link:
    """A bound link. Raises BindRefused, LinkLost or OSError."""
    loop = asyncio.get_running_loop()
    context = ssl.create_default_context() if address.tls else None
    async with asyncio.timeout(address.connect_seconds):
        _, link = await loop.create_connection(
            lambda: Link(told, manners or Manners(), can_submit=False), address.host, address.port, ssl=context
        )
    fields: dict[str, Value] = {
        "system_id": address.system_id[:15],
        "password": address.password[:8],
        "system_type": address.system_type[:12],
        "version": 0x34,
    }
    try:
        answer = await link.ask(BINDS[address.mode], fields, seconds=address.connect_seconds)
    except LinkLost:
        link.close("the bind was not answered")
        raise
    if answer.status != smpp.OK or answer.command == smpp.GENERIC_NACK:
        link.close("the bind was refused")
        raise BindRefused(answer.status)
    link.system_id = answer.text("system_id")
    link.can_submit = address.mode != "receiver"
    return link


def body_of(fields: Mapping[str, Value], tlvs: Mapping[int, bytes] | None = None) -> bytes:
    """The body of a submit_sm, to be sent by `Link.submit`. Raises ValueError for what none can hold."""
    return smpp.written(Pdu(smpp.SUBMIT_SM, fields=fields, tlvs=tlvs or {}))[smpp.HEADER_OCTETS :]
