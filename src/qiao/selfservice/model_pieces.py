"""A long text in pieces that can be said one after the other: pure."""

import re
from typing import Final

PIECE_MAX: Final = 480
PIECES_MAX: Final = 3
_ENDS: Final = ("\n", "。", "！", "？", ". ", "! ", "? ", "；", "; ", "，", ", ", " ")
"""Where it is best cut, the best first; the mark stays with what it ends."""
_GAPS: Final = re.compile(r"\n{3,}")


def pieces(text: str) -> tuple[str, ...]:
    """The text in at most three pieces, cut where a sentence ends; what does not fit is left out behind "…"."""
    left = _GAPS.sub("\n\n", text.strip())
    found: list[str] = []
    while left and len(found) < PIECES_MAX:
        at = len(left) if len(left) <= PIECE_MAX else _cut(left)
        found.append(left[:at].strip())
        left = left[at:].strip()
    if left:
        found[-1] += " …"
    return tuple(found)


def _cut(text: str) -> int:
    for mark in _ENDS:
        at = text.rfind(mark, PIECE_MAX // 2, PIECE_MAX)
        if at >= 0:
            return at + len(mark)
    return PIECE_MAX
