"""Who said once that he wants a person first takes the flow's own way to one when he calls, and only then."""

from __future__ import annotations

from typing import Any

import pytest

from qiao.selfservice.model import first_step
from qiao.selfservice.model_session import known_facts
from qiao.selfservice.person_first import may_choose
from tests.selfservice.talking import ENDS, MENU, Talk
from tests.selfservice.writing import flow_of

FLOW = flow_of({"ask": MENU, **ENDS})


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ({"channel": "voice", "person_first": True}, "person"),
        ({"channel": "voice", "person_first": False}, "ask"),
        ({"channel": "voice"}, "ask"),
        ({"channel": "sms", "person_first": True}, "ask"),
        ({"person_first": True}, "ask"),
        ({}, "ask"),
    ],
)
def test_he_begins_where_he_wants(facts: dict[str, Any], step: str) -> None:
    assert first_step(FLOW, facts) == step


def test_he_hears_no_menu_and_is_handed_over_at_once() -> None:
    talk = Talk(FLOW, channel="voice", person_first=True)
    assert talk.session.over == "handed"
    assert "menu" not in talk.kinds
    assert Talk(FLOW, channel="voice").at == "ask"


@pytest.mark.parametrize("told", ["yes", 1, None, [True]])
def test_what_is_neither_yes_nor_no_is_no_fact(told: Any) -> None:
    assert known_facts({"person_first": told, "known": told}) == {}


@pytest.mark.parametrize(
    ("channel", "level", "may"), [("voice", 0, True), ("chat", 0, False), ("sms", 1, False), ("chat", 2, True)]
)
def test_a_known_caller_or_whoever_has_proven_himself_may_choose(channel: str, level: int, may: bool) -> None:
    assert may_choose(channel, level) is may
