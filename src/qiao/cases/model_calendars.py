"""Calendars of working time: many intervals a day, holidays, days with hours of their own, one zone with its summer
time. Pure.

Working time is what a clock on the wall shows: an hour that a zone skips in spring is not worked, one that it plays
twice in autumn is worked twice. Tried against a counter of single minutes (tests/cases/test_cases_model_calendars.py).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES: Final = 24 * 60
INTERVALS_MAX: Final = 12
SPECIAL_MAX: Final = 2_000
YEARS_MAX: Final = 10
"""How far ahead an end of working time is looked for."""
_AROUND: Final = timedelta(hours=16)
"""More than any zone differs from UTC."""
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_HOURS: Final = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")

Hours = tuple[tuple[int, int], ...]
"""Intervals of a day in minutes since its midnight on the wall, in order: (begin, end)."""
Span = tuple[datetime, datetime]
"""From an instant until before another, both in UTC."""


class CalendarWithoutEnd(ValueError):
    """No working time is left within ten years."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working time in one zone: `week` from Monday on, `special` days instead of it (a holiday has no hours)."""

    zone: str
    week: tuple[Hours, ...]
    special: tuple[tuple[date, Hours], ...] = ()

    def hours_of(self, day: date) -> Hours:
        """The hours of a day."""
        return dict(self.special).get(day, self.week[day.weekday()])


def working_seconds(calendar: Calendar, begin: datetime, end: datetime) -> float:
    """Seconds of working time between two instants; none when the end is not after the begin."""
    return sum((later - earlier).total_seconds() for earlier, later in _spans(calendar, begin, end))


def after_working(calendar: Calendar, begin: datetime, seconds: float) -> datetime:
    """The first instant at which so many seconds of working time are over; `begin` itself for none.

    Raises CalendarWithoutEnd.
    """
    left = timedelta(seconds=max(0.0, seconds))
    if not left:
        return begin
    for earlier, later in _spans(calendar, begin, begin + timedelta(days=366 * YEARS_MAX)):
        if later - earlier >= left:
            return earlier + left
        left -= later - earlier
    raise CalendarWithoutEnd


def _spans(calendar: Calendar, begin: datetime, end: datetime) -> Iterator[Span]:
    """Working time between two instants, in order."""
    zone = ZoneInfo(calendar.zone)
    day, last = begin.astimezone(zone).date() - timedelta(days=1), end.astimezone(zone).date()
    while day <= last:
        for earlier, later in _spans_of_day(calendar, day):
            first, until = max(earlier, begin), min(later, end)
            if first < until:
                yield first, until
        day += timedelta(days=1)


@lru_cache(maxsize=20_000)
def _spans_of_day(calendar: Calendar, day: date) -> tuple[Span, ...]:
    """The hours of a day as instants: on each stretch of the same offset, those that a clock there shows."""
    midnight = datetime.combine(day, time(), UTC)
    found = []
    for since, until, offset in _stretches(calendar.zone, midnight - _AROUND, midnight + timedelta(days=1) + _AROUND):
        for first, last in calendar.hours_of(day):
            begin, end = (midnight + timedelta(minutes=minute) - offset for minute in (first, last))
            found.append((max(begin, since), min(end, until)))
    return tuple(sorted((since, until) for since, until in found if since < until))


@lru_cache(maxsize=20_000)
def _stretches(name: str, begin: datetime, end: datetime) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """Between two instants: (since, until, offset from UTC); a zone changes its clocks at most once in two days."""
    zone = ZoneInfo(name)
    before, after = _offset(begin, zone), _offset(end, zone)
    if before == after:
        return ((begin, end, before),)
    low, high = begin, end
    while high - low > timedelta(minutes=1):
        middle = low + timedelta(minutes=(high - low) // timedelta(minutes=1) // 2)
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return (begin, high, before), (high, end, after)


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def calendar_from(read: Mapping[str, Any]) -> Calendar:
    """A calendar from its definition, which `calendar_problems` found nothing wrong with."""
    special: dict[date, Hours] = {date.fromisoformat(str(day)): () for day in read.get("holidays", ())}
    special |= {date.fromisoformat(str(day)): _hours(hours) for day, hours in read.get("special", {}).items()}
    week = read["week"]
    return Calendar(
        zone=read["zone"],
        week=tuple(_hours(week.get(day, ())) for day in WEEKDAYS),
        special=tuple(sorted(special.items())),
    )


def calendar_problems(code: Any, read: Any) -> list[str]:
    """All that is wrong with a definition from outside, however odd it is, each with its place."""
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return [f"calendar {code}: its code is small letters, digits and _"]
    if not isinstance(read, Mapping):
        return [f"calendar {code}: nothing is said of it"]
    problems = [*_zone_problems(read.get("zone")), *_week_problems(read.get("week"))]
    holidays, special = read.get("holidays", []), read.get("special", {})
    if not isinstance(holidays, list | tuple) or len(holidays) > SPECIAL_MAX:
        problems.append(f"holidays: a list of at most {SPECIAL_MAX} dates")
        holidays = ()
    if not isinstance(special, Mapping) or len(special) > SPECIAL_MAX:
        problems.append(f"special: a table of at most {SPECIAL_MAX} days with their hours")
        special = {}
    problems += [f"holidays: {day} is no date such as 2026-10-01" for day in holidays if not _is_date(day)]
    for day, hours in special.items():
        if not _is_date(day):
            problems.append(f"special: {day} is no date such as 2026-10-01")
        problems += [f"special {day}: {problem}" for problem in _hours_problems(hours)]
    return [f"calendar {code}: {problem}" for problem in problems]


def _zone_problems(zone: Any) -> Iterator[str]:
    try:
        if not isinstance(zone, str) or not zone:
            raise ZoneInfoNotFoundError
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield f"there is no zone {zone}"


def _week_problems(week: Any) -> Iterator[str]:
    if not isinstance(week, Mapping):
        yield "week: a table of days with their hours"
        return
    for day, hours in week.items():
        if day not in WEEKDAYS:
            yield f"week: there is no day {day}"
        for problem in _hours_problems(hours):
            yield f"week {day}: {problem}"
    if not any(week.get(day) for day in WEEKDAYS):
        yield "it has no hours, so nothing would ever be due"


def _hours_problems(hours: Any) -> Iterator[str]:
    if not isinstance(hours, list | tuple) or len(hours) > INTERVALS_MAX:
        yield f"hours are a list of at most {INTERVALS_MAX} such as 09:00-12:00"
        return
    last = -1
    for one in hours:
        if not isinstance(one, str) or not _HOURS.fullmatch(one):
            yield f"{one} is not hours such as 09:00-12:00"
            return
        [(begin, end)] = _hours([one])
        if end > DAY_MINUTES or begin >= end:
            yield f"{one} ends before it begins or after midnight"
        if begin < last:
            yield f"{one} begins before the hours before it end"
        last = end


def _hours(told: Sequence[str]) -> Hours:
    found = []
    for one in told:
        begin, end = one.split("-")
        found.append((_minutes(begin), _minutes(end)))
    return tuple(found)


def _minutes(wall: str) -> int:
    return int(wall[:2]) * 60 + int(wall[3:])


def _is_date(told: Any) -> bool:
    try:
        date.fromisoformat(str(told))
    except ValueError:
        return False
    return len(str(told)) == 10
