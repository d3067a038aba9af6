"""How a text is sent as SMS: which alphabet, how many parts, where it is cut. Pure.

GSM 7-bit default alphabet and its extension table as in 3GPP TS 23.038 6.2.1: a character of the extension takes two
septets. Everything else makes the whole text UCS-2, in which a character beyond the basic plane takes two units. A
part holds 140 octets (TS 23.040 9.2.3.24): 160 septets or 70 units alone; with the six octets that join parts, 153 or
67. A character is never cut in two.
"""

from dataclasses import dataclass
from typing import Final, Literal

Encoding = Literal["GSM-7", "UCS-2"]

BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION: Final = frozenset("\f^{}\\[~]|€")
ALONE: Final[dict[Encoding, int]] = {"GSM-7": 160, "UCS-2": 70}
JOINED: Final[dict[Encoding, int]] = {"GSM-7": 153, "UCS-2": 67}
PARTS_MAX: Final = 255
"""The reference of joined parts counts them in one octet."""


@dataclass(frozen=True, slots=True)
class Sms:
    """A text as it leaves; `units` are septets or UTF-16 units, `left` is how many still fit the last part."""

    encoding: Encoding
    parts: tuple[str, ...]
    units: int
    left: int

    @property
    def segments(self) -> int:
        """How many messages the network counts, and the operator is charged for."""
        return len(self.parts)


def encoding_of(text: str) -> Encoding:
    """The alphabet the whole text can be sent in."""
    return "GSM-7" if all(one in BASIC or one in EXTENSION for one in text) else "UCS-2"


def units_of(character: str, encoding: Encoding) -> int:
    """How much room a character takes."""
    if encoding == "GSM-7":
        return 2 if character in EXTENSION else 1
    return 2 if ord(character) > 0xFFFF else 1


def as_sms(text: str) -> Sms:
    """The parts of a text; an empty text is one empty part. More than PARTS_MAX parts cannot be joined: see `fits`."""
    encoding = encoding_of(text)
    units = sum(units_of(one, encoding) for one in text)
    if units <= ALONE[encoding]:
        return Sms(encoding, (text,), units, ALONE[encoding] - units)
    room, parts, begun, used = JOINED[encoding], [], 0, 0
    for at, one in enumerate(text):
        taken = units_of(one, encoding)
        if used + taken > room:
            parts.append(text[begun:at])
            begun, used = at, 0
        used += taken
    parts.append(text[begun:])
    return Sms(encoding, tuple(parts), units, room - used)


def fits(sms: Sms) -> bool:
    """Whether its parts can be told apart by one octet."""
    return sms.segments <= PARTS_MAX
