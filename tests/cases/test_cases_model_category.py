"""The tree of categories and the one next step, as data: what is refused in it, and what it leads to."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from qiao.cases.categories import built_in
from qiao.cases.model import KINDS
from qiao.cases.model_category import CategoriesBroken, category_set, filled, in_language, problems_of
from qiao.cases.model_steps import OnRecord, in_line, listed, missing_items, next_step
from qiao.kernel.languages import LANGUAGES

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
UNWANTED = "complaint/billing/unwanted_value_added_service"


def named(text: str = "x") -> dict[str, str]:
    return dict.fromkeys(LANGUAGES, text)


def step(**changed: Any) -> dict[str, Any]:
    return {"code": "s", "act": "wait", "when": {"all": []}, "text": {"zh-CN": "等", "en": "Wait"}, **changed}


def definition(**changed: Any) -> dict[str, Any]:
    whole = {"severity": 2, "name": named("leaf"), "ask": ["code"], "watch": ["code"], "declare": ["holder"]}
    return {**whole, "steps": [step()], **changed}


def vocabulary(**changed: Any) -> dict[str, Any]:
    return {
        "items": {"code": {"kind": "digits", "name": named("code"), "hint": named("such as 3737")}},
        "declarations": {"holder": named("I am the holder")},
        "groups": {
            "complaint": {"zh-CN": "投诉", "en": "Complaint"},
            "complaint/bill": {"zh-CN": "账单", "en": "Bill"},
        },
        "categories": {"complaint/bill/odd": definition()},
        "steps": {"first": [], "last": [step(code="last")]},
        **changed,
    }


def test_the_built_in_tree_holds_together_and_has_every_kind_of_request() -> None:
    rules = built_in()
    assert {one.kind for one in rules.categories.values()} == set(KINDS)
    assert all(set(one.name) == set(LANGUAGES) for one in rules.categories.values())
    assert any(len(one.ancestors) == 2 for one in rules.categories.values())


def test_a_category_is_called_with_its_groups() -> None:
    rules = built_in()
    assert rules.path(UNWANTED, "en") == "Complaint › Billing › Value-added service not asked for"
    assert rules.name(UNWANTED, "zh-CN") == "未申请的增值业务"
    assert rules.name("no/such/code", "en") == "no/such/code"
    assert rules.categories[UNWANTED].ancestors == ("complaint", "complaint/billing")


def test_a_language_that_has_no_text_reads_the_nearest_or_english() -> None:
    assert in_language({"zh-CN": "好", "en": "good"}, "zh-HK") == "好"
    assert in_language({"zh-CN": "好", "en": "good"}, "fr") == "good"


def test_only_named_places_are_filled() -> None:
    assert filled("{a} and {b} {0} {a.__class__}", {"a": "1"}) == "1 and   {a.__class__}"


def test_a_set_from_definitions_has_all_that_was_defined() -> None:
    rules = category_set(vocabulary())
    leaf = rules.categories["complaint/bill/odd"]
    assert (leaf.kind, leaf.severity, leaf.version, leaf.watch, leaf.declare) == (
        "complaint",
        2,
        1,
        ("code",),
        ("holder",),
    )
    assert [item.key for item in leaf.ask] == ["code"]
    assert [one.code for one in (*leaf.steps, *rules.first, *rules.last)] == ["s", "last"]


@pytest.mark.parametrize(
    ("code", "changed", "problem"),
    [
        ("moan/odd", {}, "no kind"),
        ("complaint/Bill", {}, "no kind"),
        ("complaint/tax/odd", {}, "no group complaint/tax"),
        ("complaint/bill/odd", {"severity": 5}, "severity is 1 to 4"),
        ("complaint/bill/odd", {"severity": None}, "severity is 1 to 4"),
        ("complaint/bill/odd", {"name": {"en": "odd"}}, "name: no zh-CN"),
        ("complaint/bill/odd", {"name": "odd"}, "name: no texts"),
        ("complaint/bill/odd", {"name": named() | {"ko": "  "}}, "name: no ko"),
        ("complaint/bill/odd", {"ask": ["shoe_size"]}, "no item shoe_size"),
        ("complaint/bill/odd", {"ask": [], "watch": ["code"]}, "code is watched and not asked for"),
        ("complaint/bill/odd", {"declare": ["love"]}, "no declaration love"),
        ("complaint/bill/odd", {"steps": [step(act="dance")]}, "no act dance"),
        ("complaint/bill/odd", {"steps": [step(act="perform")]}, "a service is named"),
        ("complaint/bill/odd", {"steps": [step(service="cancel")]}, "a service is named"),
        ("complaint/bill/odd", {"steps": [step(when={"field": "mood", "is": "bad"})]}, "step s: "),
        (
            "complaint/bill/odd",
            {"steps": [step(text={"en": "Find {x}", "zh-CN": "找"})]},
            "other placeholders in zh-CN",
        ),
        ("complaint/bill/odd", {"steps": [step(text=None)]}, "step s: no texts"),
    ],
)
def test_an_edited_category_that_breaks_a_rule_is_told_which(code: str, changed: dict[str, Any], problem: str) -> None:
    found = problems_of(code, definition(**changed), vocabulary())
    assert any(problem in one for one in found), found


def test_a_sound_category_has_no_problems() -> None:
    assert problems_of("complaint/bill/odd", definition(), vocabulary()) == []
    assert problems_of("complaint/bill/odd", {"severity": 4, "name": named()}, vocabulary()) == []


@pytest.mark.parametrize(
    ("part", "value", "problem"),
    [
        ("items", {"Code": {"kind": "digits", "name": named()}}, "unknown kind or odd key"),
        ("items", {"code": {"kind": "mood", "name": named()}}, "unknown kind or odd key"),
        ("items", {"code": {"kind": "digits", "name": {"en": "code"}}}, "item code: no zh-CN"),
        ("items", {"code": {"kind": "digits", "name": named(), "hint": {"en": "x"}}}, "hint of code: no fr"),
        ("declarations", {"holder": {"en": "I"}}, "declaration holder: no ar"),
        (
            "groups",
            {"complaint": {"en": "C"}, "complaint/bill": {"zh-CN": "账", "en": "B"}},
            "group complaint: no zh-CN",
        ),
        ("steps", {"first": [step(act="dance")], "last": [step()]}, "no act dance"),
        ("steps", {"first": [], "last": []}, "the last step of all must always hold"),
        ("steps", {"first": [], "last": [step(when={"field": "severity", "is": 1})]}, "must always hold"),
        ("categories", {"complaint/bill/odd": definition(severity=0)}, "complaint/bill/odd: severity is 1 to 4"),
    ],
)
def test_a_set_that_does_not_hold_together_does_not_start(part: str, value: Any, problem: str) -> None:
    with pytest.raises(CategoriesBroken, match=problem.replace("/", ".")):
        category_set(vocabulary(**{part: copy.deepcopy(value)}))


def step_of(code: str, **known: Any) -> tuple[str, str]:
    rules = built_in()
    record = OnRecord(**{"status": "open", "severity": 2, **known})
    found = next_step(rules.categories[code], record, rules, NOW)
    return found.code, found.say("en")


def test_the_story_of_the_odd_text_leads_from_step_to_step() -> None:
    assert step_of(UNWANTED)[0] == "ask"
    asked = frozenset({"short_code", "text_copy", "received_at", "sender_number"})
    waiting = step_of(UNWANTED, status="waiting_for_customer", asked=asked)
    assert waiting[0] == "wait_for_information"
    assert "code the text came from" in waiting[1]
    answered = (("short_code", "3737"),)
    assert step_of(UNWANTED, status="waiting_for_us", facts=answered, unread=True)[0] == "look"
    assert step_of(UNWANTED, facts=answered) == ("cancel", "Find and cancel the service of code 3737")
    tried = frozenset({"cancel_subscription"})
    assert step_of(UNWANTED, facts=answered, tried=tried)[0] == "promise_next_bill"
    known = tuple((key, "x") for key in asked)
    assert step_of(UNWANTED, facts=known, tried=tried, promises_open=1)[0] == "resolve"


@pytest.mark.parametrize(
    ("known", "code"),
    [
        ({"promise_broken": "ring him", "unread": True}, "keep_promise"),
        ({"status": "resolved"}, "wait_for_proof"),
        ({"status": "resolved", "unread": True}, "look"),
        ({"status": "verified"}, "wait_for_word"),
        ({"status": "closed", "promise_broken": "ring him", "unread": True}, "nothing_left"),
    ],
)
def test_the_houses_own_steps_come_first(known: dict[str, Any], code: str) -> None:
    assert step_of(UNWANTED, **known)[0] == code


def test_a_broken_promise_is_named_in_the_step() -> None:
    assert step_of("inquiry/other", promise_broken="ring him") == (
        "keep_promise",
        "Keep the promise that is overdue: ring him",
    )


def test_nobody_is_asked_what_is_known() -> None:
    leaf = built_in().categories[UNWANTED]
    missing = missing_items(leaf, frozenset({"short_code", "text_copy"}))
    assert [item.key for item in missing] == ["received_at", "sender_number"]
    assert listed(missing, "zh-CN") == "收到短信的时间、发来短信的手机号码"
    assert listed(missing, "en") == "when the text arrived, number the text came from"
    assert in_line(["a", "b"], "ar") == "a، b"


def test_a_step_of_this_case_alone_comes_after_what_the_house_says_and_before_its_category() -> None:
    code = "complaint/billing/unwanted_value_added_service"
    assert step_of(code, added="Ask the provider") == ("added", "Ask the provider")
    assert step_of(code, added="Ask the provider", unread=True)[0] == "look"
    assert step_of(code, added="")[0] != "added"
