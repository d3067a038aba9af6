"""Where a case stands, by table and by property: nothing but its records decides."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.cases.model import (
    KINDS,
    RESOLUTION_KINDS,
    SEVERITIES,
    STATUSES,
    LastResolution,
    Milestone,
    Standing,
    Status,
    first_severity,
    line_of_states,
    number_of,
    promise_state,
    request_state,
    standing_resolution,
    status_of,
)

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def later(minutes: int) -> datetime:
    return AT + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("standing", "status"),
    [
        (Standing(), "open"),
        (Standing(items_open=2), "waiting_for_customer"),
        (Standing(items_open=2, staff_moved_at=AT), "waiting_for_customer"),
        (Standing(customer_moved_at=AT), "waiting_for_us"),
        (Standing(items_open=1, customer_moved_at=later(1), staff_moved_at=AT), "waiting_for_us"),
        (Standing(items_open=1, customer_moved_at=AT, staff_moved_at=later(1)), "waiting_for_customer"),
        (Standing(customer_moved_at=AT, staff_moved_at=later(1)), "open"),
        (Standing(customer_moved_at=AT, staff_moved_at=AT), "waiting_for_us"),
        (Standing(LastResolution(AT)), "resolved"),
        (Standing(LastResolution(AT), items_open=1, customer_moved_at=later(1)), "resolved"),
        (Standing(LastResolution(AT, confirmed=True)), "resolved"),
        (Standing(LastResolution(AT, verified=True)), "verified"),
        (Standing(LastResolution(AT, verified=True, confirmed=True)), "closed"),
        (Standing(LastResolution(AT, verified=False)), "open"),
        (Standing(LastResolution(AT, verified=False, confirmed=True)), "open"),
        (Standing(LastResolution(AT, verified=True, confirmed=False)), "open"),
        (Standing(LastResolution(AT, verified=True, confirmed=True), reopened_at=later(1)), "open"),
        (Standing(LastResolution(AT, verified=True, confirmed=True), reopened_at=AT), "open"),
        (Standing(LastResolution(later(1)), reopened_at=AT), "resolved"),
        (Standing(LastResolution(AT), reopened_at=later(1), items_open=1), "waiting_for_customer"),
    ],
)
def test_a_case_stands_where_its_records_say(standing: Standing, status: Status) -> None:
    assert status_of(standing) == status


TIMES = st.one_of(st.none(), st.integers(0, 5).map(later))
YES_NO = st.sampled_from([None, True, False])
STANDINGS = st.builds(
    Standing,
    resolution=st.one_of(
        st.none(), st.builds(LastResolution, st.integers(0, 5).map(later), verified=YES_NO, confirmed=YES_NO)
    ),
    reopened_at=TIMES,
    items_open=st.integers(0, 3),
    customer_moved_at=TIMES,
    staff_moved_at=TIMES,
)


@given(STANDINGS)
def test_nothing_is_closed_without_a_passed_check_and_the_customers_yes(standing: Standing) -> None:
    status = status_of(standing)
    assert status in STATUSES
    last = standing.resolution
    if status in ("verified", "closed"):
        assert last is not None
        assert last.verified is True
    if status == "closed":
        assert last is not None
        assert last.confirmed is True
        assert standing.reopened_at is None or standing.reopened_at < last.at


@given(STANDINGS)
def test_reopening_brings_every_case_back_to_work(standing: Standing) -> None:
    reopened = replace(standing, reopened_at=later(6))
    assert standing_resolution(reopened) is None
    assert status_of(reopened) in ("open", "waiting_for_customer", "waiting_for_us")


@pytest.mark.parametrize(
    ("items", "answered", "withdrawn", "state"),
    [
        (2, 0, False, "asked"),
        (2, 1, False, "partly_answered"),
        (2, 2, False, "answered"),
        (2, 2, True, "answered"),
        (2, 1, True, "withdrawn"),
        (2, 0, True, "withdrawn"),
    ],
)
def test_a_request_is_as_far_as_its_answers(items: int, answered: int, withdrawn: bool, state: str) -> None:
    assert request_state(items=items, answered=answered, withdrawn=withdrawn) == state


@pytest.mark.parametrize(
    ("kept", "broken", "now", "state"),
    [
        (None, False, -1, "open"),
        (None, False, 0, "broken"),
        (None, True, 5, "broken"),
        (-1, False, 5, "kept"),
        (0, False, 5, "kept"),
        (1, False, 5, "kept_late"),
        (0, True, 5, "kept_late"),
    ],
)
def test_a_promise_is_kept_in_time_or_broken(kept: int | None, broken: bool, now: int, state: str) -> None:
    kept_at = None if kept is None else later(kept)
    assert promise_state(due_at=AT, kept_at=kept_at, broken=broken, now=later(now)) == state


@pytest.mark.parametrize(("asked", "begins"), [(None, 2), (1, 1), (4, 4), (0, 1), (9, 4)])
def test_severity_is_the_categorys_unless_the_agent_judged(asked: int | None, begins: int) -> None:
    assert first_severity(asked, 2) == begins


@pytest.mark.parametrize(
    ("count", "number"), [(7, "C-261123-0007"), (9999, "C-261123-9999"), (10000, "C-261123-10000")]
)
def test_numbers_run_by_day_and_grow(count: int, number: str) -> None:
    assert number_of("261123", count) == number


def test_the_line_of_states_tells_each_change_once() -> None:
    moves: list[tuple[Status | None, datetime]] = [
        ("open", AT), (None, later(1)), ("waiting_for_customer", later(2)), ("waiting_for_customer", later(3)),
        ("open", later(4)),
    ]  # fmt: skip
    assert line_of_states(moves) == (
        Milestone("open", AT),
        Milestone("waiting_for_customer", later(2)),
        Milestone("open", later(4)),
    )
    assert line_of_states([]) == ()


def test_every_kind_of_request_of_the_trade_has_a_word() -> None:
    assert set(KINDS) == {"fault", "inquiry", "complaint", "suggestion", "thanks", "rights", "special_wish"}
    assert set(SEVERITIES) == {1, 2, 3, 4}
    assert "remedied" in RESOLUTION_KINDS
