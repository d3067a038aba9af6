"""Lifecycles as data: what is refused in them, which moves there are, and that no case can be stuck in one."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.cases.categories import built_in
from qiao.cases.model_category import STEP_FIELDS
from qiao.cases.model_lifecycle import PLAIN, STAGES_MAX, lifecycle_from, lifecycle_problems, ways_on

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
NAMED = {"zh-CN": "名", "en": "name"}
ITEMS: dict[str, Any] = {"short_code": {}, "text_copy": {}}


def definition(**changed: Any) -> dict[str, Any]:
    return {
        "stages": [{"code": "taken", "name": NAMED}, {"code": "decided", "name": NAMED, "resolves": True}],
        "moves": [
            {
                "code": "decide",
                "name": NAMED,
                "from": ["taken"],
                "to": "decided",
                "right": "cases.decide",
                "needs": ["short_code"],
                "when": {"field": "severity", "at_most": 2},
            },
            {"code": "back", "name": NAMED, "from": ["decided"], "to": "taken"},
        ],
        **changed,
    }


def problems(read: Any) -> list[str]:
    return lifecycle_problems(read, items=ITEMS, fields=STEP_FIELDS)


def test_a_sound_lifecycle_has_nothing_wrong() -> None:
    assert problems(definition()) == []
    life = lifecycle_from(definition())
    assert life.first.code == "taken"
    assert life.stage(None).code == "taken"
    assert life.stage("decided").resolves
    assert life.stage("gone").code == "taken", "a stage that is no more is the first one"


def test_every_lifecycle_that_comes_with_the_house_is_sound_and_used() -> None:
    rules = built_in()
    assert {one.kind for one in rules.categories.values() if one.lifecycle is not PLAIN} == {"complaint", "fault"}
    assert rules.categories["inquiry/plan"].lifecycle is PLAIN
    assert PLAIN.first.resolves


def test_a_move_is_for_whoever_has_the_right_when_its_guard_holds_and_what_it_needs_is_known() -> None:
    life = lifecycle_from(definition())
    values: dict[str, Any] = {"severity": 2, "known": frozenset({"short_code"})}
    assert ways_on(life, None, values, frozenset(), NOW) == ()
    [way] = ways_on(life, "taken", values, frozenset({"cases.decide"}), NOW)
    assert way.open
    [way] = ways_on(life, "taken", {"severity": 2, "known": frozenset()}, frozenset({"cases.decide"}), NOW)
    assert (way.open, way.lacking) == (False, ("short_code",))
    [way] = ways_on(life, "taken", {**values, "severity": 3}, frozenset({"cases.decide"}), NOW)
    assert (way.open, way.guarded) == (False, True)


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("stages",), [], "a lifecycle has 1 to"),
        (("stages",), [{"code": "Bad Code", "name": NAMED}], "a lifecycle has 1 to"),
        (("stages",), [{"code": "a", "name": NAMED}, {"code": "a", "name": NAMED}], "a lifecycle has 1 to"),
        (("stages",), [{"code": f"s{n}", "name": NAMED} for n in range(STAGES_MAX + 1)], "a lifecycle has 1 to"),
        (("stages",), "x", "a lifecycle has 1 to"),
        (("stages",), ["x"], "a lifecycle has 1 to"),
        (("moves",), {"x": 1}, "moves are a list"),
        (("stages", 0, "name"), {"en": "x"}, "stage taken: no name in zh-CN"),
        (("stages", 0, "name"), "x", "stage taken: no name in zh-CN"),
        (("stages", 0, "resolves"), "no", "resolves is true or false"),
        (("moves", 0, "from"), [], "move decide: from is a list"),
        (("moves", 0, "from"), ["nowhere"], "there is no stage nowhere"),
        (("moves", 0, "to"), None, "there is no stage None"),
        (("moves", 0, "right"), 3, "right is the name of a right"),
        (("moves", 0, "needs"), "short_code", "needs is a list of items"),
        (("moves", 0, "needs"), ["odd"], "there is no item odd"),
        (("moves", 0, "when"), {"field": "nothing", "is": 1}, "move decide:"),
        (("stages", 1, "resolves"), False, "is a dead end"),
        (("moves", 0, "to"), "taken", "stage taken is a dead end"),
    ],
)
def test_what_is_wrong_is_named_where_it_stands(path: tuple[Any, ...], value: Any, told: str) -> None:
    read = copy.deepcopy(definition())
    place: Any = read
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert any(told in problem for problem in problems(read)), problems(read)


def test_a_stage_that_nothing_leads_to_is_named() -> None:
    read = definition()
    read["stages"].append({"code": "island", "name": NAMED, "resolves": True})
    assert problems(read) == ["stage island is never reached"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["stages", "moves", "name", "from", "to", "when", "needs", "right", "a"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=15,
    )
)
def test_however_odd_a_definition_is_it_is_refused_in_words(read: Any) -> None:
    found = problems(read)
    assert found, read
    assert all(isinstance(one, str) for one in found)


STAGES = ["a", "b", "c", "d"]


@given(
    st.dictionaries(st.sampled_from(STAGES), st.booleans(), min_size=1),
    st.lists(st.tuples(st.sampled_from(STAGES), st.sampled_from(STAGES)), max_size=8),
)
def test_no_lifecycle_that_is_taken_can_hold_a_case_for_ever(
    stages: dict[str, bool], ways: list[tuple[str, str]]
) -> None:
    read = {
        "stages": [{"code": code, "name": NAMED, "resolves": resolves} for code, resolves in stages.items()],
        "moves": [
            {"code": f"m{n}", "name": NAMED, "from": [start], "to": end}
            for n, (start, end) in enumerate(ways)
            if start in stages and end in stages
        ],
    }
    stuck = {code for code in stages if not _can_be_solved(code, stages, ways)}
    told = problems(read)
    assert {code for code in stages if f"stage {code} is a dead end" in " ".join(told)} == stuck
    if not told:
        assert not stuck


def _can_be_solved(code: str, stages: dict[str, bool], ways: list[tuple[str, str]]) -> bool:
    """Walk on from a stage as long as there is something new."""
    seen, ahead = set(), [code]
    while ahead:
        here = ahead.pop()
        if here in seen or here not in stages:
            continue
        if stages[here]:
            return True
        seen.add(here)
        ahead += [end for start, end in ways if start == here]
    return False
