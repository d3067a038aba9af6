"""A hard call is ended only by a rule that is on, after notices that were heard, and an emergency never."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from qiao.channels.voice.model_ending import (
    Rule,
    end,
    heard,
    is_emergency,
    may_play,
    noticed,
    play,
    seconds_left,
    unheard,
)
from qiao.channels.voice.model_talk import CUSTOMER, End, Leg, Part, Stands, Talk, places, settle

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
AGENT, LEG = UUID(int=1), UUID(int=2)
HARD = Talk(hard=True, legs=(Leg(LEG, AGENT, "agent", "up"),))
ON = Rule(on=True, notices=2, seconds=30)


@pytest.mark.parametrize(
    ("rule", "talk", "emergency"),
    [
        (Rule(), HARD, False),
        (ON, HARD, True),
        (ON, replace(HARD, hard=False), False),
        (ON, replace(HARD, legs=()), False),
        (ON, replace(HARD, asking=True), False),
        (ON, replace(HARD, noticing=True), False),
    ],
)
def test_no_notice_and_no_end_where_the_rule_does_not_let_them(rule: Rule, talk: Talk, emergency: bool) -> None:
    told = replace(talk, notices=9, noticed_at=NOW)
    assert not may_play(rule, talk, emergency=emergency) and not noticed(rule, told, emergency=emergency)


def test_he_hears_the_notice_alone_and_as_often_as_the_rule_wants_before_an_end() -> None:
    assert may_play(ON, HARD, emergency=False) and not noticed(ON, HARD, emergency=False)
    playing = play(HARD)
    assert dict(places(playing))[CUSTOMER] == "alone"
    once = heard(playing, NOW)
    assert dict(places(once))[CUSTOMER] == "talk" and heard(once, NOW) == once
    assert not noticed(ON, once, emergency=False)
    assert noticed(ON, heard(play(once), NOW), emergency=False)


def test_a_notice_that_could_not_be_played_counts_for_nothing() -> None:
    assert unheard(play(HARD)) == HARD


@pytest.mark.parametrize(("after", "left"), [(0.0, 30), (29.2, 1), (30.0, 0), (300.0, 0)])
def test_time_is_given_after_the_notice(after: float, left: int) -> None:
    assert seconds_left(ON, replace(HARD, noticed_at=NOW), NOW + timedelta(seconds=after)) == left


def test_the_end_is_the_agents_hanging_up_and_is_remembered() -> None:
    ended = end(HARD, LEG, AGENT)
    assert ended.ended_by == AGENT
    assert settle(ended, Stands("active", AGENT), UUID(int=9))[1] == (End(AGENT),)


def test_who_waits_again_has_still_heard_the_notice_but_hears_none_now() -> None:
    calm, deeds = settle(play(replace(HARD, notices=1, noticed_at=NOW)), Stands("waiting"), UUID(int=9))
    assert deeds == (Part(),) and (calm.noticing, calm.notices, calm.noticed_at, calm.hard) == (False, 1, NOW, True)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, False),
        ({"entry_point": "roaming"}, True),
        ({"desk": "emergency"}, True),
        ({"matter": "case:1"}, True),
        ({"foreign": True}, True),
        ({"foreign": True, "known": True}, False),
    ],
)
def test_what_is_an_emergency(more: dict[str, object], told: bool) -> None:
    plain = {"entry_point": "hotline", "desk": "general", "matter": "", "foreign": False, "known": False}
    assert is_emergency(**(plain | more)) is told  # type: ignore[arg-type]
