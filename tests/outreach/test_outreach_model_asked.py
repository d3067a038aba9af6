"""A call back asked for by part of the day becomes a window that can be kept."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.outreach.model_asked import window_of
from qiao.outreach.model_callbacks import LONGEST, SHORTEST

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("part", "now", "begins", "ends"),
    [
        ("morning", "2026-11-23T07:00", "2026-11-23T09:00", "2026-11-23T12:00"),
        ("morning", "2026-11-23T10:30", "2026-11-23T10:30", "2026-11-23T12:00"),
        ("morning", "2026-11-23T11:50", "2026-11-24T09:00", "2026-11-24T12:00"),
        ("afternoon", "2026-11-23T11:50", "2026-11-23T13:00", "2026-11-23T18:00"),
        ("afternoon", "2026-11-30T20:00", "2026-12-01T13:00", "2026-12-01T18:00"),
        ("soon", "2026-11-23T20:00", "2026-11-23T20:00", "2026-11-24T20:00"),
        ("", "2026-11-23T20:00", "2026-11-23T20:00", "2026-11-24T20:00"),
    ],
)
def test_a_part_of_the_day_is_today_while_enough_of_it_is_left(part: str, now: str, begins: str, ends: str) -> None:
    assert window_of(part, local(now), SHANGHAI) == (local(begins), local(ends))


@given(
    st.sampled_from(["soon", "morning", "afternoon"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - the zone is added
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "UTC"]),
)
def test_every_window_lies_ahead_and_is_long_enough_to_be_promised(part: str, at: datetime, zone: str) -> None:
    now = at.replace(tzinfo=UTC)
    begins, ends = window_of(part, now, ZoneInfo(zone))
    assert begins >= now
    assert SHORTEST <= ends - begins <= LONGEST
    assert begins - now <= timedelta(days=1, hours=2)
