"""Flows from somebody who means ill: too much, too deep, expressions, format tricks; refused at once, with a line."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from qiao.selfservice.built_in import checked
from qiao.selfservice.drawing import diagram
from qiao.selfservice.model import FRAMES_MAX, STEPS_MAX
from qiao.selfservice.reading import STEPS_MAX as WRITTEN_MAX
from tests.selfservice.talking import ENDS, MENU, Talk
from tests.selfservice.writing import choice, flow_of, said, written

AT_ONCE = 5.0
"""Seconds, on a machine with much else to do; a bomb takes hours."""
HEADER = "flow: f\nstart: s0\nhuman: p\nsteps:\n"
COND = {"field": "language", "is": "en"}
BOMBS = {
    "a thousand levels of lists": "[" * 1_000,
    "a hundred thousand levels of lists": "[" * 100_000,
    "a thousand levels of tables": "{a: " * 1_000,
    "as many levels as fit": "- " * 149_999,
    "levels of keys": "? " * 100_000,
    "levels by indentation": "".join(" " * depth + "a:\n" for depth in range(700)),
    "seven thousand steps": HEADER + "".join(f"  s{n}: {{say: x, go: s{n + 1}}}\n" for n in range(7_000)),
    "one step too many": HEADER + "".join(f"  s{n}: {{end: x}}\n" for n in range(WRITTEN_MAX + 1)),
    "ten thousand steps": HEADER + "".join(f"  s{n}: {{say: x, go: s{n + 1}, tried: x}}\n" for n in range(10_000)),
    "one endless word": "flow: " + "x" * 299_000,
    "one endless key": "x" * 299_000 + ": 1",
    "merged keys": "a: {x: 1}\nb:\n  <<: *a\n",
    "laughs": "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "an object": "flow: !!python/object/apply:os.system ['true']\n",
    "a name of Python": "flow: !!python/name:os.system\n",
    "a tag with an address": "flow: !<tag:yaml.org,2002:python/module:os> x\n",
    "an include": "flow: !include /etc/passwd\n",
    "two documents": "flow: f\n---\nflow: g\n",
    "a directive": "%TAG ! tag:evil.example,2026:\n---\nflow: !x y\n",
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_refused_at_once_in_few_words(text: str) -> None:
    began = time.perf_counter()
    flow, problems = checked(text)
    assert time.perf_counter() - began < AT_ONCE
    assert flow is None
    assert problems
    assert all(len(one.told) < 300 for one in problems)


def ladder() -> dict[str, Any]:
    """2 to the power of 95 ways through, at one branch a step."""
    steps = {f"s{n}": {"branch": [{"when": COND, "go": f"s{n + 1}"}], "go": f"s{n + 2}"} for n in range(190)}
    return {**steps, "s190": {"hand": "general"}, "s191": {"hand": "general"}}


def mesh() -> dict[str, Any]:
    """Every step leads to many others."""
    return {
        f"s{n}": {"branch": [{"when": COND, "go": f"s{(n * 7 + k) % 100}"} for k in range(1, 20)], "go": "person"}
        for n in range(100)
    }


def chain() -> dict[str, Any]:
    steps = {f"s{n}": {"say": said("x"), "go": f"s{n + 1}"} for n in range(190)}
    return {**steps, "s190": {"hand": "general"}}


@pytest.mark.parametrize("steps", [ladder(), mesh(), chain()], ids=["ladder", "mesh", "chain"])
def test_a_flow_with_more_ways_than_atoms_is_checked_and_drawn_at_once(steps: dict[str, Any]) -> None:
    began = time.perf_counter()
    flow, _ = checked(written(steps))
    assert flow is not None
    assert len(diagram(flow, "en").boxes) >= len(steps)
    assert time.perf_counter() - began < 2 * AT_ONCE


def test_a_turn_ends_with_a_person_when_there_is_no_end_of_it() -> None:
    talk = Talk(flow_of(chain()))
    assert talk.session.over == "handed"
    assert len(talk.texts) <= STEPS_MAX + 1


def test_flows_that_run_each_other_for_ever_go_no_deeper_than_they_may_and_keep_little() -> None:
    one = flow_of({"a": {"menu": said("?"), "choices": [choice("1", "b")]}, "b": {"flow": "g", "go": "a"}})
    other = flow_of({"a": {"menu": said("?"), "choices": [choice("1", "b")]}, "b": {"flow": "f", "go": "a"}}, flow="g")
    talk = Talk(one, other)
    for _ in range(1_000):
        if talk.session.over:
            break
        talk.say("1")
    assert talk.session.over == "handed"
    assert len(talk.session.frames) <= FRAMES_MAX


def test_a_thousand_answers_in_a_circle_keep_the_session_small() -> None:
    talk = Talk(flow_of({"a": {"menu": said("?"), "choices": [choice("1", "b"), choice("2", "one")]},
                         "b": {"say": said("again"), "tried": said("it"), "go": "a"}, **ENDS}))  # fmt: skip
    for _ in range(1_000):
        talk.say("1")
    assert talk.session.over == ""
    assert len(json.dumps(talk.session.as_json())) < 100_000


EXPRESSIONS = [
    "{a.__class__}", "{a.__init__.__globals__}", "{0}", "{}", "{a!r}", "{a:>999999999}", "{a[0]}", "{{7*7}}", "{{a}}",
    "{__import__('os').system('true')}", "{a}{b", "{ a }", "{A}",
]  # fmt: skip


@pytest.mark.parametrize("trick", EXPRESSIONS)
def test_an_expression_in_a_text_of_an_author_is_named_with_its_line_and_worth_nothing_if_it_ran(trick: str) -> None:
    steps = {"q": {"menu": said(f"so: {trick}"), "choices": [choice("1", "one")]}, **ENDS}
    text = written(steps, variables={"a": "text", "b": "text"})
    flow, problems = checked(text)
    assert flow is not None
    line = text[: text.index("so: ")].count("\n") + 1
    assert any(line - 1 <= one.line <= line + 10 and "braces" in one.told for one in problems), problems
    shown = Talk(flow, variables={"a": "[A]", "b": "[B]"}).texts[0]
    assert "49" not in shown
    assert "class" not in shown.replace(trick, "")
    assert len(shown) < 200


@pytest.mark.parametrize("word", ["%s", "${a}", "<%= 7*7 %>", "#{7*7}", "`id`", "$(id)", "{% print(7*7) %}", "@a"])
def test_what_is_an_expression_elsewhere_is_plain_text_here(word: str) -> None:
    talk = Talk(flow_of({"q": {"menu": said(f"so: {word}"), "choices": [choice("1", "one")]}, **ENDS}))
    assert "49" not in talk.texts[0]
    assert "uid=" not in talk.texts[0]


@pytest.mark.parametrize(
    "when",
    [
        "__import__('os').system('true')",
        {"field": "__class__", "is": "x"},
        {"field": "language.__class__", "is": "x"},
        {"field": "language", "matches": "(a+)+$"},
        {"eval": "1+1"},
        {"field": "language", "is": {"__reduce__": ["os.system", "true"]}},
        ["language"],
        [[[["language"]]]],
    ],
)
def test_a_condition_that_is_code_or_names_what_is_not_there_is_refused(when: Any) -> None:
    steps = {"q": {"branch": [{"when": when, "go": "one"}], "go": "two"}, **ENDS}
    _, problems = checked(written(steps))
    assert problems


@pytest.mark.parametrize("name", ["__class__", "a.b", "a b", "A", "1a", "a" * 200, "{a}", "with", "self"])
def test_names_of_steps_and_variables_are_plain_or_refused(name: str) -> None:
    flow, problems = checked(written({"q": MENU, **ENDS}, variables={name: "text"}))
    assert problems or flow is not None
    if name not in ("with", "self"):
        assert problems
