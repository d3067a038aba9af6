"""May this number be dialled? Stolen accounts are used to ring premium numbers: three limits stand before it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Why = Literal["", "destination", "calls", "spend"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Prefixes in E.164 with "+"; money of a day."""

    destinations: tuple[str, ...]
    barred: tuple[str, ...]
    calls_max: int
    spend_day_max: Decimal


@dataclass(frozen=True, slots=True)
class Use:
    """Calls out that go on now, and what those of today have cost."""

    calls: int
    spent_today: Decimal


def why_not(number: str, limits: Limits, use: Use) -> Why:
    """Why this number (E.164) may not be dialled now; "" when it may. The longest prefix that fits decides."""
    let = max((len(one) for one in limits.destinations if number.startswith(one)), default=0)
    barred = max((len(one) for one in limits.barred if number.startswith(one)), default=0)
    if not let or barred >= let:
        return "destination"
    if use.calls >= limits.calls_max:
        return "calls"
    if use.spent_today >= limits.spend_day_max:
        return "spend"
    return ""
