"""May this number be dialled? Stolen accounts are used to ring premium numbers: limits stand before it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Why = Literal["", "destination", "calls", "trunk", "spend"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Prefixes in E.164 with "+"; money of a day."""

    destinations: tuple[str, ...]
    barred: tuple[str, ...]
    calls_max: int
    spend_day_max: Decimal
    trunk_max: int = 10_000
    """Calls at once that were agreed for the trunk, in and out."""


@dataclass(frozen=True, slots=True)
class Use:
    """Calls out that go on now, and what those of today have cost."""

    calls: int
    spent_today: Decimal
    trunk: int = 0
    """Calls that its trunk carries, in and out."""


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
    let = max((len(one) for one in destinations if number.startswith(one)), default=0)
    return let > max((len(one) for one in barred if number.startswith(one)), default=0)


def why_not(number: str, limits: Limits, use: Use) -> Why:
    """Why this number (E.164) may not be dialled now; "" when it may."""
    if not may_be_dialled(number, limits.destinations, limits.barred):
        return "destination"
    if use.calls >= limits.calls_max:
        return "calls"
    if use.trunk >= limits.trunk_max:
        return "trunk"
    if use.spent_today >= limits.spend_day_max:
        return "spend"
    return ""
