"""What is wrong with a flow is named with its line, before anybody meets it."""

from __future__ import annotations

from typing import Any

import pytest

from qiao.selfservice.model_checks import Shape, Surroundings, problems
from qiao.selfservice.model_paths import path_problems
from qiao.selfservice.reading import read_flow
from tests.selfservice.writing import choice, flow_of, said, written

SERVICES = {
    "bill": Shape(2, frozenset({"month"}), frozenset({"month"}), frozenset({"total"})),
    "tips": Shape(0, facts=None),
    "credit": Shape(0, self_service=False),
}
ACTIONS = {"complain": Shape(parameters=frozenset({"words"}), facts=frozenset({"number"}), changes=True)}
OTHER = flow_of({"q": {"menu": said("?"), "choices": [choice("1", "e")]}, "e": {"end": True}}, flow="other",
                variables={"theirs": "text"})  # fmt: skip
AROUND = Surroundings(SERVICES, ACTIONS, {"other": OTHER})
VARIABLES = {"m": "text", "total": "money", "flag": "bool", "list": "rows", "n": "number"}
END = {"end": {"end": True}}
MENU = {"menu": said("?"), "choices": [choice("1", "end")]}


def wrong(steps: dict[str, Any], **header: Any) -> list[tuple[int, str]]:
    """The problems of a flow, each with its line and what is written there."""
    text = written(steps, **{"variables": VARIABLES, "observations": {"bars": "number"}, **header})
    flow, faults = read_flow(text)
    assert flow is not None, faults
    return [(one.line, one.told) for one in problems(flow, AROUND)]


def test_a_flow_that_was_come_back_from_has_asked_already() -> None:
    assert wrong({"m": {"flow": "other", "go": "end"}, **END}) == []


def alone(steps: dict[str, Any], **header: Any) -> str:
    found = wrong(steps, **header)
    assert len(found) == 1, found
    assert found[0][0] > 0
    return found[0][1]


