"""The condition language: what is refused and where, and what holds of which values."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.kernel.conditions import (
    DEPTH_MAX,
    NODES_MAX,
    VALUES_MAX,
    ConditionNotUnderstood,
    Field,
    Kind,
    evaluate,
    fields_used,
    folded,
    instant_of,
    must_be_valid,
    validate,
)
from qiao.kernel.money import Money

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FIELDS = {
    "segment": Field(Kind.TEXT, choices=frozenset({"vip", "mass"})),
    "title": Field(Kind.TEXT),
    "waited_seconds": Field(Kind.NUMBER),
    "amount": Field(Kind.MONEY),
    "opened_at": Field(Kind.INSTANT),
    "watched": Field(Kind.BOOL),
    "skills": Field(Kind.SET, choices=frozenset({"roaming", "billing"})),
}


def leaf(name: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": name, operator: value}


def nested(depth: int) -> dict[str, Any]:
    tree: dict[str, Any] = leaf("watched", "is", True)
    for _ in range(depth - 1):
        tree = {"not": tree}
    return tree


def test_the_example_of_the_language_is_valid() -> None:
    tree = {
        "all": [
            leaf("segment", "is", "vip"),
            leaf("waited_seconds", "at_least", 30),
            {"not": leaf("amount", "less_than", "12.80")},
            {"any": [leaf("opened_at", "before", "-2d"), leaf("skills", "contains", "roaming")]},
            leaf("title", "is_set", True),
        ]
    }
    assert validate(tree, FIELDS) == []
    must_be_valid(tree, FIELDS)
    assert fields_used(tree) == {"segment", "waited_seconds", "amount", "opened_at", "skills", "title"}


@pytest.mark.parametrize(
    ("tree", "path"),
    [
        (None, ""),
        ([], ""),
        ({}, ""),
        ({"some": []}, ""),
        ({1: []}, ""),
        ({"all": [], "any": []}, ""),
        ({"all": "x"}, "all"),
        ({"any": [{"not": 3}]}, "any[0].not"),
        (leaf("nobody", "is", 1), "field"),
        ({"field": ["title"], "is": "x"}, "field"),
        ({"field": "title"}, ""),
        ({"field": "title", "is": "x", "in": ["x"]}, ""),
        (leaf("title", "matches", "x"), ""),
        (leaf("title", "at_least", "x"), "at_least"),
        (leaf("watched", "in", [True]), "in"),
        (leaf("title", "is_set", False), "is_set"),
        (leaf("title", "in", "x"), "in"),
        (leaf("title", "in", []), "in"),
        (leaf("title", "in", ["x"] * (VALUES_MAX + 1)), "in"),
        (leaf("title", "in", ["x", 3]), "in[1]"),
        (leaf("title", "is", None), "is"),
        (leaf("title", "is", "x" * 501), "is"),
        (leaf("title", "is", "a\x00b"), "is"),
        (leaf("title", "is", "\ud83d"), "is"),
        (leaf("segment", "is", "gold"), "is"),
        (leaf("skills", "contains", "flying"), "contains"),
        (leaf("waited_seconds", "is", True), "is"),
        (leaf("waited_seconds", "is", "30"), "is"),
        (leaf("waited_seconds", "is", float("nan")), "is"),
        (leaf("waited_seconds", "is", 2**53 + 1), "is"),
        (leaf("amount", "is", 12.8), "is"),
        (leaf("amount", "is", "12.801"), "is"),
        (leaf("opened_at", "before", 3), "before"),
        (leaf("opened_at", "before", "yesterday"), "before"),
        (leaf("opened_at", "before", "2026-11-23T02:00:00"), "before"),
        (leaf("opened_at", "before", "0001-01-01T00:00:00+00:00"), "before"),
        (leaf("opened_at", "before", "-2y"), "before"),
        (leaf("watched", "is", 1), "is"),
        (nested(DEPTH_MAX + 1), ".".join(["not"] * DEPTH_MAX)),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(tree: Any, path: str) -> None:
    assert [problem.path for problem in validate(tree, FIELDS)] == [path]
    with pytest.raises(ConditionNotUnderstood) as refused:
        must_be_valid(tree, FIELDS)
    assert "Nothing was saved" in str(refused.value)


def test_every_problem_is_told_not_only_the_first() -> None:
    tree = {"all": [leaf("title", "is", 1), leaf("watched", "is", "x"), nested(2)]}
    assert [problem.path for problem in validate(tree, FIELDS)] == ["all[0].is", "all[1].is"]


def test_a_tree_as_deep_as_allowed_is_valid_and_one_without_end_is_not_walked() -> None:
    assert validate(nested(DEPTH_MAX), FIELDS) == []
    assert len(validate(nested(900), FIELDS)) == 1


def test_too_many_conditions_are_named_once() -> None:
    wide = {"any": [{"all": [leaf("watched", "is", True)] * NODES_MAX}] * 5}
    [problem] = validate(wide, FIELDS)
    assert problem.params == {"limit": NODES_MAX}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["all", "any", "not", "field", "is", "in", "title", "amount"]) | st.text(max_size=3),
                inner,
            )
        ),
        max_leaves=40,
    )
)
def test_anything_from_outside_is_either_refused_or_evaluated(tree: Any) -> None:
    if not validate(tree, FIELDS):
        assert evaluate(tree, {}, NOW) in (True, False)


AMOUNT = Money.of("12.80")


@pytest.mark.parametrize(
    ("operator", "value", "wanted", "holds"),
    [
        ("is", "vip", "vip", True),
        ("is", "vip", "VIP", False),
        ("is", None, "vip", False),
        ("is_not", "vip", "vip", False),
        ("is_not", None, "vip", True),
        ("in", "vip", ["mass", "vip"], True),
        ("in", None, ["vip"], False),
        ("not_in", "vip", ["vip"], False),
        ("not_in", None, ["vip"], True),
        ("contains", "Short Code 3737", "CODE", True),
        ("contains", "Short Code 3737", "1729", False),
        ("contains", None, "x", False),
        ("starts_with", "易图通 3737", "易图", True),
        ("starts_with", "Éa", "éa", False),
        ("is_set", "x", True, True),
        ("is_set", "", True, False),
        ("is_set", None, True, False),
        ("is_empty", "", True, True),
        ("is_empty", None, True, True),
        ("is_empty", 0, True, False),
        ("at_least", 30, 30, True),
        ("at_least", None, 30, False),
        ("at_most", 30.5, 30, False),
        ("more_than", 31, 30, True),
        ("less_than", Decimal("0.1"), 0.2, True),
        ("is", Decimal("0.1"), 0.1, True),
        ("is", AMOUNT, "12.8", True),
        ("in", AMOUNT, ["1", "12.80"], True),
        ("more_than", AMOUNT, "12.79", True),
        ("less_than", AMOUNT, "12.80", False),
        ("before", NOW - timedelta(days=3), "-2d", True),
        ("before", NOW - timedelta(days=1), "-2d", False),
        ("after", NOW, "now", False),
        ("after", NOW + timedelta(hours=1), "+30m", True),
        ("after", NOW, "2026-11-23T09:59:00+08:00", True),
        ("is", False, False, True),
        ("is_not", True, False, True),
        ("is_set", False, True, True),
        ("contains", {"roaming"}, "roaming", True),
        ("contains", ["roaming"], "billing", False),
        ("in", ("roaming",), ["billing", "roaming"], True),
        ("in", frozenset(), ["billing"], False),
        ("not_in", ("roaming",), ["billing"], True),
        ("not_in", ("roaming",), ["roaming"], False),
        ("is_set", frozenset(), True, False),
        ("is_empty", [], True, True),
    ],
)
def test_each_operator_holds_as_its_name_says(operator: str, value: Any, wanted: Any, holds: bool) -> None:
    assert evaluate(leaf("it", operator, wanted), {"it": value}, NOW) is holds
    assert evaluate({"not": leaf("it", operator, wanted)}, {"it": value}, NOW) is not holds


def test_a_field_that_was_not_given_is_empty() -> None:
    assert evaluate(leaf("title", "is_empty", True), {}, NOW)


def test_all_of_nothing_holds_and_any_of_nothing_does_not() -> None:
    assert evaluate({"all": []}, {}, NOW)
    assert not evaluate({"any": []}, {}, NOW)
    assert fields_used({"all": []}) == frozenset()


def test_only_latin_letters_are_folded() -> None:
    assert folded("İSTANBUL ÀB") == "İstanbul Àb"


@pytest.mark.parametrize("unit", "smhdw")
def test_relative_instants_mirror_each_other(unit: str) -> None:
    assert NOW - instant_of(f"-3{unit}", NOW) == instant_of(f"+3{unit}", NOW) - NOW
