"""What a call's model wants done, and how a call comes out."""

from dataclasses import dataclass
from typing import Final, Literal

Outcome = Literal["", "served", "left", "answered", "abandoned", "overflowed", "callback", "dropped"]
"""`served`: by the machine alone; `left`: hung up in the menu, never offered to people."""
NORMAL_CAUSE: Final = 16
"""Q.850."""


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