def test_a_good_flow_has_no_problem() -> None:
    steps = {
        "m": {"menu": said("{m} {total}"), "choices": [
            choice("1", "who", words=["bill"], when={"field": "known", "is": True}, seen={"field": "bars", "is": 1}),
            choice("2", "list", set={"language": "fr", "flag": True, "m": "x{m}"}),
            choice("1", "act", words=["bill"], when={"field": "known", "is": False}),
        ]},
        "who": {"identify": 2, "go": "ask"},
        "ask": {"ask": said("?"), "kind": "digits", "into": "n", "seen": "bars", "go": "bill"},
        "bill": {"call": "bill", "with": {"month": "{m}"}, "take": {"total": "total"}, "go": "sub"},
        "sub": {"flow": "other", "with": {"theirs": "{m}"}, "take": {"m": "theirs"}, "go": "branch"},
        "branch": {"branch": [{"when": {"field": "total", "at_least": "1.00"}, "go": "end"}], "go": "tips"},
        "tips": {"call": "tips", "take": {"m": "anything"}, "go": "end"},
        "act": {"act": "complain", "with": {"words": "{m}"}, "go": "end"},
        "list": {"menu": said("?"), "rows": "list", "into": "m", "named": "m", "go": "back"},
        "back": {"callback": "x", "refused": "person"},
        **END,
    }  # fmt: skip
    assert wrong(steps, fills={"m": "month"}) == []


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ({"m": MENU, "end": {"say": said("x"), "go": "gone"}}, "there is no step gone"),
        ({"m": {**MENU, "menu": said("{who}")}, **END}, "there is no variable who, named in"),
        ({"m": {**MENU, "menu": said("{m.upper}")}, **END}, "braces hold the name"),
        ({"m": {**MENU, "menu": said("{m}", fr="x")}, **END}, "other variables in fr"),
        ({"m": {**MENU, "menu": {**said("?"), "ar": " "}}, **END}, "no text in ar"),
        ({"m": {**MENU, "choices": []}, **END}, "a menu needs choices"),
        ({"m": {**MENU, "choices": [choice("", "end")]}, **END}, "a choice needs a key"),
        ({"m": {**MENU, "choices": [choice("1", "end"), choice("1", "end")]}, **END}, "“1” stands for two choices"),
        ({"m": {**MENU, "choices": [choice("1", "end", words=["Agent"])]}, **END}, "asks for a person everywhere"),
        ({"m": {**MENU, "choices": [choice("1", "end", when={"field": "x", "is": 1})]}, **END}, "no field “x”"),
        ({"m": {**MENU, "choices": [choice("1", "end", when={})]}, **END}, "condition at its top"),
        ({"m": {**MENU, "choices": [choice("1", "end", seen={"field": "m", "is": "1"})]}, **END}, "no field “m”"),
        ({"m": {**MENU, "choices": [choice("1", "end", set={"x": "1"})]}, **END}, "there is no variable x"),
        ({"m": {**MENU, "set": {"flag": "yes"}}, **END}, "flag does not hold such a value"),
        ({"m": {**MENU, "set": {"list": "yes"}}, **END}, "list does not hold such a value"),
        ({"m": {**MENU, "set": {"m": "{x}"}}, **END}, "there is no variable x"),
        ({"m": {**MENU, "set": {"language": "tlh"}}, **END}, "there is no language tlh"),
        ({"m": {**MENU, "rows": "m", "into": "m", "go": "end"}, **END}, "there are no rows m"),
        ({"m": {**MENU, "rows": "list", "into": "m", "go": "end"}, **END}, "keys 1 to 9 are those of the rows"),
        ({"m": {**MENU, "rows": "list", "into": "total", "go": "end"}, **END}, "total does not hold such a value"),
        ({"m": {"ask": said("?"), "kind": "month", "into": "x", "go": "end"}, **END}, "there is no variable x"),
        ({"m": {"ask": said("?"), "kind": "yes_no", "into": "m", "go": "end"}, **END}, "m does not hold such a value"),
        ({"m": {"ask": said("?"), "kind": "month", "into": "m", "seen": "x", "go": "end"}, **END}, "no observation x"),
        ({"m": {"branch": [], "go": "n"}, "n": MENU, **END}, "at least one arm"),
        ({"m": {"call": "nothing", "go": "n"}, "n": MENU, **END}, "there is no service nothing"),
        ({"m": {"act": "nothing", "go": "n"}, "n": MENU, **END}, "there is no action nothing"),
        ({"m": {"call": "credit", "go": "n"}, "n": MENU, **END}, "not for customers to do"),
        ({"m": {"act": "complain", "with": {"x": "1"}, "go": "n"}, "n": MENU, **END}, "does not ask for x"),
        ({"m": {"act": "complain", "with": {"words": "{x}"}, "go": "n"}, "n": MENU, **END}, "no variable x"),
        ({"m": {"act": "complain", "take": {"x": "number"}, "go": "n"}, "n": MENU, **END}, "no variable x"),
        ({"m": {"act": "complain", "take": {"m": "x"}, "go": "n"}, "n": MENU, **END}, "does not tell x"),
        ({"m": {"identify": 2, "go": "c"}, "c": {"call": "bill", "go": "n"}, "n": MENU, **END}, "bill needs month"),
        ({"m": {"flow": "gone", "go": "n"}, "n": MENU, **END}, "no flow gone"),
        ({"m": {"flow": "f", "go": "n"}, "n": MENU, **END}, "no flow f to be run here"),
        ({"m": {"flow": "other", "with": {"x": "1"}, "go": "n"}, "n": MENU, **END}, "other has no variable x"),
        ({"m": {"flow": "other", "with": {"theirs": "{x}"}, "go": "n"}, "n": MENU, **END}, "no variable x"),
        ({"m": {"flow": "other", "take": {"x": "theirs"}, "go": "n"}, "n": MENU, **END}, "no variable x"),
        ({"m": {"flow": "other", "take": {"m": "x"}, "go": "n"}, "n": MENU, **END}, "other has no variable x"),
        # The paths:
        ({"m": MENU, **END, "lost": {"end": True}}, "step lost is never come to"),
        ({"m": {"say": said("x"), "go": "end"}, **END}, "ends what nobody could answer"),
        ({"m": {"branch": [{"when": {"field": "flag", "is": True}, "go": "f"}], "go": "end"},
          "f": {"flow": "other", "go": "end"}, **END}, "ends what nobody could answer"),
        ({"m": MENU, **END, "person": {"say": said("x"), "go": "end"}}, "step person leads to none"),
        ({"m": MENU, **END, "person": {**MENU, "choices": [choice("1", "a"), choice("2", "end")]},
          "a": {"menu": said("?"), "choices": [choice("1", "h")]}, "h": {"hand": "x"}}, "more than one question"),
        ({"m": {"identify": 2, "go": "c"}, "c": {"call": "bill", "with": {"month": "1"}, "go": "n", "refused": "c2"},
          "c2": {"branch": [{"when": {"field": "level", "at_least": 2}, "go": "d"}], "go": "n"},
          "d": {"call": "bill", "with": {"month": "2"}, "go": "n"},
          "n": {**MENU, "choices": [choice("1", "end")]}, **END}, None),
        ({"m": {**MENU, "choices": [choice("1", "c")]}, "c": {"call": "bill", "with": {"month": "1"}, "go": "end"},
          **END}, "bill needs level 2"),
    ],
)  # fmt: skip
def test_a_breach_is_named_with_its_line(steps: dict[str, Any], told: str | None) -> None:
    if told is None:
        assert wrong(steps) == []
        return
    found = wrong(steps)
    assert all(line > 1 for line, _ in found), found
    assert any(told in one for _, one in found), found


def test_the_line_is_the_one_where_it_stands() -> None:
    text = written({"m": {**MENU, "choices": [choice("1", "gone")]}})
    flow, _ = read_flow(text)
    assert flow is not None
    line = next(number for number, one in enumerate(text.splitlines(), 1) if "go: gone" in one)
    assert [one.line for one in problems(flow, AROUND) if "gone" in one.told] == [line]


