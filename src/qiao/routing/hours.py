"""When a desk is open: a week of opening times in the desk's own zone, holidays, and days with times of their own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOK_AHEAD_DAYS: Final = 370
MIDNIGHT: Final = time(0)
Span = tuple[time, time]


@dataclass(frozen=True)
class Hours:
    """Spans are [from, until) by the clock on the wall in `zone`; until 00:00 means the end of that day.

    `days` overrides the week for single dates: no spans for a holiday. A week None means always open.
    """

    zone: str = "Asia/Shanghai"
    week: Mapping[str, tuple[Span, ...]] | None = None
    days: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)

    def open_at(self, at: datetime) -> bool:
        """Whether the desk is open at this instant."""
        return any(begin <= at < end for begin, end in self._spans(at.astimezone(ZoneInfo(self.zone)).date(), days=1))

    def opens_at(self, at: datetime) -> datetime | None:
        """When it is open next: `at` itself if it is open then; None if not within a year."""
        today = at.astimezone(ZoneInfo(self.zone)).date()
        for begin, end in self._spans(today, days=LOOK_AHEAD_DAYS):
            if at < end:
                return max(begin, at)
        return None

    def day_began_at(self, at: datetime) -> datetime:
        """When the present day began in the desk's zone, for figures "of today"."""
        zone = ZoneInfo(self.zone)
        return datetime.combine(at.astimezone(zone).date(), MIDNIGHT, zone).astimezone(UTC)

    def _spans(self, first: date, *, days: int) -> Iterator[tuple[datetime, datetime]]:
        zone = ZoneInfo(self.zone)
        for day in (first + timedelta(days=n) for n in range(days)):
            spans = self.days.get(day)
            if spans is None:
                spans = ((MIDNIGHT, MIDNIGHT),) if self.week is None else self.week.get(DAYS[day.weekday()], ())
            for begin, end in spans:
                ends_on = day + timedelta(days=1) if end == MIDNIGHT else day
                yield (
                    datetime.combine(day, begin, zone).astimezone(UTC),
                    datetime.combine(ends_on, end, zone).astimezone(UTC),
                )


def read_hours(given: Mapping[str, Any] | None) -> Hours:
    """From JSON: {"zone": …, "week": {"mon": [["08:00", "20:00"]]}, "days": {"2026-10-01": []}}; None: always open.

    Raises ValueError for what cannot be read.
    """
    if not given:
        return Hours()
    if unknown := set(given) - {"zone", "week", "days"}:
        raise ValueError(f"hours: unknown {sorted(unknown)}")
    week = given.get("week")
    if week is not None and (unknown := set(week) - set(DAYS)):
        raise ValueError(f"hours: unknown days {sorted(unknown)}")
    zone = str(given.get("zone", Hours.zone))
    ZoneInfo(zone)
    return Hours(
        zone,
        None if week is None else {str(day): _spans(spans) for day, spans in week.items()},
        {date.fromisoformat(day): _spans(spans) for day, spans in (given.get("days") or {}).items()},
    )


def _spans(given: Any) -> tuple[Span, ...]:
    spans = tuple((time.fromisoformat(begin), time.fromisoformat(end)) for begin, end in given)
    for begin, end in spans:
        if end != MIDNIGHT and end <= begin:
            raise ValueError(f"hours: {begin} to {end} is no time")
    return spans
