"""What a call's model wants done, and how a call comes out."""

from dataclasses import dataclass
from typing import Final, Literal

Outcome = Literal["", "served", "left", "answered", "abandoned", "overflowed", "callback", "dropped"]
"""`served`: by the machine alone; `left`: hung up in the menu, never offered to people."""
NORMAL_CAUSE: Final = 16
"""Q.850."""
BUSY: Final = 17
UNREACHABLE: Final = frozenset({1, 2, 3, 20, 22, 27, 28, 31, 34, 38, 41, 42, 44, 47})
"""Q.850: no such number, no way to it, its telephone is off, or the network is full or out of order."""


def not_reached(cause: int) -> Literal["no_answer", "busy", "unreachable"]:
    """Why nobody was there whom we called, by the cause of Q.850; whose telephone may have rung did not answer."""
    if cause == BUSY:
        return "busy"
    return "unreachable" if cause in UNREACHABLE else "no_answer"


@dataclass(frozen=True, slots=True)
class Say:
    """Play these texts under this id."""

    prompt: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hush:
    """Stop that prompt."""

    prompt: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Have the flow begin, or say again where it stands."""


@dataclass(frozen=True, slots=True, repr=False)
class Tell:
    """Tell the flow what was keyed. Never printed: it may be a secret."""

    number: int
    text: str
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Let him hear music among those who wait."""


@dataclass(frozen=True, slots=True)
class Together:
    """Have him where those who talk with him want him."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call; causes as in Q.850."""

    cause: int = NORMAL_CAUSE


@dataclass(frozen=True, slots=True)
class Finish:
    """The contact is over."""

    outcome: Outcome


Effect = Say | Hush | Resume | Tell | Hold | Together | HangUp | Finish
