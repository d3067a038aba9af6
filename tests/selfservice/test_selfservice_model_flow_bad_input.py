"""What people with bad intent write into flows, and say to them: read as text, never run."""

from __future__ import annotations

import pytest

from qiao.selfservice import Answered, Begin, Told, begin, resume
from qiao.selfservice.model_checks import Surroundings, problems
from qiao.selfservice.reading import read_flow
from tests.selfservice.writing import NOW, choice, flow_of, said, written

INJECTIONS = [
    "{{7*7}}",
    "${7*7}",
    "{wish.__class__}",
    "{0.__init__.__globals__}",
    "__import__('os').system('id')",
    "%(wish)s %s",
    "{% for x in y %}",
    "' or 1=1 --",
    "<script>alert(1)</script>",
    "\u202e{wish}",
]


@pytest.mark.parametrize("words", [one for one in INJECTIONS if "{" in one and one != "\u202e{wish}"])
def test_a_text_with_more_than_the_name_of_a_variable_in_braces_is_a_fault(words: str) -> None:
    flow = flow_of({"a": {"menu": said(words), "choices": [choice("1", "e")]}, "e": {"end": True}})
    assert any("brace" in one.told or "no variable" in one.told for one in problems(flow, Surroundings()))


@pytest.mark.parametrize("words", INJECTIONS)
def test_what_a_customer_says_is_kept_as_he_said_it_and_never_filled_in(words: str) -> None:
    steps = {
        "a": {"ask": said("say it"), "kind": "text", "into": "wish", "go": "b"},
        "b": {"menu": said("you said: {wish}"), "choices": [choice("1", "c")]},
        "c": {"act": "take", "with": {"words": "{wish}"}, "go": "e"},
        "e": {"end": True},
    }
    flow = flow_of(steps, variables={"wish": "text"})
    turn = resume({"f": flow}, begin("f", {}, {"language": "en"}), Begin(), NOW)
    turn = resume({"f": flow}, turn.session, Told(words), NOW)
    assert "49" not in turn.outputs[-1].text
    assert str(turn.session.frames[-1].variables["wish"]) in words
    turn = resume({"f": flow}, turn.session, Told("1"), NOW)
    assert turn.effects[0].given["words"] in words


@pytest.mark.parametrize("told", ["{wish}", "{{7*7}}", "{__class__}"])
def test_what_an_answer_from_outside_holds_is_never_filled_in(told: str) -> None:
    steps = {
        "a": {"act": "take", "take": {"wish": "fact"}, "go": "b"},
        "b": {"menu": said("it says {wish}"), "choices": [choice("1", "e")]},
        "e": {"end": True},
    }
    flow = flow_of(steps, variables={"wish": "text"})
    turn = resume({"f": flow}, begin("f", {}, {"language": "en"}), Begin(), NOW)
    turn = resume({"f": flow}, turn.session, Answered(1, "done", {"fact": told}), NOW)
    assert turn.outputs[-1].text == f"it says {told}"


@pytest.mark.parametrize(
    "step",
    [
        {"http": "http://169.254.169.254/latest/meta-data"},
        {"exec": "id"},
        {"sql": "select 1"},
        {"goto": "other_tenant:balance"},
        {"flow": "../../etc/passwd"},
        {"flow": "{wish}{wish}", "go": "e"},
        {"call": "balance; drop table orders", "go": "e"},
        {"hand": "desk\u0000"},
        {"menu": said("x"), "choices": [choice("1", "../e")]},
        {"branch": [{"when": {"field": "wish", "matches": "(a+)+$"}, "go": "e"}], "go": "e"},
    ],
)
def test_a_kind_a_name_or_a_condition_of_ones_own_is_a_fault(step: dict[str, object]) -> None:
    flow, wrong = read_flow(written({"a": step, "e": {"end": True}}, variables={"wish": "text"}))
    assert wrong or (flow is not None and problems(flow, Surroundings()))


def test_ten_thousand_steps_are_too_many() -> None:
    steps = {f"s{n}": {"say": said("x"), "go": f"s{n + 1}"} for n in range(250)}
    flow, wrong = read_flow(written({**steps, "s250": {"end": True}}))
    assert flow is None
    assert any("at most" in one.told for one in wrong)
    flow, wrong = read_flow("steps:\n" + "".join(f"  s{n}: {{end: true}}\n" for n in range(10_000)))
    assert flow is None
    assert wrong
