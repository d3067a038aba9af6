"""Figures of a period, out of day rows alone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final

from sqlalchemy import RowMapping, Select, func, select

from qiao.insight.model import By, Cost, Counts, Prices, cost_of, ripe
from qiao.insight.store import days
from qiao.kernel.ids import UnitId
from qiao.platform.database import Transaction

NAMES: Final = tuple(one.name for one in fields(Counts))


NONE: Final = Counts()
FREE: Final = Cost()


@dataclass(frozen=True, slots=True)
class Line:
    """Figures of one part: all of the period, those of ripe days alone (for containment), and the cost."""

    whole: Counts = NONE
    ripe: Counts = NONE
    cost: Cost = FREE

    def __add__(self, other: "Line") -> "Line":
        return Line(self.whole + other.whole, self.ripe + other.ripe, self.cost + other.cost)


@dataclass(frozen=True, slots=True)
class Figures:
    """A period, whole, by what was chosen, and by day; `young`: contacts of days that are not ripe."""

    total: Line = field(default_factory=Line)
    parts: Mapping[str, Line] = field(default_factory=dict)
    days: Mapping[date, Line] = field(default_factory=dict)

    @property
    def young(self) -> int:
        """Contacts by machine of which it cannot be known yet whether they stay with it."""
        return self.total.whole.machine - self.total.ripe.machine


async def figures(
    tx: Transaction,
    *,
    since: date,
    until: date,
    by: By,
    units: Collection[UnitId],
    prices: Prices,
    zone: tzinfo,
) -> Figures:
    """What the contacts of these days (both included) come to, of these units and of none."""
    last_ripe = last_ripe_day(tx.now, zone)
    parts: dict[str, Line] = {}
    by_day: dict[date, Line] = {}
    total = Line()
    for row in await tx.rows(grouped(since, until, by, units, last_ripe)):
        line, part = _line(row, prices), str(row["part"])
        parts[part] = parts.get(part, Line()) + line
        total += line
    for row in await tx.rows(grouped(since, until, "day", units, last_ripe)):
        by_day[row["part"]] = by_day.get(row["part"], Line()) + _line(row, prices)
    return Figures(total, dict(sorted(parts.items(), key=lambda one: -one[1].whole.contacts)), by_day)


def _line(row: RowMapping, prices: Prices) -> Line:
    """What is spared is counted of ripe days alone: of others nobody knows yet who stays with the machine."""
    counts = Counts(*(int(row[name]) for name in NAMES))
    cost = cost_of(row["channel"], counts, prices)
    return Line(counts, counts, cost) if row["settled"] else Line(counts, NONE, Cost(cost.spent))


def grouped(since: date, until: date, by: By, units: Collection[UnitId], last_ripe: date) -> Select[Any]:
    """Sums of day rows by channel and by what was chosen, ripe days apart."""
    part, settled = days.c[by].label("part"), (days.c.day <= last_ripe).label("settled")
    sums = [func.sum(days.c[name]).label(name) for name in NAMES]
    ours = days.c.unit_id.is_(None) | days.c.unit_id.in_(units)
    wanted = select(part, days.c.channel, settled, *sums).where(days.c.day.between(since, until), ours)
    some = func.sum(days.c.contacts) > 0
    return wanted.group_by(part, days.c.channel, settled).having(some).order_by(part, days.c.channel)


def last_ripe_day(now: datetime, zone: tzinfo) -> date:
    """The newest day of which it is known what stayed with the machine."""
    today = now.astimezone(zone).date()
    return next(day for back in range(4) if ripe(day := today - timedelta(days=back), now, zone))