def test_steps_that_go_round_without_the_customer_are_named() -> None:
    steps = {"m": MENU, **END, "person": {"say": said("a"), "go": "b"}, "b": {"say": said("b"), "go": "person"}}
    found = [told for _, told in wrong(steps)]
    assert "from step person it goes round without the customer saying anything" in found
    assert "no way to a person: step person leads to none" in found
    again = {"m": MENU, **END, "person": {"call": "tips", "go": "h", "away": "person"}, "h": {"hand": "x"}}
    assert any("goes round" in told for _, told in wrong(again))


def test_proof_does_not_stand_before_a_person() -> None:
    steps = {"m": MENU, **END, "person": {"identify": 2, "go": "h", "failed": "h"}, "h": {"hand": "x"}}
    assert any("stands between the customer and a person" in told for _, told in wrong(steps))


def test_what_the_header_names_must_be_there() -> None:
    steps = {"m": MENU, **END}
    assert alone(steps, start="gone") == "there is no step gone"
    assert alone(steps, human="gone") == "there is no step gone"
    assert alone(steps, emergency="gone") == "there is no step gone"
    assert alone(steps, fills={"x": "y"}) == "there is no variable x"
    assert alone({**steps, "m": MENU}, variables={"language": "text"}) == "language is known without being declared"


SOS = {"sos": {"end": said("call 110")}}
DOOR = {"entry": True, "emergency": "sos"}


def door(**steps: Any) -> list[str]:
    return [told for _, told in wrong({**steps, **END, **SOS}, **DOOR)]


def test_a_front_door_offers_emergencies_before_it_asks_who_it_is() -> None:
    offers = {"menu": said("?"), "choices": [choice("1", "who"), choice("2", "sos"), choice("3", "person")]}
    who = {"identify": 2, "go": "end"}
    assert door(m=offers, who=who) == []
    assert "a front door needs its way for emergencies" in [told for _, told in wrong({"m": MENU, **END}, entry=True)]
    first = door(w={"identify": 2, "go": "m"}, m=offers, who=who)
    assert "step w asks for identity before an emergency was offered" in first
    called = door(
        w={"say": said("x"), "go": "c"}, c={"call": "bill", "with": {"month": "1"}, "go": "m"}, m=offers, who=who
    )
    assert "step c asks for identity before an emergency was offered" in called
    hidden = {**offers, "choices": [choice("1", "who"), choice("2", "sos", when={"field": "known", "is": True}),
                                    choice("3", "person")]}  # fmt: skip
    assert any("before an emergency" in told for told in door(m=hidden, who=who))
    asks = [told for _, told in wrong({"m": offers, "who": who, **END, "sos": {"identify": 2, "go": "end"}}, **DOOR)]
    assert "step sos asks for identity in an emergency" in asks


ELDERLY = {"field": "segment", "is": "elderly"}
SEEN = {"menu": said("?"), "choices": [choice("1", "person"), choice("2", "sos")]}
LONG = {"menu": said("?"), "choices": [choice("1", "b"), choice("2", "sos")]}


@pytest.mark.parametrize(
    ("steps", "good"),
    [
        ({"m": SEEN}, True),
        ({"m": LONG, "b": SEEN}, True),
        ({"m": LONG, "b": LONG | {"choices": [choice("1", "c"), choice("2", "sos")]}, "c": SEEN}, False),
        ({"m": {"say": said("x"), "go": "b"}, "b": SEEN}, True),
        ({"m": {"ask": said("?"), "kind": "text", "into": "m", "go": "b"}, "b": SEEN}, True),
        ({"m": {"branch": [{"when": ELDERLY, "go": "b"}], "go": "c"}, "b": SEEN, "c": {**LONG, "choices": [
            choice("1", "b"), choice("2", "sos")]}}, True),
        ({"m": {"branch": [{"when": {"not": ELDERLY}, "go": "c"}], "go": "b"}, "b": SEEN, "c": LONG}, True),
        ({"m": {"branch": [{"when": {"field": "known", "is": True}, "go": "c"}], "go": "b"}, "b": SEEN,
          "c": {**SEEN, "choices": [choice("1", "end"), choice("2", "sos")]}}, False),
        ({"m": {**SEEN, "choices": [choice("1", "person", when=ELDERLY), choice("2", "sos")]}}, True),
        ({"m": {**SEEN, "choices": [choice("1", "person", when={"field": "known", "is": True}), choice("2", "sos")]}},
         False),
        ({"m": {"call": "tips", "go": "b", "otherwise": "b"}, "b": SEEN}, True),
        ({"m": {"flow": "other", "go": "b"}, "b": SEEN}, False),
        ({"m": {"menu": said("?"), "choices": [choice("1", "m"), choice("2", "sos")]}}, False),
    ],
)  # fmt: skip
def test_the_elderly_see_a_way_to_a_person_within_two_steps(steps: dict[str, Any], good: bool) -> None:
    found = [told for told in door(**steps) if "elderly" in told]
    assert (found == []) == good


def test_paths_of_a_flow_are_looked_at_alone_too() -> None:
    assert list(path_problems(flow_of({"m": MENU, **END}), {})) == []
