"""Who may give how much, however it is split, and what looks odd afterwards."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.compensation.model import (
    Given,
    GivenOnce,
    judge,
    limit_problems,
    limits_from,
    oddities,
    rank_of,
    state_of,
)
from qiao.compensation.queries import built_in_limits

LIMITS = limits_from(built_in_limits())
AT = datetime(2026, 11, 23, tzinfo=UTC)


def test_the_highest_of_his_roles_counts_and_a_planner_gives_nothing() -> None:
    assert rank_of(["agent", "team_leader"], LIMITS) == "team_leader"
    assert rank_of(["planner"], LIMITS) == ""
    assert judge(LIMITS, "", 1, 1, Given()).limit == 0


def test_the_limit_falls_with_what_was_given_to_the_customer_and_on_the_day() -> None:
    assert judge(LIMITS, "agent", 2, 3000, Given()).within
    assert judge(LIMITS, "agent", 2, 3001, Given()).limit == 3000
    assert judge(LIMITS, "agent", 2, 1001, Given(to_customer=2000)).limit == 1000
    assert judge(LIMITS, "agent", 1, 600, Given(by_agent_today=19_500)).limit == 500
    assert judge(LIMITS, "agent", 4, 1, Given()).limit == 0, "a severity that is not named gives nothing"
    assert judge(LIMITS, "agent", 2, 100, Given(to_customer=9_999)).limit == 0
    assert not judge(LIMITS, "agent", 2, 0, Given()).within


@given(st.sampled_from(sorted(LIMITS.ranks)), st.integers(1, 4), st.lists(st.integers(1, 60_000), max_size=30))
def test_over_any_split_the_sum_stays_within_the_authority(rank: str, severity: int, wishes: list[int]) -> None:
    authority, total = LIMITS.ranks[rank], 0
    for minor in wishes:
        if judge(LIMITS, rank, severity, minor, Given(total, total)).within:
            total += minor
    assert total <= min(authority.severities.get(severity, 0), authority.a_day)


def test_where_a_grant_stands_is_read_from_its_records() -> None:
    def state(*, within: bool = False, approved: bool | None = None, spent: bool = False, back: bool = False) -> str:
        return state_of(within=within, approved=approved, spent=spent, taken_back=back)

    assert state() == "asked"
    assert state(within=True) == "granted"
    assert state(approved=True) == "granted"
    assert state(approved=False) == "refused"
    assert state(within=True, spent=True) == "spent"
    assert state(within=True, spent=True, back=True) == "taken_back"


def once(minor: int, *, agent: str = "wang", customer: str = "shi", limit: int = 100_000) -> GivenOnce:
    return GivenOnce(agent, customer, minor, limit, AT)


def test_patterns_are_named_with_whom_they_concern() -> None:
    assert [one.kind for one in oddities([once(123), once(456), once(789)])] == ["same_payee"]
    many = [once(1000 * n, customer=str(n)) for n in range(1, 6)]
    assert [(one.kind, one.times) for one in oddities(many)] == [("round_sums", 5)]
    close = [once(970 + n, customer=str(n), limit=1000) for n in range(3)]
    assert [one.kind for one in oddities(close)] == ["just_below"]
    assert oddities([once(123), once(457, agent="li")]) == []


def test_the_limits_that_come_with_the_house_are_sound() -> None:
    assert limit_problems(built_in_limits()) == []


@pytest.mark.parametrize(
    ("read", "told"),
    [
        ("x", "a table with the keys"),
        ({"window_days": 0, "ranks": {"a": {"severities": {1: 1}, "a_day": 1}}}, "window_days"),
        ({"window_days": 30}, "ranks: at least one"),
        ({"window_days": 30, "ranks": {"a": 3}}, "rank a: severities and a_day"),
        ({"window_days": 30, "ranks": {"a": {"severities": 3}}}, "rank a: severities and a_day"),
        ({"window_days": 30, "ranks": {"a": {"severities": {9: 1}, "a_day": 1}}}, "there is no severity 9"),
        ({"window_days": 30, "ranks": {"a": {"severities": {1: -1}, "a_day": 1}}}, "-1 is no amount"),
        ({"window_days": 30, "ranks": {"a": {"severities": {1: 1}, "a_day": True}}}, "a_day True is no amount"),
    ],
)
def test_what_is_wrong_with_limits_is_named_with_its_place(read: Any, told: str) -> None:
    assert any(told in one for one in limit_problems(read)), limit_problems(read)
