"""An SMS centre as small as one can be that still behaves: binds, submissions, receipts, texts, faults."""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Final, cast

import structlog

from qiao.channels.smpp import model_pdu as smpp
from qiao.channels.smpp.model_pdu import Frame, FrameBroken, Pdu, PduFault, Value
from qiao.channels.smpp.model_text import joined, part_of
from qiao.channels.smpp.sandbox.ledger import Ledger, Taken
from qiao.channels.smpp.sandbox.model_validity import good_until

log = structlog.get_logger(__name__)
BINDS: Final = {smpp.BIND_RECEIVER: "receiver", smpp.BIND_TRANSMITTER: "transmitter", smpp.BIND_TRANSCEIVER: "both"}
DELIVER_WINDOW: Final = 200


@dataclass
class Faults:
    """What goes wrong next. Counts go down as they are used up; the rest stays until it is changed."""

    refuse_binds: int = 0
    throttle: int = 0
    queue_full: int = 0
    reject: int = 0
    """Submissions answered as to a destination that is none."""
    forget: int = 0
    """Submissions that are taken, and whose answer is never sent."""
    drop_before: int = -1
    """After so many more submissions the link is cut, and the next one is not taken; -1: never."""
    drop_after: int = -1
    """After so many more submissions the link is cut: the last is taken, its answer lost; -1: never."""
    silent: bool = False
    """Answers nothing at all, not even enquire_link."""
    receipts: str = "DELIVRD"
    """The state that receipts tell; empty: none come."""
    receipt_seconds: float = 0.0
    receipt_first: bool = False
    """The receipt leaves before the answer to the submission does."""
    receipt_twice: bool = False
    ids: str = "text"
    """"hex in receipts": answers hold the id in decimal, receipts in hex."""

    def use(self, name: str) -> bool:
        """Whether this fault is due; one less is left."""
        left = getattr(self, name)
        if left > 0:
            setattr(self, name, left - 1)
        return bool(left > 0)


@dataclass
class _Outgoing:
    """A deliver_sm that waits for its acknowledgement."""

    fields: Mapping[str, Any]
    tlvs: Mapping[int, bytes]
    acknowledged: Callable[[], None]


