"""Whether to offer the quicker, cheaper way at the moment of contact: pure.

It is offered when it is known and truly quicker; never to whom the law or the house owes a person (the elderly, VIPs)
once he chose one, never in the way of a call for help, and once a contact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

NEVER_STEERED: Final = frozenset({"elderly", "vip"})
QUICK_SECONDS: Final = 60
"""A person who answers sooner than this is as quick as any machine."""


@dataclass(frozen=True, slots=True)
class Way:
    """A service or a flow that does what was asked for."""

    kind: str
    code: str


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known when a customer is about to wait. `wait_seconds` None: nobody can tell, or nobody is there."""

    segment: str
    chose_person: bool
    emergency: bool
    offered_before: bool
    wait_seconds: int | None


def quicker_way(moment: Moment, meant: Sequence[Way], carried: frozenset[str]) -> Way | None:
    """The way to offer now, out of what was meant (the likeliest first); None where none is to be offered.

    `carried` are the kinds of ways that his channel can carry.
    """
    if moment.emergency or moment.offered_before:
        return None
    if moment.chose_person and moment.segment in NEVER_STEERED:
        return None
    if moment.wait_seconds is not None and moment.wait_seconds < QUICK_SECONDS:
        return None
    return next((way for way in meant if way.kind in carried), None)
