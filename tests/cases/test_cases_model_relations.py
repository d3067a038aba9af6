"""What may stand beside what: no case is part of itself, and one person's cases are one person's."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.cases.causes import cause_tree
from qiao.cases.model_causes import CausesBroken, asked_for, causes_from
from qiao.cases.model_relations import DEPTH_MAX, in_order, makes_circle, share_a_customer
from qiao.cases.model_views import problems_in_words
from qiao.kernel.conditions import Problem
from qiao.kernel.ids import CaseId, new_id

IDS = [CaseId(new_id()) for _ in range(6)]


@given(st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), max_size=20))
def test_cases_put_under_each_other_in_any_order_never_make_a_circle(wishes: list[tuple[CaseId, CaseId]]) -> None:
    parents: dict[CaseId, CaseId] = {}
    for below, above in wishes:
        if below != above and below not in parents and not makes_circle(below, above, parents):
            parents[below] = above
    for start in IDS:
        seen, here = set(), start
        while here in parents:
            assert here not in seen
            seen.add(here)
            here = parents[here]


def test_a_chain_that_is_too_long_is_taken_for_a_circle() -> None:
    chain = [CaseId(new_id()) for _ in range(DEPTH_MAX + 1)]
    parents = dict(itertools.pairwise(chain))
    assert makes_circle(CaseId(new_id()), chain[0], parents)


def test_two_cases_are_named_in_one_order_whoever_asks() -> None:
    assert in_order(IDS[0], IDS[1]) == in_order(IDS[1], IDS[0])


def test_a_case_without_a_customer_goes_with_anybodys() -> None:
    assert share_a_customer([None, "a"])
    assert not share_a_customer(["b", "a"])


def test_causes_are_chosen_at_the_leaves_and_called_with_their_groups() -> None:
    tree = cause_tree()
    assert "charge/rated_late" in tree.leaves
    assert "charge" not in tree.leaves
    assert tree.path("charge/rated_late", "en") == "Charge › Rated late"
    assert tree.path("no/more", "en") == "no › no/more"
    assert tree.system("billing", "zh-CN") == "计费系统"
    assert tree.system("gone", "en") == "gone"


def test_a_solution_tells_its_cause_where_there_is_one_to_tell() -> None:
    assert asked_for("complaint", "remedied")
    assert not asked_for("complaint", "withdrawn")
    assert not asked_for("thanks", "remedied")


def test_a_tree_without_a_name_or_a_group_is_refused_with_its_place() -> None:
    with pytest.raises(CausesBroken, match="causes a/b: no name in zh-CN; there is no group a"):
        causes_from({"systems": {}, "causes": {"a/b": {"en": "x"}}})


def test_what_is_wrong_with_a_condition_is_said_in_one_line() -> None:
    told = problems_in_words([Problem("all[0]", "no {what}", {"what": "x"}), Problem("", "empty")])
    assert told == "all[0]: no x; condition: empty"
