"""The octets of a short message and what they say: user data header, alphabets, parts. Pure.

Sources: 3GPP TS 23.040 9.2.3.24 (user data header), TS 23.038 4 (data coding scheme), SMPP 3.4 5.2.19 (data_coding).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from qiao.channels.smpp.model_pdu import (
    MESSAGE_PAYLOAD,
    SAR_NUMBER,
    SAR_REFERENCE,
    SAR_TOTAL,
    UDH_INDICATOR,
    Pdu,
    Value,
)
from qiao.kernel.gsm import septets, text_of
from qiao.kernel.sms import Sms

Alphabet = Literal["gsm", "latin-1", "ascii", "utf-8"]
"""What a centre means by data_coding 0."""
Joining = Literal["udh", "sar", "payload"]
"""How parts of a long text are told to the centre; "payload" sends the text whole."""

JOINED_8: Final = 0x00
JOINED_16: Final = 0x08
SINGLE_SHIFT: Final = 0x24
LOCKING_SHIFT: Final = 0x25
PORTS_16: Final = 0x05
_SIM_SECURITY: Final = range(0x70, 0x80)
"""(U)SIM toolkit security headers: what follows is for the card, not for a person."""
_PARKED: Final = 0x100000
"""Half a character at the edge of a part waits for its other half in the last private plane, as no database keeps it
as it is."""
_HALVES: Final = re.compile("[\ud800-\udfff]")
_PARKED_HALVES: Final = re.compile("[\U0010d800-\U0010dfff]")
_CHARSETS: Final = {
    0x01: "ascii", 0x03: "latin-1", 0x05: "shift_jis", 0x06: "iso8859_5", 0x07: "iso8859_8", 0x0A: "iso2022_jp",
    0x0D: "euc_jp", 0x0E: "euc_kr",
}  # fmt: skip
_BINARY: Final = frozenset((0x02, 0x04))
UCS2: Final = 0x08
GSM: Final = 0x00


@dataclass(frozen=True, slots=True)
class Part:
    """One short message as it came. `of` is 1 for one that stands alone; `text` is None where it holds no text."""

    text: str | None
    reference: int = 0
    number: int = 1
    of: int = 1


@dataclass(frozen=True, slots=True)
class Header:
    """What a user data header says that matters here; `to_port`: the octets are for a program, not for a person."""

    reference: int = 0
    number: int = 1
    of: int = 1
    single: int = 0
    locking: int = 0
    to_port: bool = False


def header_of(octets: bytes) -> tuple[Header, bytes]:
    """The header at the head of user data, and what follows it. A header that does not hold together is none."""
    if not octets or octets[0] + 1 > len(octets):
        return Header(), octets
    told: dict[str, int] = {}
    for kind, value in _elements(octets[1 : octets[0] + 1]):
        match (kind, len(value)):
            case (0x00, 3):
                told |= {"reference": value[0], "of": value[1], "number": value[2]}
            case (0x08, 4):
                told |= {"reference": int.from_bytes(value[:2], "big"), "of": value[2], "number": value[3]}
            case (0x24, 1):
                told["single"] = value[0]
            case (0x25, 1):
                told["locking"] = value[0]
            case (0x04 | 0x05, _):
                told["to_port"] = 1
            case _:
                told |= {"to_port": 1} if kind in _SIM_SECURITY else {}
    if not 1 <= told.get("number", 1) <= told.get("of", 1):
        told.update(reference=0, of=1, number=1)  # to be ignored (TS 23.040 9.2.3.24.1)
    header = Header(
        told.get("reference", 0), told.get("number", 1), told.get("of", 1),
        told.get("single", 0), told.get("locking", 0), bool(told.get("to_port")),
    )  # fmt: skip
    return header, octets[octets[0] + 1 :]


def _elements(octets: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 2 <= len(octets):
        kind, length = octets[at], octets[at + 1]
        yield kind, octets[at + 2 : at + 2 + length]
        at += 2 + length


def part_of(pdu: Pdu, alphabet: Alphabet = "gsm") -> Part:
    """What a deliver_sm, submit_sm or data_sm says, and which part of a longer text it is."""
    octets = pdu.octets("short_message") or pdu.tlvs.get(MESSAGE_PAYLOAD, b"")
    header = Header()
    if pdu.number("esm_class") & UDH_INDICATOR:
        header, octets = header_of(octets)
    if header.of == 1 and (told := _sar(pdu)) is not None:
        header = Header(*told, header.single, header.locking, header.to_port)
    text = None if header.to_port else decoded(octets, pdu.number("data_coding"), alphabet, header)
    return Part(text, header.reference, header.number, header.of)


def joined(parts: Iterable[str]) -> str:
    """The text of parts in their order; a character that was cut in two is one again."""
    words = _PARKED_HALVES.sub(lambda half: chr(ord(half[0]) - _PARKED), "".join(parts))
    return words.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")


def _sar(pdu: Pdu) -> tuple[int, int, int] | None:
    """Reference, number and count of parts as SAR TLVs tell them; those of another length tell nothing (5.3.2.22)."""
    reference, total, number = (pdu.tlvs.get(tag, b"") for tag in (SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER))
    if (len(reference), len(total), len(number)) != (2, 1, 1) or not 1 <= number[0] <= total[0]:
        return None
    return int.from_bytes(reference, "big"), number[0], total[0]


def decoded(octets: bytes, data_coding: int, alphabet: Alphabet = "gsm", header: Header | None = None) -> str | None:
    """The text in octets, or None for what is no text (binary data, WAP push, SIM data)."""
    coding = _plain(data_coding)
    if coding is None or coding in _BINARY:
        return None
    if coding == UCS2:
        return _ucs2(octets, in_part=header is not None and header.of > 1)
    if coding in _CHARSETS:
        return octets.decode(_CHARSETS[coding], "replace")
    if alphabet == "gsm" and all(one < 0x80 for one in octets):
        shifts = header or Header()
        return text_of(octets, single=shifts.single, locking=shifts.locking)
    try:  # octets that are no septets: UTF-8 and Latin-1 sent as "default" are met in the field
        return octets.decode("utf-8" if alphabet in ("gsm", "utf-8") else alphabet)
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _plain(data_coding: int) -> int | None:
    """SMPP's own codings as they are; GSM's message classes and waiting indications as the alphabet they name."""
    group = data_coding >> 4
    if group == 0x0:
        return data_coding
    if group in (0xC, 0xD):  # message waiting, default alphabet
        return GSM
    if group == 0xE:  # message waiting, UCS-2
        return UCS2
    if group == 0xF:  # message class: bit 2 says 8-bit data
        return None if data_coding & 0x04 else GSM
    if group & 0x8:  # reserved
        return GSM
    if data_coding & 0x20:  # compressed
        return None
    return (GSM, None, UCS2, GSM)[(data_coding >> 2) & 0x03]


def _ucs2(octets: bytes, *, in_part: bool = False) -> str:
    """UTF-16 big-endian unless it says otherwise; half a unit at the end is dropped, half a character replaced.

    In a part of a longer text half a character is kept for `joined`: some handsets cut where they should not.
    """
    even = octets[: len(octets) & ~1]
    little = even[:2] == b"\xff\xfe"
    plain = even[2:] if little else even.removeprefix(b"\xfe\xff")
    words = plain.decode("utf-16-le" if little else "utf-16-be", "surrogatepass" if in_part else "replace")
    return _HALVES.sub(lambda half: chr(ord(half[0]) + _PARKED), words) if in_part else words


def encoded(text: str, sms: Sms) -> bytes:
    """A part as octets: septets one an octet, as SMPP carries the default alphabet, or UTF-16 big-endian."""
    return septets(text, sms.single) if sms.encoding == "GSM-7" else text.encode("utf-16-be", "surrogatepass")


def submissions(sms: Sms, reference: int, joining: Joining) -> list[tuple[dict[str, Value], dict[int, bytes]]]:
    """The fields and TLVs of the submit_sm of each part; `reference` joins them (8 bits by header, 16 by SAR)."""
    coding: dict[str, Value] = {"data_coding": GSM if sms.encoding == "GSM-7" else UCS2}
    shift = bytes((SINGLE_SHIFT, 1, sms.single)) if sms.single else b""
    if joining == "payload" and sms.segments > 1 and not shift:
        return [(coding, {MESSAGE_PAYLOAD: b"".join(encoded(part, sms) for part in sms.parts)})]
    found: list[tuple[dict[str, Value], dict[int, bytes]]] = []
    for number, part in enumerate(sms.parts, 1):
        octets, tlvs, head = encoded(part, sms), dict[int, bytes](), shift
        if sms.segments > 1 and joining == "sar" and not shift:
            tlvs = {
                SAR_REFERENCE: (reference & 0xFFFF).to_bytes(2, "big"),
                SAR_TOTAL: bytes((sms.segments,)),
                SAR_NUMBER: bytes((number,)),
            }
        elif sms.segments > 1:
            head = bytes((JOINED_8, 3, reference & 0xFF, sms.segments, number)) + shift
        if head:
            octets = bytes((len(head),)) + head + octets
        esm = UDH_INDICATOR if head else 0
        found.append(({**coding, "esm_class": esm, "short_message": octets}, tlvs))
    return found
