"""Times of SMPP."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.channels.smpp.sandbox.model_validity import good_until

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("validity", "until"),
    [
        ("", None),
        ("261124120000032+", NOW),
        ("261123200000032-", NOW),
        ("000001000000000R", NOW + timedelta(days=1)),
        ("991231235959000+", datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_time_is_absolute_with_its_quarters_of_an_hour_or_counts_from_now(
    validity: str, until: datetime | None
) -> None:
    assert good_until(validity, NOW) == until


@given(st.one_of(st.text(max_size=17), st.from_regex(r"[0-9]{15}[-+R]", fullmatch=True)))
def test_nonsense_is_refused_and_nothing_else_happens(validity: str) -> None:
    try:
        good_until(validity, NOW)
    except ValueError:
        return
