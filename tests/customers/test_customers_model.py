"""Customers: masked names, codes as typed, wrong answers that stick for a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.customers.model import (
    FAILURES_MAX,
    FAILURES_STICK,
    Customer,
    blocked_until,
    counted,
    handed_over_at,
    masked_name,
    plain_code,
)
from qiao.kernel.ids import CustomerId, new_id

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "masked"),
    [("师先生", "师**"), ("Mary Smith", "M** S**"), ("", ""), ("  ", ""), ("김지우", "김**"), ("たなか", "た**")],
)
def test_a_masked_name_greets_and_tells_no_more(name: str, masked: str) -> None:
    assert masked_name(name) == masked
    one = Customer(
        id=CustomerId(new_id()),
        operator_ref="P1",
        name=name,
        kind="person",
        segment="vip",
        language="zh-CN",
        unit_id=None,
        address="",
        address_as_of=None,
        born_year=None,
        as_of=NOW,
    )
    assert one.masked_name == masked


@given(st.text(min_size=2, max_size=40))
def test_a_masked_name_holds_no_two_letters_in_a_row_of_the_real_one(name: str) -> None:
    masked = masked_name(name)
    parts = [part for part in name.split() if len(part) > 1]
    assert all(part[:2] not in masked or "*" in part[:2] for part in parts)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [("123456", "123456"), ("123 456", "123456"), ("１２３-４５６", "123456"), ("12345", ""), ("abcdef", ""), ("", "")],
)
def test_a_code_is_read_however_it_is_typed(typed: str, plain: str) -> None:
    assert plain_code(typed) == plain


@given(st.lists(st.integers(0, 40 * 3600), min_size=1, max_size=30))
def test_no_number_takes_more_than_five_wrong_answers_in_a_day(gaps: list[int]) -> None:
    """Whoever tries on and on, with whatever pauses, gets at most so many answers within any day that is counted."""
    failures, first_at, now = 0, None, NOW
    taken: list[datetime] = []
    for gap in gaps:
        now += timedelta(seconds=gap)
        if first_at is not None and blocked_until(failures, first_at, now) is not None:
            continue
        failures, first_at = counted(failures, first_at, now)
        taken.append(now)
        within = [at for at in taken if first_at <= at < first_at + FAILURES_STICK]
        assert len(within) <= FAILURES_MAX


def test_wrong_answers_stick_for_a_day_and_then_are_forgotten() -> None:
    assert counted(0, None, NOW) == (1, NOW)
    assert counted(4, NOW, NOW + timedelta(hours=23)) == (5, NOW)
    assert counted(4, NOW, NOW + timedelta(hours=24)) == (1, NOW + timedelta(hours=24))
    assert blocked_until(4, NOW, NOW) is None
    assert blocked_until(5, NOW, NOW) == NOW + timedelta(hours=24)
    assert blocked_until(5, NOW, NOW + timedelta(hours=24)) is None


@given(st.integers(0, 10_000), st.integers(-10_000, 10_000))
def test_a_number_leaves_its_former_holder_once_the_new_one_has_it(held_hours: int, since_hours: int) -> None:
    held_since, since = NOW - timedelta(hours=held_hours), NOW + timedelta(hours=since_hours)
    until = handed_over_at(held_since, since, NOW)
    assert held_since <= until <= NOW
    assert until <= since or until == held_since, "no day belongs to both, unless the operator says so"
