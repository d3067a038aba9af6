"""Clocks of a case, against somebody who counts every minute; and the ways in which other systems got them wrong."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.cases.model import STATUSES, Status
from qiao.cases.model_calendars import WEEKDAYS, Calendar, calendar_from
from qiao.cases.model_clocks import (
    ON_THE_WAY,
    RULES_MAX,
    STEPS_MAX,
    Clock,
    Step,
    book_problems,
    breach_at,
    due_at,
    left_seconds,
    moved,
    retargeted,
    rule_for,
    rules_from,
    span_seconds,
    started,
    stepped,
    stopped,
)

OPENED = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # a Monday, 09:00 in Shanghai
OFFICE: dict[str, Any] = {
    "zone": "Asia/Shanghai",
    "week": {day: ["09:00-12:00", "13:00-18:00"] for day in WEEKDAYS[:5]},
}
ALWAYS = calendar_from({"zone": "Asia/Shanghai", "week": {day: ["00:00-24:00"] for day in WEEKDAYS}})
STEPS = [
    {"at": 1, "act": "tell_leader"},
    {"at": 0.5, "act": "tell_owner"},
    {"at": 2, "act": "hand_to_desk", "desk": "x"},
]


def book(**changed: Any) -> dict[str, Any]:
    rule = {
        "code": "high",
        "when": {"field": "severity", "at_most": 2},
        "calendar": "office",
        "targets": {"first_answer": "30m", "next_update": "8h", "solution": "16h"},
        "steps": STEPS,
    }
    rest = {"code": "rest", "calendar": "office", "targets": {"solution": "40h"}}
    return {"calendars": {"office": OFFICE}, "rules": [{**rule, **changed}, rest]}


def clock(kind: str = "solution", hours: float = 8.0, calendar: Calendar = ALWAYS, **given: Any) -> Clock:
    steps = (Step(0.5, "tell_owner"), Step(1.0, "tell_leader"))
    return Clock(kind, hours * 3600, "office", steps, **{"since": OPENED, **given})  # type: ignore[arg-type]


def at(hours: float) -> datetime:
    return OPENED + timedelta(hours=hours)


def test_a_book_is_read_with_its_steps_in_order_and_the_first_rule_that_holds_counts() -> None:
    assert book_problems(book()) == []
    high, rest = rules_from(book())
    assert [step.share for step in high.steps] == [0.5, 1.0, 2.0]
    assert rule_for((high, rest), {"severity": 1}, OPENED) == high
    assert rule_for((high, rest), {"severity": 3}, OPENED) == rest
    assert rule_for((high,), {"severity": 3}, OPENED) is None
    assert [one.kind for one in started(rest, OPENED)] == ["solution"]
    assert span_seconds("90m") == 5400


moves = st.lists(
    st.tuples(st.integers(0, 2000), st.sampled_from(sorted(STATUSES)), st.booleans()), min_size=0, max_size=8
)
zones = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
begins = st.sampled_from([datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC), OPENED])


@given(moves, zones, begins, st.sampled_from(["solution", "next_update", "first_answer"]), st.integers(0, 3000))
def test_what_is_used_is_every_working_minute_in_which_the_clock_had_to_run(
    told: list[tuple[int, Status, bool]], zone: str, begin: datetime, kind: str, more: int
) -> None:
    calendar = calendar_from({**OFFICE, "zone": zone})
    here = clock(kind, calendar=calendar, since=begin)
    used, runs, met, now = 0, True, False, begin
    for minutes, status, tells in told:
        used += _counted(calendar, now, now + timedelta(minutes=minutes)) if runs else 0
        now += timedelta(minutes=minutes)
        here = moved(here, calendar, status, now, told=tells)
        met = met or (kind == "first_answer" and tells)
        runs = status in ON_THE_WAY and not met
        used = 0 if kind == "next_update" and tells else used
    used += _counted(calendar, now, now + timedelta(minutes=more)) if runs else 0
    assert stopped(here, calendar, now + timedelta(minutes=more)).used == used * 60
    assert here.running == runs
    assert left_seconds(here, calendar, now) == here.target - stopped(here, calendar, now).used


def _counted(calendar: Calendar, begin: datetime, end: datetime) -> int:
    zone, found, here = ZoneInfo(calendar.zone), 0, begin
    while here < end:
        wall = here.astimezone(zone)
        minute = wall.hour * 60 + wall.minute
        found += any(first <= minute < last for first, last in calendar.hours_of(wall.date()))
        here += timedelta(minutes=1)
    return found


def test_it_stands_while_the_customer_is_asked_and_nothing_is_counted_twice() -> None:
    here = moved(clock(), ALWAYS, "waiting_for_customer", at(2), told=True)
    assert (here.used, here.running, due_at(here, ALWAYS), breach_at(here, ALWAYS)) == (7200, False, None, None)
    again = moved(here, ALWAYS, "waiting_for_customer", at(50), told=False)
    assert again == here, "a second word of the customer changes nothing of what was counted"
    back = moved(again, ALWAYS, "waiting_for_us", at(60), told=False)
    assert breach_at(back, ALWAYS) == at(66)
    assert due_at(back, ALWAYS) == at(62)


def test_an_answer_ends_the_first_answer_and_not_the_solution() -> None:
    first = moved(clock("first_answer"), ALWAYS, "open", at(1), told=True)
    assert (first.met_at, first.running) == (at(1), False)
    assert moved(first, ALWAYS, "open", at(9), told=True).met_at == at(1), "a later answer does not move it"
    assert moved(clock(), ALWAYS, "open", at(1), told=True).running


def test_a_late_answer_is_on_record_as_late_and_nothing_escalates_after_it() -> None:
    here, taken = stepped(clock("first_answer", hours=1), ALWAYS, at(2))
    assert ([step.act for step in taken], here.breached_at) == (["tell_owner", "tell_leader"], at(2))
    met = moved(here, ALWAYS, "open", at(3), told=True)
    assert (met.breached_at, due_at(met, ALWAYS)) == (at(2), None)
    early = moved(clock("first_answer", hours=1), ALWAYS, "open", at(0.75), told=True)
    assert stepped(early, ALWAYS, at(99)) == (early, ())


def test_each_update_begins_the_next_anew() -> None:
    here, _ = stepped(clock("next_update"), ALWAYS, at(9))
    again = moved(here, ALWAYS, "open", at(9), told=True)
    assert (again.used, again.steps_done, again.breached_at, breach_at(again, ALWAYS)) == (0, 0, None, at(17))


@pytest.mark.parametrize("status", ["resolved", "verified", "dormant", "closed"])
def test_the_solution_stops_when_it_is_resolved_and_goes_on_when_the_proof_fails(status: Status) -> None:
    solved = moved(clock(), ALWAYS, status, at(3), told=False)
    assert (solved.met_at, solved.running) == (at(3), False)
    assert moved(solved, ALWAYS, "verified", at(5), told=False).met_at == at(3)
    back = moved(solved, ALWAYS, "open", at(100), told=False)
    assert (back.met_at, breach_at(back, ALWAYS)) == (None, at(105))


def test_a_changed_target_keeps_what_was_used_and_takes_no_step_twice() -> None:
    [high, rest] = rules_from(book(calendar="office"))
    here, _ = stepped(clock(hours=40), ALWAYS, at(30))
    assert here.steps_done == 1
    lower = retargeted(here, replace(high, targets={"solution": 16 * 3600.0}), ALWAYS, at(30))
    assert (lower.used, lower.target, lower.steps_done, lower.since) == (30 * 3600, 16 * 3600, 1, at(30))
    after, taken = stepped(lower, ALWAYS, at(30))
    assert [step.share for step in taken] == [1.0]
    assert after.breached_at == at(30)
    higher = retargeted(after, rest, ALWAYS, at(30))
    assert (higher.breached_at, higher.target) == (None, 40 * 3600)
    assert retargeted(higher, rest, ALWAYS, at(31)) == higher
    assert retargeted(clock("next_update"), rest, ALWAYS, at(1)) == clock("next_update"), (
        "a rule that tells nothing of it"
    )
    standing = replace(clock(), since=None)
    assert retargeted(standing, high, ALWAYS, at(1)).since is None


def test_after_a_night_all_that_was_due_is_done_at_once_and_once() -> None:
    here, taken = stepped(clock(), ALWAYS, at(100))
    assert [step.share for step in taken] == [0.5, 1.0]
    assert stepped(here, ALWAYS, at(200)) == (here, ())
    assert due_at(here, ALWAYS) is None


@given(st.lists(st.integers(1, 600), max_size=12))
def test_looking_often_or_seldom_takes_the_same_steps(waits: list[int]) -> None:
    here, now = clock(), OPENED
    often: list[Step] = []
    for minutes in waits:
        now += timedelta(minutes=minutes)
        here, taken = stepped(here, ALWAYS, now)
        often += taken
    assert tuple(often) == stepped(clock(), ALWAYS, now)[1]


@pytest.mark.parametrize(
    ("read", "told"),
    [
        ("x", "a table with the keys"),
        ({"rules": [{}]}, "calendars: at least one"),
        ({"calendars": {"office": OFFICE}}, "rules: a list"),
        ({"calendars": {"office": OFFICE}, "rules": [{}] * (RULES_MAX + 1)}, "rules: a list"),
        ({"calendars": {"office": OFFICE}, "rules": ["x"]}, "rule 1: it needs a code"),
        ({"calendars": {"office": {**OFFICE, "week": {}}}, "rules": [{}]}, "it has no hours"),
        (book(code="Bad"), "rule 1: it needs a code"),
        (book(code="rest"), "rule 2: it needs a code of its own"),
        (book(when={"field": "odd", "is": 1}), "rule high: when"),
        (book(calendar="none"), "rule high: there is no calendar none"),
        (book(calendar=None), "rule high: there is no calendar None"),
        (book(targets={}), "targets: at least one"),
        (book(targets={"odd": "1h"}), "targets: there is no clock odd"),
        (book(targets={"solution": "2d"}), "targets solution: 2d is no working time"),
        (book(targets={"solution": 5}), "targets solution: 5 is no working time"),
        (book(steps="x"), "steps: a list of at most"),
        (book(steps=[STEPS[0]] * (STEPS_MAX + 1)), "steps: a list of at most"),
        (book(steps=["x"]), "step 1: nothing is said of it"),
        (book(steps=[{"at": 0, "act": "tell_owner"}]), "step 1: at 0 is no share"),
        (book(steps=[{"at": True, "act": "tell_owner"}]), "step 1: at True is no share"),
        (book(steps=[{"at": 1, "act": "shout"}]), "step 1: there is no act shout"),
        (book(steps=[{"at": 1, "act": "hand_to_desk"}]), "a desk is named exactly where"),
        (book(steps=[{"at": 1, "act": "tell_owner", "desk": "x"}]), "a desk is named exactly where"),
    ],
)
def test_what_is_wrong_with_a_book_is_named_with_its_place(read: Any, told: str) -> None:
    found = book_problems(read)
    assert any(told in one for one in found), found
