"""How a solution is proved: conditions, months, charges on bills, the customer's word and his silence."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.bss import Bill, BillLine, Subscription
from qiao.cases.categories import built_in
from qiao.cases.model import LastResolution, Standing, status_of
from qiao.cases.model_charges import charges_on, matches, standing, subscriptions_of
from qiao.cases.model_confirmation import SILENCE, next_silence_step, number_in, reply_of
from qiao.cases.model_verification import (
    ASKS_AGAIN,
    DAILY,
    Months,
    ask_again_after,
    condition_from,
    condition_problems,
    first_look_at,
    month_after,
    month_of,
    months_between,
    months_for,
    readable_at,
    verified_of,
)
from qiao.kernel.money import Money

NOVEMBER = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CHECKERS = {"bill": frozenset({"codes"}), "gone": frozenset[str]()}
OUTCOMES = st.sampled_from(["passed", "failed", "unknown"])
TEXT = {"zh-CN": "无收费", "en": "No charge"}


def condition(**changed: Any) -> dict[str, Any]:
    return {"code": "this_bill", "check": "bill", "text": TEXT, "bill": "this", **changed}


def line(
    ref: str, minor: int, kind: str = "value_added", provider: str | None = "3737", name: str = "易图通"
) -> BillLine:
    return BillLine(ref, NOVEMBER, kind, {"zh-CN": name, "en": "Pictures"}, Money(minor), provider)


def bill(*lines: BillLine, state: Any = "issued") -> Bill:
    return Bill("2026-11", lines, Money(sum(one.amount.minor for one in lines)), state, None)


# Months and looks --------------------------------------------------------------------------------------------------


def test_months_are_those_of_the_matter_and_never_one_that_was_over_when_it_came_up() -> None:
    months = Months("2026-12", "2026-10")
    told = {bill: months.of(bill) for bill in ("named", "this", "next", "following", "")}
    assert told == {"named": "2026-10", "this": "2026-12", "next": "2027-01", "following": "2026-12", "": ""}
    assert Months("2026-12").of("following") == "2027-01"
    assert month_of(datetime(2026, 11, 30, 16, 30, tzinfo=UTC)) == "2026-12", "in Shanghai it is December already"
    again = datetime(2027, 1, 5, tzinfo=UTC)
    assert months_for(NOVEMBER, again, ["2026-10", "odd", "2026-09"]) == Months("2027-01", "2026-10")
    assert months_for(NOVEMBER, None, []) == Months("2026-11")


def test_months_between_two_are_all_of_them_and_at_most_three_years() -> None:
    assert months_between("2026-11", "2027-01") == ["2026-11", "2026-12", "2027-01"]
    assert months_between("2027-01", "2026-11") == []
    assert len(months_between("2000-01", "2027-01")) == 36


@given(st.integers(2000, 2098), st.integers(1, 12))
def test_the_month_after_comes_after_and_nothing_lies_between(year: int, number: int) -> None:
    month = f"{year}-{number:02d}"
    assert months_between(month, month_after(month)) == [month, month_after(month)]
    assert readable_at(month) > datetime(year, number, 1, tzinfo=UTC)


def test_a_condition_about_a_bill_is_looked_at_when_the_bill_can_be_read() -> None:
    months = Months("2026-11")
    at_once = condition_from(condition(bill="", after_hours=0))
    later = condition_from(condition(bill="", after_hours=48))
    next_bill = condition_from(condition(bill="next", **{"with": {"codes": 3737}}))
    assert first_look_at(at_once, resolved_at=NOVEMBER, months=months) == NOVEMBER
    assert first_look_at(later, resolved_at=NOVEMBER, months=months) == NOVEMBER + timedelta(days=2)
    assert first_look_at(next_bill, resolved_at=NOVEMBER, months=months) == readable_at("2026-12")
    assert next_bill.asks == {"codes": "3737"}


def test_what_cannot_be_known_is_asked_ever_more_slowly() -> None:
    waits = [ask_again_after(tries) for tries in range(1, len(ASKS_AGAIN) + 3)]
    assert waits == sorted(waits)
    assert waits[-1] == ask_again_after(0) == DAILY


@given(st.lists(st.sampled_from("abc"), max_size=3), st.dictionaries(st.sampled_from("abcd"), OUTCOMES))
def test_nothing_is_verified_but_by_every_condition_and_one_failure_is_enough(
    required: list[str], outcomes: dict[str, Any]
) -> None:
    told = verified_of(required, outcomes)
    if told is True:
        assert {*required, *outcomes}
        assert all(outcomes.get(name) == "passed" for name in {*required, *outcomes})
    assert (told is False) == ("failed" in outcomes.values())


def test_conditions_of_the_house_are_sound_and_the_unwanted_service_looks_at_both_bills() -> None:
    unwanted = built_in().categories["complaint/billing/unwanted_value_added_service"]
    assert {one.check for one in unwanted.prove} == {"service_cancelled", "no_charge_on_bill", "charges_reversed"}
    assert {one.bill for one in unwanted.prove if one.check == "no_charge_on_bill"} == {"this", "next"}


@pytest.mark.parametrize(
    ("conditions", "told"),
    [
        ("x", "its conditions are no list"),
        (["x"], "condition in line 1: it is no condition"),
        ([condition(code="Bad Code")], "line 1: its code is odd"),
        ([condition(), condition()], "condition this_bill stands there twice"),
        ([condition(check="magic")], "there is no checker magic"),
        ([condition(check="magic", **{"with": ["codes"]})], "what it is told is no list of names"),
        ([condition(**{"with": {"colour": 1}})], "bill takes no colour"),
        ([condition(bill="last")], "there is no bill last"),
        ([condition(after_hours=-1)], "after_hours is 0 to"),
        ([condition(after_hours=True)], "after_hours is 0 to"),
        ([condition(expires_days=0)], "expires_days is 1 to"),
        ([condition(when="now")], "nobody knows the word when"),
        ([condition(text={"en": "x"})], "its text is needed in"),
        ([condition(text="x")], "its text is needed in"),
    ],
)
def test_what_is_wrong_with_a_condition_is_named_with_its_line(conditions: Any, told: str) -> None:
    found = condition_problems(conditions, CHECKERS)
    assert any(told in one for one in found), found


def test_a_sound_condition_has_nothing_wrong_and_a_house_without_checkers_knows_none() -> None:
    assert condition_problems([condition()], CHECKERS) == []
    assert condition_problems([condition(check="no_such_checker")]) != []


# Charges -----------------------------------------------------------------------------------------------------------


def test_a_charge_is_meant_by_its_code_or_by_enough_of_its_name() -> None:
    assert matches(["3737"], short=("3737", None), names=())
    assert matches(["易图"], short=(), names=("易图通图片社区",))
    assert not matches(["3"], short=("3737",), names=("3 pictures",)), "a digit in a name means nothing"
    assert not matches(["37"], short=("3737",), names=("37 pictures",))
    assert not matches([], short=("3737",), names=())


def test_of_what_runs_on_a_number_only_what_is_meant_is_found() -> None:
    one = Subscription("s1", "pic", {"en": "Pictures"}, "3737", "Yitu", "3737", Money(1000), NOVEMBER, "sms")
    other = Subscription("s2", "news", {"en": "News"}, "1065", "Daily", "1065", Money(300), NOVEMBER, "web")
    assert subscriptions_of([one, other], ["3737"]) == [one]


def test_what_was_given_back_stands_no_more_wherever_it_was_written() -> None:
    charged = line("added-1", 1000)
    named = line("reversal-added-1", -1000, "adjustment", None)
    loose = line("credit-9", -400, "adjustment")
    assert [one.left.minor for one in charges_on(bill(charged), ["3737"])] == [1000]
    assert standing(charges_on(bill(charged, named), ["3737"])) == []
    assert [one.left.minor for one in standing(charges_on(bill(charged, loose), ["3737"]))] == [600]
    two = bill(charged, line("added-2", 500), line("credit-9", -1200, "adjustment"))
    assert [one.left.minor for one in charges_on(two, ["3737"])] == [0, 300]
    nobodys = bill(line("added-1", 1000, provider=None), line("credit-9", -400, "adjustment", None))
    assert [one.left.minor for one in charges_on(nobodys, ["易图"])] == [1000]
    assert charges_on(bill(line("plan-1", 12800, "plan", None, "套餐")), ["3737"]) == []
    assert not charges_on(bill(charged, state="open"), ["3737"])[0].issued


@given(st.lists(st.tuples(st.booleans(), st.integers(-3000, 3000)), max_size=8))
def test_never_is_more_or_less_left_than_was_charged(told: list[tuple[bool, int]]) -> None:
    lines = [
        line(f"l{n}", amount, "value_added" if amount > 0 else "adjustment", "3737" if ours else "9")
        for n, (ours, amount) in enumerate(told)
    ]
    found = charges_on(bill(*lines), ["3737"])
    assert all(0 <= one.left.minor <= one.line.amount.minor for one in found)
    given_back = -sum(one.amount.minor for one in lines if one.amount.minor < 0)
    assert sum(one.line.amount.minor - one.left.minor for one in found) <= given_back


# The customer's word -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "says"),
    [("1", "yes"), (" １ ", "yes"), ("是的。", "yes"), ("YES!", "yes"), ("Oui", "yes"), ("نعم", "yes"), ("예", "yes"),
     ("C-261123-0007 yes", "yes"), ("2", "no"), ("没解决", "no"), ("Nein.", "no"), ("いいえ", "no"), ("لا", "no"),
     ("", None), ("maybe", None), ("yes but the charge is still there and I want it back", None), ("12", None)],
)  # fmt: skip
def test_a_reply_is_a_yes_or_a_no_in_nine_languages_or_nothing(reply: str, says: str | None) -> None:
    assert reply_of(reply) == says


def test_the_case_that_a_reply_means_is_read_out_of_it() -> None:
    assert number_in("c261123 0007 yes") == "C-261123-0007"
    assert number_in("yes") is None


def test_silence_takes_each_step_once_and_ends_at_rest() -> None:
    taken: list[str] = []
    while (following := next_silence_step(taken)) is not None:
        taken.append(following[0])
    assert taken == [step for step, _ in SILENCE]


def test_a_case_rests_only_after_its_proof_and_until_he_is_heard_of() -> None:
    at = NOVEMBER
    proved = LastResolution(at, verified=True)
    later = at + timedelta(days=13)
    assert status_of(Standing(resolution=proved)) == "verified"
    assert status_of(Standing(resolution=proved, dormant_at=later)) == "dormant"
    assert status_of(Standing(resolution=proved, dormant_at=at - timedelta(days=1))) == "verified"
    assert status_of(Standing(resolution=proved, dormant_at=later, woken_at=later)) == "verified"
    assert status_of(Standing(resolution=LastResolution(at), dormant_at=later)) == "resolved"
