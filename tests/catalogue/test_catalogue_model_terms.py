"""On what terms a service is had: eligibility, price, age, and the way back."""

from datetime import UTC, datetime
from typing import Any

import pytest

from qiao.catalogue.model import Parameter, Service, read_parameters
from qiao.catalogue.model_terms import (
    FIELDS,
    REASONS,
    PriceHasChanged,
    Rule,
    TooYoung,
    Undo,
    age_of,
    must_be_eligible,
    must_cost,
    operators_word_needed,
    way_back,
    why_not,
)
from qiao.kernel.conditions import Kind, validate
from qiao.kernel.money import Money
from qiao.kernel.refused import InputNotUnderstood

NOW = datetime(2026, 11, 23, tzinfo=UTC)
GROWN = Rule({"any": [{"field": "age", "is_empty": True}, {"field": "age", "at_least": 18}]}, "too_young")
RUNNING = Rule({"field": "suspended", "is": False}, "suspended")
PAID = Rule({"not": {"field": "owed", "more_than": "0"}}, "owes")
RULES = (RUNNING, PAID, GROWN)
GOOD = {"suspended": False, "owed": Money(0), "age": 30}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, None),
        ({"suspended": True}, "suspended"),
        ({"owed": Money(1)}, "owes"),
        ({"age": 17}, "too_young"),
        ({"age": None}, None),
        ({"suspended": True, "age": 3}, "suspended"),
    ],
)
def test_the_first_rule_that_does_not_hold_says_why(changed: dict[str, Any], why: str | None) -> None:
    assert why_not(RULES, {**GOOD, **changed}, NOW) == why


def test_a_rule_does_not_speak_of_what_is_not_known_yet() -> None:
    assert why_not(RULES, {"age": 40}, NOW) is None
    assert why_not(RULES, {"age": 4}, NOW) == "too_young"
    assert why_not(RULES, {}, NOW) is None


def test_the_operator_is_asked_only_where_a_rule_wants_his_word() -> None:
    rules = [
        Rule({"field": "customer_kind", "is": "person"}, "persons_only"),
        Rule({"field": "suspended", "is": False}, "suspended"),
    ]
    assert operators_word_needed(rules, {"customer_kind": "person"})
    assert not operators_word_needed(rules[:1], {"customer_kind": "person"})
    assert not operators_word_needed(rules, {"customer_kind": "person", "suspended": True})


def test_a_reason_is_a_refusal_of_its_own() -> None:
    must_be_eligible(RULES, GOOD, NOW)
    with pytest.raises(TooYoung):
        must_be_eligible(RULES, {**GOOD, "age": 12}, NOW)
    assert len({one.text for one in REASONS.values()}) == len(REASONS)


@pytest.mark.parametrize(("born", "age"), [(2008, 17), (2007, 18), (None, None)])
def test_a_year_of_birth_counts_only_when_it_is_over(born: int | None, age: int | None) -> None:
    assert age_of(born, NOW) == age


def test_what_was_agreed_must_still_be_the_price() -> None:
    must_cost(None, Money.of("5"))
    must_cost(Money.of("5"), Money.of("5"))
    for other in (Money.of("6"), None):
        with pytest.raises(PriceHasChanged):
            must_cost(Money.of("5"), other)


def test_an_order_is_taken_back_the_first_way_that_can_be_gone() -> None:
    ways = (Undo("set", {"number": "$before.number", "condition": "$condition"}), Undo("off", {"condition": "all"}))
    assert way_back(ways, {"condition": "busy"}, {"number": "139"}) == ("set", {"number": "139", "condition": "busy"})
    assert way_back(ways, {"condition": "busy"}, {}) == ("off", {"condition": "all"})
    assert way_back(ways[:1], {}, {"number": "139"}) is None


def test_every_field_of_a_rule_can_be_asked_for() -> None:
    for name, field in FIELDS.items():
        if field.kind is not Kind.MONEY:
            assert validate({"field": name, "is_set": True}, FIELDS) == []


WANTS = Service(
    "x",
    {"en": "X"},
    "act",
    2,
    (
        Parameter(
            "starts", "choice", needed=False, default="now", options={"now": {"en": "now"}, "later": {"en": "later"}}
        ),
        Parameter("to", "email", needed=False, names={"en": "E-mail", "fr": "Courriel"}),
        Parameter("number", "number", needed=False),
    ),
)


def test_a_choice_that_need_not_be_made_is_one_of_those_offered() -> None:
    assert read_parameters(WANTS, {}) == {}
    assert read_parameters(WANTS, {"starts": "later", "to": "a@b.cn"}) == {"starts": "later", "to": "a@b.cn"}
    for wrong in ({"starts": "never"}, {"to": "a@b"}, {"to": "a b@c.cn"}, {"number": "12-x"}):
        with pytest.raises(InputNotUnderstood) as refused:
            read_parameters(WANTS, wrong)
        assert set(refused.value.fields) == set(wrong)


def test_a_form_calls_a_parameter_by_its_name_in_his_language() -> None:
    assert [WANTS.parameters[1].label(one) for one in ("fr", "de")] == ["Courriel", "E-mail"]
    assert WANTS.parameters[2].label("fr") == "number"
