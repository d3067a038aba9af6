"""Working time, against somebody who counts single minutes on a clock on the wall."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.cases.model_calendars import (
    INTERVALS_MAX,
    SPECIAL_MAX,
    WEEKDAYS,
    Calendar,
    CalendarWithoutEnd,
    after_working,
    calendar_from,
    calendar_problems,
    working_seconds,
)

ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut"]
OFFICE: dict[str, Any] = {
    "zone": "Asia/Shanghai",
    "week": {day: ["09:00-12:00", "13:30-18:00"] for day in WEEKDAYS[:5]},
}

edges = st.lists(st.integers(0, 48), min_size=2, max_size=6, unique=True).map(sorted)
hours = edges.map(lambda cuts: tuple((a * 30, b * 30) for a, b in zip(cuts[::2], cuts[1::2], strict=False)))
near_changes = st.sampled_from(
    [datetime(2026, 3, 7, tzinfo=UTC), datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC),
     datetime(2026, 10, 3, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 31, tzinfo=UTC),
     datetime(2026, 12, 30, tzinfo=UTC)]
)  # fmt: skip
instants = st.builds(lambda day, minutes: day + timedelta(minutes=minutes), near_changes, st.integers(0, 4 * 1440))
days = st.integers(0, 5).map(lambda n: date(2026, 3, 28) + timedelta(days=n))
calendars = st.builds(
    Calendar,
    zone=st.sampled_from(ZONES),
    week=st.tuples(*[hours | st.just(()) for _ in WEEKDAYS]),
    special=st.dictionaries(days, hours | st.just(()), max_size=2).map(lambda read: tuple(read.items())),
)


def counted(calendar: Calendar, begin: datetime, end: datetime) -> int:
    """Minutes at whose begin the clock on the wall stands within the hours of its day."""
    zone, at, found = ZoneInfo(calendar.zone), begin, 0
    while at < end:
        wall = at.astimezone(zone)
        minute = wall.hour * 60 + wall.minute
        found += any(first <= minute < last for first, last in calendar.hours_of(wall.date()))
        at += timedelta(minutes=1)
    return found


@given(calendars, instants, st.integers(0, 3 * 1440))
def test_working_time_is_what_counting_minutes_on_the_wall_gives(
    calendar: Calendar, begin: datetime, more: int
) -> None:
    end = begin + timedelta(minutes=more)
    assert working_seconds(calendar, begin, end) == counted(calendar, begin, end) * 60


@given(calendars.filter(lambda one: any(one.week)), instants, st.integers(1, 2000))
def test_the_end_of_working_time_is_the_first_instant_at_which_it_is_over(
    calendar: Calendar, begin: datetime, minutes: int
) -> None:
    end = after_working(calendar, begin, minutes * 60)
    assert working_seconds(calendar, begin, end) == minutes * 60
    assert working_seconds(calendar, begin, end - timedelta(seconds=1)) == minutes * 60 - 1


@given(calendars, instants, st.integers(0, 1440), st.integers(0, 1440))
def test_working_time_adds_up_wherever_it_is_cut(calendar: Calendar, begin: datetime, first: int, second: int) -> None:
    middle = begin + timedelta(minutes=first)
    end = middle + timedelta(minutes=second)
    whole = working_seconds(calendar, begin, end)
    assert whole == working_seconds(calendar, begin, middle) + working_seconds(calendar, middle, end)


def test_lunch_a_holiday_and_a_working_saturday_are_known() -> None:
    week = {**OFFICE, "holidays": ["2026-10-01"], "special": {"2026-10-10": ["10:00-12:00"]}}
    calendar = calendar_from(week)
    noon = datetime(2026, 9, 30, 3, 30, tzinfo=UTC)  # 11:30 in Shanghai
    assert after_working(calendar, noon, 3600) == datetime(2026, 9, 30, 6, 0, tzinfo=UTC)
    evening = datetime(2026, 9, 30, 9, 30, tzinfo=UTC)  # half an hour before they close
    assert after_working(calendar, evening, 3600) == datetime(2026, 10, 2, 1, 30, tzinfo=UTC)
    saturday = datetime(2026, 10, 10, 0, 0, tzinfo=UTC)
    assert working_seconds(calendar, saturday, saturday + timedelta(days=1)) == 2 * 3600
    assert after_working(calendar, noon, 0) == noon
    assert working_seconds(calendar, noon, noon - timedelta(days=1)) == 0


def test_an_hour_that_is_skipped_is_not_worked_and_one_that_is_played_twice_is() -> None:
    night = Calendar("Europe/Berlin", ((((1 * 60), (4 * 60)),) * 1,) * 7)
    spring, autumn = datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert working_seconds(night, spring, spring + timedelta(days=1)) == 2 * 3600
    assert working_seconds(night, autumn, autumn + timedelta(days=1)) == 4 * 3600


def test_a_calendar_that_has_only_past_hours_says_so_instead_of_looking_for_ever() -> None:
    gone = Calendar("Asia/Shanghai", ((),) * 7, ((date(2020, 1, 1), ((0, 1440),)),))
    with pytest.raises(CalendarWithoutEnd):
        after_working(gone, datetime(2026, 1, 1, tzinfo=UTC), 60)


def test_a_sound_definition_has_nothing_wrong() -> None:
    assert calendar_problems("office", OFFICE) == []
    assert calendar_problems("always", {"zone": "Asia/Shanghai", "week": {"mon": ["00:00-24:00"]}}) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"zone": "Asia/Nowhere"}, "there is no zone Asia/Nowhere"),
        ({"zone": "../etc/passwd"}, "there is no zone"),
        ({"zone": 3}, "there is no zone 3"),
        ({"week": {}}, "it has no hours"),
        ({"week": {"mon": []}}, "it has no hours"),
        ({"week": ["mon"]}, "week: a table of days"),
        ({"week": {"someday": ["09:00-12:00"]}}, "there is no day someday"),
        ({"week": {"mon": "09:00-12:00"}}, "week mon: hours are a list"),
        ({"week": {"mon": ["9-12"]}}, "9-12 is not hours"),
        ({"week": {"mon": [900]}}, "900 is not hours"),
        ({"week": {"mon": ["12:00-09:00"]}}, "ends before it begins"),
        ({"week": {"mon": ["23:00-24:30"]}}, "ends before it begins or after midnight"),
        ({"week": {"mon": ["09:00-12:00", "11:00-13:00"]}}, "begins before the hours before it end"),
        ({"week": {"mon": ["09:00-10:00"] * (INTERVALS_MAX + 1)}}, "week mon: hours are a list"),
        ({"holidays": ["2026-02-30"]}, "holidays: 2026-02-30 is no date"),
        ({"holidays": ["20260101"]}, "holidays: 20260101 is no date"),
        ({"holidays": "2026-01-01"}, "holidays: a list"),
        ({"holidays": ["2026-01-01"] * (SPECIAL_MAX + 1)}, "holidays: a list"),
        ({"special": ["2026-01-01"]}, "special: a table"),
        ({"special": {"tomorrow": ["09:00-12:00"]}}, "special: tomorrow is no date"),
        ({"special": {"2026-01-01": ["x"]}}, "special 2026-01-01: x is not hours"),
    ],
)
def test_what_is_wrong_with_a_calendar_is_named_with_its_place(changed: dict[str, Any], told: str) -> None:
    found = calendar_problems("office", {**OFFICE, **changed})
    assert any(one.startswith("calendar office: ") and told in one for one in found), found


@pytest.mark.parametrize(("code", "read"), [("Bad Code", OFFICE), (3, OFFICE), ("office", None), ("office", "x")])
def test_what_is_no_calendar_at_all_is_refused_in_words(code: Any, read: Any) -> None:
    assert len(calendar_problems(code, read)) == 1