@dataclass
class Centre:
    """The centre; `accounts` are passwords by system id. `echo` takes submissions without looking at them."""

    accounts: Mapping[str, str]
    ledger: Ledger = field(default_factory=Ledger)
    faults: Faults = field(default_factory=Faults)
    arrived: Callable[[str, str, str], None] = lambda _to, _sender, _text: None
    echo: bool = False

    def __post_init__(self) -> None:
        self.links: list[_Session] = []
        self.waiting: deque[_Outgoing] = deque()
        self._ids = itertools.count(1)
        self._parts: dict[tuple[str, str, int, int], dict[int, str]] = {}
        self._server: asyncio.Server | None = None

    async def listen(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Take links; returns the port."""
        self._server = await asyncio.get_running_loop().create_server(lambda: _Session(self), host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Cut every link and listen no more."""
        if self._server is not None:
            self._server.close()
        for link in list(self.links):
            link.cut()
        await asyncio.sleep(0)

    def send(
        self, source: str, destination: str, told: Mapping[str, Value], tlvs: Mapping[int, bytes] | None = None
    ) -> None:
        """A short message from a handset; it is delivered again until it is acknowledged."""
        usual: dict[str, Value] = {
            "source_ton": 1,
            "source_npi": 1,
            "source": source.removeprefix("+"),
            "destination": destination,
        }
        self.waiting.append(_Outgoing({**usual, **told}, tlvs or {}, lambda: None))
        self.pump()

    def pump(self) -> None:
        """Hand what waits to whoever can receive."""
        while self.waiting:
            link = next((one for one in self.links if one.receives and len(one.unacknowledged) < DELIVER_WINDOW), None)
            if link is None:
                return
            link.deliver(self.waiting.popleft())

    def next_id(self) -> str:
        return f"{next(self._ids):010d}"

    def takes(self, pdu: Pdu, system_id: str) -> str:
        """Write a submission into the ledger; returns its id."""
        part, message_id = part_of(pdu), self.next_id()
        source, destination = pdu.text("source"), pdu.text("destination")
        self.ledger.take(
            Taken(
                message_id, system_id, source, destination, part.text, part.reference, part.number, part.of,
                pdu.number("data_coding"),
            )
        )  # fmt: skip
        if part.of == 1:
            self.arrived(destination, source, part.text or "")
        else:
            group = self._parts.setdefault((destination, source, part.reference, part.of), {})
            group[part.number] = part.text or ""
            if len(group) == part.of:
                del self._parts[destination, source, part.reference, part.of]
                self.arrived(destination, source, joined(group[number] for number in sorted(group)))
        return message_id

    def receipt_for(self, pdu: Pdu, message_id: str) -> None:
        """Queue the receipt of a submission that asked for one."""
        state = self.faults.receipts
        if not state or not pdu.number("registered") & 0x03:
            return
        at = time.strftime("%y%m%d%H%M", time.gmtime())
        shown = f"{int(message_id):x}" if self.faults.ids == "hex in receipts" else message_id
        words = (
            f"id:{shown} sub:001 dlvrd:{'001' if state == 'DELIVRD' else '000'} submit date:{at} done date:{at} "
            f"stat:{state} err:{'000' if state == 'DELIVRD' else '104'} text:"
        )
        told = {
            "source": pdu.text("destination"), "source_ton": pdu.number("destination_ton"),
            "source_npi": pdu.number("destination_npi"), "destination": pdu.text("source"),
            "esm_class": smpp.RECEIPT, "short_message": words.encode("latin-1"),
        }  # fmt: skip
        one = _Outgoing(told, {}, lambda: self.ledger.receipt(message_id, state))
        for _ in range(2 if self.faults.receipt_twice else 1):
            if self.faults.receipt_seconds:
                asyncio.get_running_loop().call_later(self.faults.receipt_seconds, self._queue, one)
            else:
                self._queue(one)

    def _queue(self, one: _Outgoing) -> None:
        self.waiting.append(one)
        self.pump()

    def change(self, told: Mapping[str, Any]) -> None:
        """Set faults by name. Raises ValueError for one there is not."""
        known = {one.name for one in fields(Faults)}
        if not told.keys() <= known:
            raise ValueError(f"no such fault: {', '.join(sorted(told.keys() - known))}")
        for name, value in told.items():
            setattr(self.faults, name, value)


class _Session(asyncio.Protocol):
    """One link at the centre's side."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.bound = ""
        self.system_id = ""
        self.unacknowledged: dict[int, _Outgoing] = {}
        self._sequence = itertools.count(1)
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    @property
    def receives(self) -> bool:
        return self.bound in ("receiver", "both")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.centre.links.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.centre.links.remove(self)
        self.centre.waiting.extendleft(reversed(self.unacknowledged.values()))
        self.unacknowledged = {}
        self.centre.pump()

    def cut(self) -> None:
        """As when the network fails: nothing is said."""
        self.bound = ""
        if self._transport is not None:
            self._transport.abort()

    def deliver(self, one: _Outgoing) -> None:
        sequence = next(self._sequence)
        self.unacknowledged[sequence] = one
        self._say(Pdu(smpp.DELIVER_SM, smpp.OK, sequence, one.fields, one.tlvs))

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        try:
            frames, taken = smpp.frames_of(data)
        except FrameBroken as broken:
            for frame in broken.found:
                self._hear(frame)
            self._say(Pdu(smpp.GENERIC_NACK, smpp.INVALID_COMMAND_LENGTH))
            if self._transport is not None:
                self._transport.close()
            return
        self._rest = data[taken:]
        if self.centre.faults.silent:
            return
        if self.centre.echo:
            self._echo(frames)
            return
        for frame in frames:
            if self._transport is None or self._transport.is_closing():
                return
            self._hear(frame)

    def _echo(self, frames: Sequence[Frame]) -> None:
        """The ceiling of a bench: a number for every submission, nothing looked at."""
        out = []
        for frame in frames:
            if frame.command == smpp.SUBMIT_SM:
                told = b"%d\0" % next(self._sequence)
                out.append(smpp.HEADER.pack(16 + len(told), smpp.SUBMIT_SM | smpp.RESPONSE, 0, frame.sequence) + told)
            else:
                self._hear(frame)
        if out and self._transport is not None:
            self._transport.write(b"".join(out))

    def _hear(self, frame: Frame) -> None:
        try:
            pdu = smpp.read(frame)
        except PduFault as fault:
            if not frame.command & smpp.RESPONSE:
                known = frame.command in smpp.LAYOUTS
                self._say(
                    Pdu(frame.command | smpp.RESPONSE if known else smpp.GENERIC_NACK, fault.status, frame.sequence)
                )
            return
        if pdu.command in BINDS:
            self._bind(pdu)
        elif pdu.command == smpp.DELIVER_SM | smpp.RESPONSE:
            self._acknowledged(pdu)
        elif pdu.command == smpp.ENQUIRE_LINK:
            self._say(smpp.answer_to(pdu))
        elif pdu.command == smpp.UNBIND:
            self._say(smpp.answer_to(pdu))
            self.bound = ""
            if self._transport is not None:
                self._transport.close()
        elif pdu.command in (smpp.SUBMIT_SM, smpp.DATA_SM):
            self._submitted(pdu)
        elif not pdu.command & smpp.RESPONSE:
            self._say(Pdu(smpp.GENERIC_NACK, smpp.INVALID_COMMAND, pdu.sequence))

    def _bind(self, pdu: Pdu) -> None:
        system_id = pdu.text("system_id")
        status = smpp.OK
        if self.bound:
            status = smpp.ALREADY_BOUND
        elif self.centre.faults.use("refuse_binds"):
            status = smpp.BIND_FAILED
        elif system_id not in self.centre.accounts:
            status = smpp.INVALID_SYSTEM_ID
        elif self.centre.accounts[system_id] != pdu.text("password"):
            status = smpp.INVALID_PASSWORD
        else:
            self.bound, self.system_id = BINDS[pdu.command], system_id
        self._say(smpp.answer_to(pdu, status, system_id="sandbox"))
        self.centre.pump()

    def _submitted(self, pdu: Pdu) -> None:
        faults = self.centre.faults
        if self.bound not in ("transmitter", "both"):
            self._say(smpp.answer_to(pdu, smpp.WRONG_BIND_STATUS))
            return
        if not _good(pdu.text("validity")):
            self._say(smpp.answer_to(pdu, smpp.INVALID_EXPIRY))
            return
        for fault, status in (
            ("throttle", smpp.THROTTLED), ("queue_full", smpp.QUEUE_FULL), ("reject", smpp.INVALID_DESTINATION),
        ):  # fmt: skip
            if faults.use(fault):
                self._say(smpp.answer_to(pdu, status))
                return
        if faults.drop_before == 0:
            faults.drop_before = -1
            self.cut()
            return
        faults.drop_before = max(faults.drop_before - 1, -1)
        message_id = self.centre.takes(pdu, self.system_id)
        if faults.drop_after == 0:
            faults.drop_after = -1
            self.cut()
            return
        faults.drop_after = max(faults.drop_after - 1, -1)
        if faults.receipt_first:
            self.centre.receipt_for(pdu, message_id)
        if not faults.use("forget"):
            self._say(smpp.answer_to(pdu, smpp.OK, message_id=message_id))
            self.centre.ledger.answer(message_id)
        if not faults.receipt_first:
            self.centre.receipt_for(pdu, message_id)

    def _acknowledged(self, pdu: Pdu) -> None:
        one = self.unacknowledged.pop(pdu.sequence, None)
        if one is not None and pdu.status == smpp.OK:
            one.acknowledged()
        elif one is not None and pdu.status in (smpp.QUEUE_FULL, smpp.SYSTEM_ERROR, smpp.THROTTLED):
            asyncio.get_running_loop().call_later(0.2, self.centre._queue, one)  # noqa: SLF001 - one file, one thing
        self.centre.pump()

    def _say(self, pdu: Pdu) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(smpp.written(pdu))


def _good(validity: str) -> bool:
    """Whether a message is good still, by the clock of the network, which is never ours."""
    now = datetime.now(UTC)  # noqa: TID251 - as time.gmtime in receipts: another machine's clock
    try:
        until = good_until(validity, now)
    except ValueError:
        return False
    return until is None or until > now
