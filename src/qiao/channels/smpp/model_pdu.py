"""PDUs of SMPP 3.4 as values, to octets and back. Pure. Source: SMPP Protocol Specification v3.4 issue 1.2, 4 and 5.

What comes from a peer is read as far as it can be: strings longer than the specification allows, responses without a
body and sequence numbers beyond 0x7FFFFFFF are met in the field. What cannot be read is told as a `PduFault` that
holds the command status to answer with.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

GENERIC_NACK: Final = 0x80000000
BIND_RECEIVER: Final = 0x00000001
BIND_TRANSMITTER: Final = 0x00000002
QUERY_SM: Final = 0x00000003
SUBMIT_SM: Final = 0x00000004
DELIVER_SM: Final = 0x00000005
UNBIND: Final = 0x00000006
REPLACE_SM: Final = 0x00000007
CANCEL_SM: Final = 0x00000008
BIND_TRANSCEIVER: Final = 0x00000009
OUTBIND: Final = 0x0000000B
ENQUIRE_LINK: Final = 0x00000015
ALERT_NOTIFICATION: Final = 0x00000102
DATA_SM: Final = 0x00000103
RESPONSE: Final = 0x80000000
"""This bit makes a command its response."""

OK: Final = 0x00
INVALID_MESSAGE_LENGTH: Final = 0x01
INVALID_COMMAND_LENGTH: Final = 0x02
INVALID_COMMAND: Final = 0x03
WRONG_BIND_STATUS: Final = 0x04
ALREADY_BOUND: Final = 0x05
SYSTEM_ERROR: Final = 0x08
BIND_FAILED: Final = 0x0D
INVALID_PASSWORD: Final = 0x0E
INVALID_SYSTEM_ID: Final = 0x0F
QUEUE_FULL: Final = 0x14
INVALID_DESTINATION: Final = 0x0B
THROTTLED: Final = 0x58
INVALID_EXPIRY: Final = 0x62
NOT_TAKEN: Final = 0x65
"""The receiver's permanent error: this message is not to be sent again."""
INVALID_OPTIONAL: Final = 0xC0

USER_MESSAGE_REFERENCE: Final = 0x0204
SAR_REFERENCE: Final = 0x020C
SAR_TOTAL: Final = 0x020E
SAR_NUMBER: Final = 0x020F
RECEIPTED_ID: Final = 0x001E
MESSAGE_STATE: Final = 0x0427
MESSAGE_PAYLOAD: Final = 0x0424

UDH_INDICATOR: Final = 0x40
RECEIPT_TYPES: Final = 0x3C
RECEIPT: Final = 0x04

HEADER: Final = struct.Struct(">IIII")
HEADER_OCTETS: Final = 16
PDU_OCTETS_MAX: Final = 70_000
"""A message_payload holds 64 KiB at most; whatever claims to be longer is no PDU."""

Value = int | str | bytes
_ADDRESSES: Final = ("source_ton", "source_npi", "source", "destination_ton", "destination_npi", "destination")
_BIND: Final = ("*system_id", "*password", "*system_type", "version", "ton", "npi", "*range")
_MESSAGE: Final = (
    "*service_type", "source_ton", "source_npi", "*source", "destination_ton", "destination_npi", "*destination",
    "esm_class", "protocol_id", "priority", "*schedule", "*validity", "registered", "replace", "data_coding",
    "default_message", "#short_message",
)  # fmt: skip
LAYOUTS: Final[Mapping[int, tuple[str, ...]]] = {
    BIND_RECEIVER: _BIND,
    BIND_TRANSMITTER: _BIND,
    BIND_TRANSCEIVER: _BIND,
    BIND_RECEIVER | RESPONSE: ("?system_id",),
    BIND_TRANSMITTER | RESPONSE: ("?system_id",),
    BIND_TRANSCEIVER | RESPONSE: ("?system_id",),
    OUTBIND: ("*system_id", "*password"),
    SUBMIT_SM: _MESSAGE,
    DELIVER_SM: _MESSAGE,
    SUBMIT_SM | RESPONSE: ("?message_id",),
    DELIVER_SM | RESPONSE: ("?message_id",),
    DATA_SM: (
        "*service_type", "source_ton", "source_npi", "*source", "destination_ton", "destination_npi", "*destination",
        "esm_class", "registered", "data_coding",
    ),
    DATA_SM | RESPONSE: ("?message_id",),
    QUERY_SM: ("*message_id", "source_ton", "source_npi", "*source"),
    QUERY_SM | RESPONSE: ("*message_id", "*final_date", "state", "error"),
    CANCEL_SM: (
        "*service_type", "*message_id", "source_ton", "source_npi", "*source",
        "destination_ton", "destination_npi", "*destination",
    ),
    CANCEL_SM | RESPONSE: (),
    REPLACE_SM: (
        "*message_id", "source_ton", "source_npi", "*source", "*schedule", "*validity", "registered",
        "default_message", "#short_message",
    ),
    REPLACE_SM | RESPONSE: (),
    ALERT_NOTIFICATION: ("source_ton", "source_npi", "*source", "esme_ton", "esme_npi", "*esme"),
    ENQUIRE_LINK: (),
    ENQUIRE_LINK | RESPONSE: (),
    UNBIND: (),
    UNBIND | RESPONSE: (),
    GENERIC_NACK: (),
}  # fmt: skip
"""Fields in order: "*" a C-string, "?" a C-string that may be absent, "#" octets after their length, else one octet."""


