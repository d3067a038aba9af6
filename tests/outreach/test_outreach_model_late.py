"""When an order's outcome is texted: nobody was there to tell it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.outreach.model_late import IN_A_CONTACT, SEEN_WITHIN, told_late

PLACED = datetime(2026, 3, 2, 2, tzinfo=UTC)
SOON, LATE = SEEN_WITHIN, SEEN_WITHIN + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("channel", "after", "ended_after", "told"),
    [
        ("web", SOON, None, False),
        ("web", LATE, None, True),
        ("desk", LATE, None, False),  # still there: whoever serves him sees it and tells him
        ("desk", LATE, LATE, True),
        ("desk", SOON, SOON, False),
        ("voice", LATE, SOON, True),
        ("chat", LATE, LATE + timedelta(seconds=1), False),
        ("sms", LATE, LATE, False),
        ("", LATE, LATE, False),
    ],
)
def test_it_is_texted_when_nobody_could_tell_him(
    channel: str, after: timedelta, ended_after: timedelta | None, told: bool
) -> None:
    ended_at = PLACED + ended_after if ended_after is not None else None
    stands = {"placed_at": PLACED, "finished_at": PLACED + after, "contact_ended_at": ended_at}
    assert told_late(channel, **stands, contact=True) is told  # type: ignore[arg-type]


@given(channel=st.sampled_from(sorted(IN_A_CONTACT)), seconds=st.integers(16, 10**6))
def test_what_was_ordered_outside_every_contact_is_always_texted(channel: str, seconds: int) -> None:
    finished_at = PLACED + timedelta(seconds=seconds)
    assert told_late(channel, placed_at=PLACED, finished_at=finished_at, contact_ended_at=None, contact=False)
