"""May this number be dialled? Stolen accounts are used to ring premium numbers: limits stand before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

Why = Literal["", "destination", "calls", "trunk", "spend"]
ANYWHERE: Final = ("+",)


@dataclass(frozen=True, slots=True)
class Limits:
    """Prefixes in E.164 with "+"; money of a day."""

    destinations: tuple[str, ...]
    barred: tuple[str, ...]
    calls_max: int | None
    spend_day_max: Decimal | None
    """None: as the limits of the whole house say."""


@dataclass(frozen=True, slots=True)
class Use:
    """Calls out that go on now, and what those of today have cost."""

    calls: int
    spent_today: Decimal


@dataclass(frozen=True, slots=True)
class Exit:
    """A trunk with limits of its own, below those of the house. `full`: all calls that were agreed for it go on."""

    name: str
    limits: Limits
    use: Use
    full: bool = False


@dataclass(frozen=True, slots=True)
class Prices:
    """What a begun minute costs at most: to the operator's own country, and to all others."""

    home: Decimal
    abroad: Decimal

    def spent(self, home_minutes: int, abroad_minutes: int) -> Decimal:
        """What these minutes cost."""
        return self.home * home_minutes + self.abroad * abroad_minutes


def may_be_dialled(number: str, destinations: tuple[str, ...], barred: tuple[str, ...]) -> bool:
    """Whether the number (E.164) is of a range that may be rung. The longest prefix that fits decides; even, barred."""
    return _named(number, destinations) > _named(number, barred)


def why_not(number: str, limits: Limits, use: Use) -> Why:
    """Why this number (E.164) may not be dialled now; "" when it may."""
    if not may_be_dialled(number, limits.destinations, limits.barred):
        return "destination"
    if limits.calls_max is not None and use.calls >= limits.calls_max:
        return "calls"
    if limits.spend_day_max is not None and use.spent_today >= limits.spend_day_max:
        return "spend"
    return ""


def choose(number: str, house: Limits, use: Use, exits: Sequence[Exit]) -> tuple[str, Why]:
    """The trunk by which this number (E.164) goes, or "" and why by none.

    The one that names most of the number goes first, and of those the first in the settings.
    """
    if why := why_not(number, house, use):
        return "", why
    refused: Why = "destination"
    for one in sorted(exits, key=lambda each: -_named(number, each.limits.destinations)):
        why = why_not(number, one.limits, one.use) or ("trunk" if one.full else "")
        if not why:
            return one.name, ""
        refused = why if refused == "destination" else refused
    return "", refused


def _named(number: str, prefixes: tuple[str, ...]) -> int:
    return max((len(one) for one in prefixes if number.startswith(one)), default=0)
