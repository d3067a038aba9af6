"""Callbacks: what a window may be, when it is tried again, and where it stands."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.kernel.ids import CustomerId, DeskId, InteractionId, new_id
from qiao.kernel.service_ids import ServiceId
from qiao.outreach.model_callbacks import (
    ATTEMPTS_MAX,
    BETWEEN_ATTEMPTS,
    Attempt,
    Callback,
    made_needless,
    next_attempt_at,
    window_problem,
)

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("begins", "lasts", "field"),
    [
        (HOUR, HOUR, None),
        (-HOUR / 4, HOUR, None),
        (-2 * HOUR, HOUR, "from_at"),
        (61 * 24 * HOUR, HOUR, "from_at"),
        (HOUR, HOUR / 6, "until_at"),
        (HOUR, 25 * HOUR, "until_at"),
        (HOUR, -HOUR / 2, "until_at"),
    ],
)
def test_a_window_lies_ahead_and_is_neither_too_short_nor_too_long(
    begins: timedelta, lasts: timedelta, field: str | None
) -> None:
    problem = window_problem(NOW + begins, NOW + begins + lasts, NOW)
    assert (problem and problem[0]) == field


@given(
    outcome=st.sampled_from(["reached", "no_answer", "dropped"]), made=st.integers(0, 5), left=st.integers(-120, 600)
)
def test_it_is_tried_again_only_within_the_window_and_only_so_often(outcome: str, made: int, left: int) -> None:
    until_at = NOW + timedelta(minutes=left)
    again = next_attempt_at(outcome=outcome, made=made, now=NOW, until_at=until_at)
    if again is not None:
        assert NOW <= again < until_at
        assert outcome == "dropped" or (made < ATTEMPTS_MAX and again == NOW + BETWEEN_ATTEMPTS)
    else:
        assert outcome == "reached" or left <= 15 or made >= ATTEMPTS_MAX


def owed(*attempts: Attempt, **changed: object) -> Callback:
    whole = {
        "id": new_id(), "customer_id": CustomerId(new_id()), "service": ServiceId("mobile", "+8613912345678"),
        "from_at": NOW, "until_at": NOW + HOUR, "zone": "Asia/Shanghai", "matter": "", "key": "k",
        "desk_id": DeskId(new_id()), "preferred_agent_id": None, "unit_id": None, "segment": "vip", "language": "zh-CN",
        "promised_at": NOW, "promised_by": "agent:1", "waiting_since": NOW, "next_at": None, "missed_at": None,
        "ended_at": None, "ended_how": None, "attempts": attempts, **changed,
    }  # fmt: skip
    return Callback(**whole)  # type: ignore[arg-type]


def test_where_it_stands_is_told_by_its_records() -> None:
    waiting = Attempt(1, InteractionId(new_id()), NOW, None, None, None)
    taken = Attempt(1, waiting.interaction_id, NOW, None, NOW, None)
    over = Attempt(1, waiting.interaction_id, NOW, None, NOW, "no_answer")
    assert owed().state == owed(over).state == "owed"
    assert owed(waiting).state == "due"
    assert owed(taken).state == owed(taken, missed_at=NOW).state == "talking"
    assert owed(waiting, missed_at=NOW).state == "missed"
    assert owed(over, held_by=waiting.interaction_id, missed_at=NOW).state == "held"
    assert owed(over, missed_at=NOW).red
    done = owed(over, missed_at=NOW, ended_at=NOW, ended_how="done")
    assert done.state == "done"
    assert not done.red
    assert owed(ended_at=NOW, ended_how="withdrawn").state == "withdrawn"


def test_a_conversation_makes_needless_what_was_owed_before_it_and_what_it_was_about() -> None:
    later = NOW + timedelta(minutes=1)
    assert made_needless(owed(matter=""), began_at=later, about=False)
    assert made_needless(owed(matter="case:7"), began_at=later, about=True)
    assert not made_needless(owed(matter="case:7"), began_at=later, about=False), "they talked about something else"
    assert not made_needless(owed(matter=""), began_at=NOW, about=False), "it was promised in that very call"
