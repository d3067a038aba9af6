"""When the quicker way is offered, and when never: the pure part."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao import selfservice
from qiao.assist.model_steering import NEVER_STEERED, Moment, Way, quicker_way

BALANCE = Way("service", "balance")
LOST = Way("flow", "lost_phone")
EVERY = frozenset({"service", "flow"})
WAITS = Moment(segment="standard", chose_person=True, emergency=False, offered_before=False, wait_seconds=300)


@pytest.mark.parametrize(
    ("told", "offered"),
    [
        ({}, True),
        ({"wait_seconds": None}, True),
        ({"wait_seconds": 60}, True),
        ({"wait_seconds": 59}, False),
        ({"emergency": True}, False),
        ({"offered_before": True}, False),
        ({"segment": "elderly"}, False),
        ({"segment": "vip"}, False),
        ({"segment": "vip", "chose_person": False}, True),
        ({"segment": ""}, True),
    ],
)
def test_when_it_is_offered(told: dict[str, object], offered: bool) -> None:
    assert quicker_way(replace(WAITS, **told), [BALANCE, LOST], EVERY) == (BALANCE if offered else None)


def test_the_likeliest_that_the_channel_carries() -> None:
    assert quicker_way(WAITS, [BALANCE, LOST], frozenset({"flow"})) == LOST
    assert quicker_way(WAITS, [BALANCE], frozenset({"flow"})) is None
    assert quicker_way(WAITS, [], EVERY) is None


moments = st.builds(
    Moment,
    segment=st.sampled_from(["standard", "elderly", "vip", "corporate", ""]),
    chose_person=st.booleans(),
    emergency=st.booleans(),
    offered_before=st.booleans(),
    wait_seconds=st.none() | st.integers(0, 10_000),
)


@given(moments, st.lists(st.sampled_from([BALANCE, LOST])))
def test_nobody_who_is_owed_a_person_is_ever_steered(moment: Moment, meant: list[Way]) -> None:
    way = quicker_way(moment, meant, EVERY)
    if way is not None:
        assert not moment.emergency
        assert not moment.offered_before
        assert not (moment.chose_person and moment.segment in NEVER_STEERED)
        assert way in meant


@pytest.mark.parametrize(
    "said", ["着火了，快叫人工客服", "救命！找人工", "SOS", "110", "please send an ambulance, human"]
)
def test_a_sentence_that_calls_for_help_is_known(said: str) -> None:
    assert selfservice.calls_for_help(said)


@pytest.mark.parametrize("said", ["我的号码尾号是110", "查话费", "I want an agent", ""])
def test_other_sentences_call_for_no_help(said: str) -> None:
    assert not selfservice.calls_for_help(said)


@pytest.mark.parametrize(
    ("said", "rest"),
    [("转人工，查话费", ",查话费"), ("agent please, my bill", ", my bill"), ("查话费", "查话费"), ("0", "0")],
)
def test_what_is_said_beside_the_wish_for_a_person(said: str, rest: str) -> None:
    assert selfservice.beside_the_wish(said).replace(" ", "") == rest.replace(" ", "")
