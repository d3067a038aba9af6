"""A flow as a picture: every step once, every way drawn, nothing over anything else."""

from __future__ import annotations

import itertools

import pytest

from qiao.selfservice import built_in, diagram, rehearse
from qiao.selfservice.drawing import HEIGHT, WIDTH
from tests.selfservice.writing import NOW, choice, flow_of, said


@pytest.mark.parametrize("code", built_in())
def test_every_step_has_its_place_and_none_lies_over_another(code: str) -> None:
    flow = built_in()[code]
    drawn = diagram(flow, "zh-CN")
    assert sorted(one.code for one in drawn.boxes) == sorted(flow.steps)
    for one, other in itertools.combinations(drawn.boxes, 2):
        assert abs(one.x - other.x) >= WIDTH or abs(one.y - other.y) >= HEIGHT
    assert all(one.x + WIDTH <= drawn.width and one.y + HEIGHT <= drawn.height for one in drawn.boxes)
    assert {one.role for one in drawn.boxes} >= {"start", "human"}


def test_ways_carry_what_is_answered_and_lost_steps_are_shown_too() -> None:
    steps = {
        "m": {"menu": said("a very long question that does not fit"), "choices": [choice("1", "c"), choice("2", "m")]},
        "c": {"call": "bill", "go": "e", "away": "m"},
        "i": {"identify": 2, "go": "e", "failed": "gone"},
        "e": {"end": True},
    }
    drawn = diagram(flow_of(steps), "en")
    ways = {(one.source, one.target): (one.label, one.back) for one in drawn.arrows}
    assert ways["m", "c"] == ("1", False)
    assert ways["m", "m"] == ("2", True)
    assert ways["c", "m"] == ("✗", True)
    assert ways["c", "e"] == ("", False)
    assert ("i", "gone") not in ways
    boxes = {one.code: one for one in drawn.boxes}
    assert boxes["m"].text.endswith("…")
    assert (boxes["c"].kind, boxes["i"].kind, boxes["i"].text) == ("call", "identify", "2")
    assert boxes["i"].y > boxes["e"].y


def test_a_rehearsal_does_nothing_and_tells_what_would_be_done() -> None:
    talk = rehearse(built_in(), "lost_phone", {"language": "en"}, ["1", "no"], answers="done", now=NOW)
    assert [told for who, told in talk.lines if who == "effect"] == ["prove 2", "service suspend_line"]
    assert (talk.over, talk.filled) == ("ended", {"stolen": False})
    odd = rehearse(built_in(), "lost_phone", {"language": "en"}, ["1"], answers="nonsense", now=NOW)
    assert odd.over == "handed"
