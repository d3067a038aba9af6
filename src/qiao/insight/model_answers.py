"""How soon a person answered whoever writes, against what was promised: the clock, the target, the share. Pure."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from qiao.insight.model import Share

WRITTEN: Final = frozenset({"sms", "chat"})
"""Channels on which a person answers in writing; a call is answered by being taken."""


@dataclass(frozen=True, slots=True)
class Wait:
    """One contact in which a person was asked for. `from_at`: when he asked, or when people came in if that was later.

    `target_minutes` None: nothing was promised. `gone_at`: it ended and nobody had answered.
    """

    day: date
    entry_point: str
    channel: str
    target_minutes: int | None
    from_at: datetime
    answered_at: datetime | None = None
    gone_at: datetime | None = None

    @property
    def seconds(self) -> float | None:
        """From asking to the first words of a person; None without any. One who answers before the hours waits none."""
        return None if self.answered_at is None else max(0.0, (self.answered_at - self.from_at).total_seconds())

    def kept(self, now: datetime) -> bool | None:
        """Whether the promise was kept; None where nothing was promised or it is not decided yet.

        Whoever was not answered in time was not, whatever came later; who left before the time was up is not counted.
        """
        if self.target_minutes is None:
            return None
        until = self.from_at + timedelta(minutes=self.target_minutes)
        if self.answered_at is not None:
            return self.answered_at <= until
        return False if (self.gone_at or now) > until else None


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of those who asked for a person by one service number and channel; seconds None of nothing."""

    entry_point: str
    channel: str
    target_minutes: int | None
    asked: int
    answered: int
    kept: Share
    median_seconds: float | None
    ninth_seconds: float | None
    """Nine of ten waited no longer."""


def summed(waits: Iterable[Wait], now: datetime) -> list[Answers]:
    """One line for each service number and channel, in their order; the target shown is the newest."""
    parts: dict[tuple[str, str], list[Wait]] = {}
    for one in sorted(waits, key=lambda one: one.from_at):
        parts.setdefault((one.entry_point, one.channel), []).append(one)
    found = []
    for (entry_point, channel), some in sorted(parts.items()):
        seconds = sorted(one.seconds for one in some if one.seconds is not None)
        decided = [kept for one in some if (kept := one.kept(now)) is not None]
        found.append(
            Answers(
                entry_point=entry_point,
                channel=channel,
                target_minutes=some[-1].target_minutes,
                asked=len(some),
                answered=len(seconds),
                kept=Share(sum(decided), len(decided)),
                median_seconds=_share_of(seconds, 0.5),
                ninth_seconds=_share_of(seconds, 0.9),
            )
        )
    return found


def by_day(waits: Iterable[Wait], now: datetime) -> list[tuple[date, Answers]]:
    """The same for each day, the oldest first."""
    days: dict[date, list[Wait]] = {}
    for one in waits:
        days.setdefault(one.day, []).append(one)
    return [(day, line) for day, some in sorted(days.items()) for line in summed(some, now)]


def _share_of(ordered: list[float], share: float) -> float | None:
    """The value that this share of them does not exceed (nearest rank)."""
    return ordered[math.ceil(len(ordered) * share) - 1] if ordered else None
