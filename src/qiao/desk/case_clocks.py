"""The clocks of a case as its page and the lists show them: how much working time is left, and why one stands."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from qiao import cases
from qiao.cases import ClockShown
from qiao.kernel.ids import CaseId
from qiao.platform.database import Transaction

Tone = Literal["red", "amber", "blue", "green", "grey"]
SOON: Final = 0.25
"""This share of the target is left: it shows amber."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A clock as a bar: `percent` of its target used, 0 to 100; `minutes` of working time left, below zero over it."""

    clock: ClockShown
    percent: int
    minutes: int
    tone: Tone

    @property
    def hours(self) -> tuple[int, int]:
        """Hours and minutes, without the sign."""
        return divmod(abs(self.minutes), 60)


async def clock_bars(tx: Transaction, case_id: CaseId) -> tuple[Bar, ...]:
    """The clocks of one case."""
    return tuple(_bar(one) for one in (await cases.clocks_of(tx, [case_id]))[case_id])


async def running_out(tx: Transaction, ids: Collection[CaseId]) -> dict[CaseId, tuple[datetime, Tone]]:
    """Of each case the running clock whose target is used up first: when, and its tone."""
    found: dict[CaseId, tuple[datetime, Tone]] = {}
    for case_id, clocks in (await cases.clocks_of(tx, ids)).items():
        ahead = [(one.breach_at, _bar(one).tone) for one in clocks if one.breach_at is not None]
        if ahead:
            found[case_id] = min(ahead, key=lambda one: one[0])
    return found


def _bar(clock: ClockShown) -> Bar:
    used = 1 - clock.left_seconds / clock.target_seconds
    percent = max(0, min(100, round(100 * used)))
    minutes = int(clock.left_seconds // 60)
    if clock.breached_at is not None or clock.left_seconds <= 0:
        return Bar(clock, percent, minutes, "red")
    if clock.met_at is not None:
        return Bar(clock, percent, minutes, "green")
    if clock.standing:
        return Bar(clock, percent, minutes, "grey")
    return Bar(clock, percent, minutes, "amber" if clock.left_seconds / clock.target_seconds <= SOON else "blue")
