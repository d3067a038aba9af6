"""What part of a sound a player asks for: one range of bytes (RFC 9110, section 14). Pure."""

import re
from dataclasses import dataclass
from typing import Final

_ONE: Final = re.compile(r"bytes=\s*([0-9]{0,15})-([0-9]{0,15})\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """From `first` up to and with `last`, counted from 0."""

    first: int
    last: int


class NoSuchPart(Exception):
    """What is asked for lies behind the end."""


def part_of(asked: str, size: int, *, same: bool = True) -> Part | None:
    """The part that a Range header asks for; None for all of it. Raises NoSuchPart.

    What is no single range of bytes is passed over, as the standard lets us. `same` False: an If-Range header names
    another sound, so all of this one is sent.
    """
    told = _ONE.fullmatch(asked) if same else None
    if told is None or not (told[1] or told[2]):
        return None
    if not told[1]:
        many = min(int(told[2]), size)
        if not many:
            raise NoSuchPart
        return Part(size - many, size - 1)
    first = int(told[1])
    if told[2] and int(told[2]) < first:
        return None
    if first >= size:
        raise NoSuchPart
    return Part(first, min(int(told[2]), size - 1) if told[2] else size - 1)