class FrameBroken(Exception):
    """The stream holds no PDUs any more: answer with generic_nack and close the link.

    `found` are the PDUs before that, which count.
    """

    def __init__(self, length: int, found: "list[Frame]") -> None:
        super().__init__(f"a PDU of {length} octets")
        self.found = found


class PduFault(Exception):
    """A PDU that cannot be read, or that nobody knows; `status` is what to answer."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Frame(NamedTuple):
    """One PDU as it came: its header, and its body unread."""

    command: int
    status: int
    sequence: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Pdu:
    """One PDU, read. `fields` are named as in LAYOUTS; of a TLV that comes twice the last one counts."""

    command: int
    status: int = OK
    sequence: int = 0
    fields: Mapping[str, Value] = field(default_factory=dict)
    tlvs: Mapping[int, bytes] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A C-string, empty where there is none."""
        found = self.fields.get(name, "")
        return found if isinstance(found, str) else ""

    def number(self, name: str) -> int:
        """An octet, 0 where there is none."""
        found = self.fields.get(name, 0)
        return found if isinstance(found, int) else 0

    def octets(self, name: str) -> bytes:
        """Octets, empty where there are none."""
        found = self.fields.get(name, b"")
        return found if isinstance(found, bytes) else b""


def frames_of(buffer: bytes | bytearray, at: int = 0) -> tuple[list[Frame], int]:
    """Whole PDUs in what was received, from octet `at` on, and where they end. Raises FrameBroken."""
    found: list[Frame] = []
    end = len(buffer)
    while end - at >= HEADER_OCTETS:
        length, command, status, sequence = HEADER.unpack_from(buffer, at)
        if not HEADER_OCTETS <= length <= PDU_OCTETS_MAX:
            raise FrameBroken(length, found)
        if end - at < length:
            break
        found.append(Frame(command, status, sequence, bytes(buffer[at + HEADER_OCTETS : at + length])))
        at += length
    if 4 <= end - at < HEADER_OCTETS:
        length = int.from_bytes(buffer[at : at + 4], "big")
        if not HEADER_OCTETS <= length <= PDU_OCTETS_MAX:
            raise FrameBroken(length, found)
    return found, at


def read(frame: Frame) -> Pdu:
    """The PDU in a frame. Raises PduFault."""
    layout = LAYOUTS.get(frame.command)
    if layout is None:
        raise PduFault(INVALID_COMMAND, f"no command {frame.command:#x}")
    if frame.command & RESPONSE and frame.status != OK:
        layout = tuple(name.replace("*", "?") for name in layout) if frame.body else ()
    fields: dict[str, Value] = {}
    at = 0
    for name in layout:
        at = _read_field(fields, name, frame.body, at)
    return Pdu(frame.command, frame.status, frame.sequence, fields, _tlvs(frame.body, at))


def _read_field(fields: dict[str, Value], name: str, body: bytes, at: int) -> int:
    match name[0]:
        case "*" | "?":
            end = body.find(0, at)
            if end < 0:
                if name[0] == "*":
                    raise PduFault(INVALID_COMMAND_LENGTH, f"{name[1:]} does not end")
                end = len(body)
            fields[name[1:]] = body[at:end].decode("latin-1")
            return min(end + 1, len(body))
        case "#":
            length = _octet(body, at)
            if at + 1 + length > len(body):
                raise PduFault(INVALID_MESSAGE_LENGTH, f"{name[1:]} ends after the PDU")
            fields[name[1:]] = body[at + 1 : at + 1 + length]
            return at + 1 + length
        case _:
            fields[name] = _octet(body, at)
            return at + 1


def _octet(body: bytes, at: int) -> int:
    if at >= len(body):
        raise PduFault(INVALID_COMMAND_LENGTH, "the PDU ends before its fields do")
    return body[at]


def _tlvs(body: bytes, at: int) -> dict[int, bytes]:
    """Optional parameters, as far as they hold together; only the loss of a text is refused.

    A rest that is none is met in the field, and who refuses a receipt for it is sent that receipt for ever.
    """
    found: dict[int, bytes] = {}
    while len(body) - at >= 4:
        tag, length = struct.unpack_from(">HH", body, at)
        at += 4
        if at + length > len(body):
            if tag == MESSAGE_PAYLOAD:
                raise PduFault(INVALID_OPTIONAL, "message_payload ends after the PDU")
            break
        found[tag] = body[at : at + length]
        at += length
    return found


def written(pdu: Pdu) -> bytes:
    """The octets of a PDU; fields that are not given are empty or 0. Raises ValueError for what no PDU can hold."""
    parts: list[bytes] = []
    for name in LAYOUTS[pdu.command]:
        match name[0]:
            case "*" | "?":
                words = pdu.text(name[1:])
                if "\0" in words:
                    raise ValueError(f"{name[1:]} holds a NUL")
                parts += (words.encode("latin-1", "strict"), b"\0")
            case "#":
                octets = pdu.octets(name[1:])
                parts += (bytes((len(octets),)), octets)
            case _:
                parts.append(bytes((pdu.number(name),)))
    for tag, octets in pdu.tlvs.items():
        parts += (struct.pack(">HH", tag, len(octets)), octets)
    body = b"".join(parts)
    if HEADER_OCTETS + len(body) > PDU_OCTETS_MAX:
        raise ValueError("longer than a PDU may be")
    return HEADER.pack(HEADER_OCTETS + len(body), pdu.command, pdu.status, pdu.sequence) + body


def answer_to(pdu: Frame | Pdu, status: int = OK, **fields: Value) -> Pdu:
    """The response to a request."""
    return Pdu(pdu.command | RESPONSE, status, pdu.sequence, fields)
