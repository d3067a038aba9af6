"""Flows as text from anybody: bombs, tags, wrong shapes; each fault with its line, nothing ever raised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.selfservice.model_flow import Texts
from qiao.selfservice.model_text import DEPTH_MAX, PARTS_MAX, TEXT_MAX, FlowProblem, read_tree
from qiao.selfservice.reading import read_flow
from tests.selfservice.writing import choice, said, written

BOMB = "a: &a [x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (BOMB, 1, "anchors"),
        ("x: 1\ny: !!python/object/apply:os.system [ls]", 2, "tags"),
        ("x: !exec ls", 1, "tags"),
        ("a: 1\nb: 2\na: 3", 3, "twice"),
        ("[" * (DEPTH_MAX + 1), 1, "levels deep"),
        ("a:\n" + "- x\n" * (PARTS_MAX + 1), PARTS_MAX - 2, "parts"),
        ("x" * (TEXT_MAX + 1), 0, "longer"),
        ("{? [a] : b}", 1, "no name"),
        ("a: 1\nb: c: d", 2, "not allowed"),
        ("--- a\n--- b", 2, "document"),
        ('a: "\\0"', 1, "character"),
        ('a: "\\ud800"', 1, "character"),
        ("\x00", 0, "acceptable"),
        ('a: "', 1, "end of stream"),
    ],
)
def test_what_could_do_harm_is_refused_with_its_line(text: str, line: int, told: str) -> None:
    read, _, problems = read_tree(text)
    assert read is None
    assert [one.line for one in problems] == [line]
    assert told in problems[0].told


def test_only_words_of_json_are_more_than_texts() -> None:
    text = "a: no\nb: true\nc: 12\nd: 1.5\ne: 2026-11-01\nf: ~\ng:\nh: 0x10\ni: '1'\nj: .inf\nk: false"
    read, lines, problems = read_tree(text)
    assert read == {
        "a": "no", "b": True, "c": 12, "d": 1.5, "e": "2026-11-01", "f": None, "g": None, "h": "0x10", "i": "1",
        "j": ".inf", "k": False,
    }  # fmt: skip
    assert (lines[("h",)], problems) == (8, [])
    assert read_tree("") == (None, {}, [])


@given(st.text(max_size=200) | st.lists(st.sampled_from("abc:-[]{}&*!?|>'\"#%@`, \n\t0~"), max_size=80).map("".join))
def test_no_text_breaks_the_reading(text: str) -> None:
    flow, problems = read_flow(text)
    assert (flow is None) == bool(problems)


GOOD = {
    "menu": {"menu": said("?"), "choices": [choice("1", "ask", words={"en": ["x"]}, when={"field": "level", "is": 1})]},
    "ask": {"ask": said("?"), "kind": "digits", "into": "d", "go": "done", "again": said("!"), "tries": 2, "most": 4},
    "done": {"end": True, "set": {"d": 5}, "guide": {"do": ["x"]}, "tried": said("t")},
}


def test_a_good_flow_is_read_whole() -> None:
    flow, problems = read_flow(written(GOOD, variables={"d": "text"}, fills={"d": "digits"}))
    assert problems == []
    assert flow is not None
    assert list(flow.steps) == ["menu", "ask", "done", "person"]
    assert flow.line_of("steps", "ask", "kind") > flow.line_of("steps", "ask") > 1
    assert flow.line_of("steps", "ask", "nowhere") == flow.line_of("steps", "ask")
    assert flow.line_of("nowhere", "at", "all") == 1


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("kind: digits", "kind: anything", "one of text, digits"),
        ("into: d", "into: D-", "a name in small letters"),
        ("tries: 2", "tries: 20", "whole number from 1 to 9"),
        ("tries: 2", "tries: true", "whole number"),
        ("tries: 2", "kinds: 2", "kinds is not known here"),
        ("end: true", "say: 12", "a text in each language"),
        ("end: true", "say: '@nothing'", "there is no text nothing"),
        ("end: true", "end: true\n    hand: x", "exactly one kind"),
        ("end: true", "goto: x", "exactly one kind"),
        ("variables:\n  d: text", "variables:\n  d: number of things", "one of text, number"),
        ("variables:\n  d: text", "variables:\n  D: text", "a name in small letters"),
        ("variables:\n  d: text", "variables: d", "a table of names"),
        ("variables:\n  d: text", "entry: sometimes", "true or false"),
        ("key: '1'", "key: '0'", "a key is 1 to 99"),
        ("key: '1'", "key: [1]", "a text of at most"),
        ("do:\n      - x", "do: x", "a list of at most"),
        ("when:\n        field: level\n        is: 1", "when: always", "a condition is expected"),
        ("en: t", "tlh: t", "tlh is not known here"),
    ],
)
def test_each_fault_of_shape_is_named_with_its_line(old: str, new: str, told: str) -> None:
    text = written(GOOD, variables={"d": "text"}, fills={"d": "digits"})
    assert old in text
    broken = text.replace(old, new, 1)
    line = broken[: broken.index(new)].count("\n") + 1
    flow, problems = read_flow(broken)
    assert flow is None
    assert any(told in one.told and line - 1 <= one.line <= line + new.count("\n") for one in problems), problems


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "a flow needs steps"),
        ("- a", "a table of names"),
        ("steps: {a: b}", "a step is a table"),
        (written({"a": {"branch": [{"go": "a"}], "go": "a"}}), "an arm needs its condition"),
        (
            written({"a": {"end": True}}, examples=[{"name": "x", "lines": [{"in": "1", "out": "2"}, "x"]}]),
            "a dialogue",
        ),
        (written({f"s{n}": {"end": True} for n in range(300)}), "at most 200"),
    ],
)
def test_what_is_no_flow_at_all_is_told_so(text: str, told: str) -> None:
    flow, problems = read_flow(text)
    assert flow is None
    assert any(told in one.told for one in problems), problems


def test_texts_used_twice_are_written_once() -> None:
    flow, problems = read_flow(written({"a": {"end": "@bye"}}, texts={"bye": said("bye")}))
    assert problems == []
    assert flow is not None
    assert flow.steps["a"].text.say("de") == "bye"  # type: ignore[attr-defined]


def test_faults_stand_in_the_order_of_lines() -> None:
    assert sorted([FlowProblem(3, "a"), FlowProblem(1, "b")]) == [FlowProblem(1, "b"), FlowProblem(3, "a")]


def test_a_text_in_no_language_says_nothing_and_one_that_is_missing_is_said_in_the_nearest() -> None:
    assert Texts(1, {}).say("en") == ""
    assert Texts(1, {"zh-HK": "粵"}).say("zh-CN") == "粵"
    assert Texts(1, {"fr": "oui"}).say("ja") == "oui"
    assert Texts(1, {"fr": "oui", "en": "yes"}).say("ja") == "yes"
