"""How a text is sent as SMS: which alphabet, how many parts, where it is cut. Pure.

GSM 7-bit default alphabet and its extension table as in 3GPP TS 23.038 6.2.1: a character of the extension takes two
septets. Everything else makes the whole text UCS-2, in which a character beyond the basic plane takes two units. A
part holds 140 octets (TS 23.040 9.2.3.24): 160 septets or 70 units alone; with the six octets that join parts, 153 or
67. A character is never cut in two. Where national tables are wanted, a Spanish, Portuguese or Turkish text that
UCS-2 would need more parts for is sent with a single shift table, named by three more octets in each part.
"""

from dataclasses import dataclass
from typing import Final, Literal

from qiao.kernel.gsm import SINGLE, holds, septets

Encoding = Literal["GSM-7", "UCS-2"]

ALONE: Final[dict[Encoding, int]] = {"GSM-7": 160, "UCS-2": 70}
JOINED: Final[dict[Encoding, int]] = {"GSM-7": 153, "UCS-2": 67}
SHIFTED_ALONE: Final = 155
"""(140 octets - length of the header - 3) * 8 // 7."""
SHIFTED_JOINED: Final = 149
PARTS_MAX: Final = 255
"""The reference of joined parts counts them in one octet."""


@dataclass(frozen=True, slots=True)
class Sms:
    """A text as it leaves; `units` are septets or UTF-16 units, `left` is how many still fit the last part.

    `single` is the national language identifier of its single shift table, 0 for none.
    """

    encoding: Encoding
    parts: tuple[str, ...]
    units: int
    left: int
    single: int = 0

    @property
    def segments(self) -> int:
        """How many messages the network counts, and the operator is charged for."""
        return len(self.parts)


def encoding_of(text: str, single: int = 0) -> Encoding:
    """The alphabet the whole text can be sent in."""
    return "GSM-7" if holds(text, single) else "UCS-2"


def units_of(text: str, encoding: Encoding, single: int = 0) -> int:
    """How much room a text, or a character, takes."""
    if encoding == "GSM-7":
        return len(septets(text, single))
    return len(text.encode("utf-16-be", "surrogatepass")) // 2


def as_sms(text: str, *, national: bool = False) -> Sms:
    """The parts of a text; an empty text is one empty part. More than PARTS_MAX parts cannot be joined: see `fits`.

    `national` allows single shift tables; handsets made before 2010 may show such letters as others.
    """
    plain = _cut(text, 0)
    if not national or plain.encoding == "GSM-7":
        return plain
    shifted = [_cut(text, language) for language in SINGLE if encoding_of(text, language) == "GSM-7"]
    return min((plain, *shifted), key=lambda one: one.segments)


def _cut(text: str, single: int) -> Sms:
    encoding = encoding_of(text, single)
    units = units_of(text, encoding, single)
    alone, room = (SHIFTED_ALONE, SHIFTED_JOINED) if single else (ALONE[encoding], JOINED[encoding])
    if units <= alone:
        return Sms(encoding, (text,), units, alone - units, single)
    parts, begun, used = [], 0, 0
    for at, one in enumerate(text):
        taken = units_of(one, encoding, single)
        if used + taken > room:
            parts.append(text[begun:at])
            begun, used = at, 0
        used += taken
    parts.append(text[begun:])
    return Sms(encoding, tuple(parts), units, room - used, single)


def fits(sms: Sms) -> bool:
    """Whether its parts can be told apart by one octet."""
    return sms.segments <= PARTS_MAX
