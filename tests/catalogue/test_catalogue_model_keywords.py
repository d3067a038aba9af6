"""Codes people text, however they write them, and what they write behind them."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.catalogue.model import Parameter, read_parameters
from qiao.catalogue.model_keywords import example_of, folded, month_of, options_named, read_choices, read_rest
from qiao.catalogue.services import find_by_keyword, service, services
from qiao.kernel.refused import InputNotUnderstood

TODAY = date(2026, 11, 24)
LAST = Parameter("month", "month", default="last_month")


def found(text: str) -> tuple[str, str] | None:
    one = find_by_keyword(text)
    return (one.service.code, one.rest) if one else None


@pytest.mark.parametrize(
    ("text", "code", "rest"),
    [
        ("YE", "balance", ""),
        ("ye", "balance", ""),
        ("ＹＥ", "balance", ""),
        (" y e ", "balance", ""),
        ("余额？", "balance", ""),
        ("查余额", "balance", ""),
        ("Solde", "balance", ""),
        ("الرصيد", "balance", ""),
        ("ZD2026-10", "bill", "2026-10"),
        ("zd 202610", "bill", "202610"),
        ("账单10月", "bill", "10月"),
        ("ZD：10", "bill", "10"),
        ("0000", "cancel_all_subscriptions", ""),
        ("QX 易图通", "cancel_subscription", "易图通"),
        ("QXQB", "cancel_all_subscriptions", ""),
        ("cancel all", "cancel_all_subscriptions", ""),
        ("BILLS", "bills", ""),
    ],
)
def test_a_code_or_name_is_known_however_it_is_written(text: str, code: str, rest: str) -> None:
    assert found(text) == (code, rest)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "？", "yesterday", "YE ZD", "00001", "0000 1234 5", "please", "ZDX", "余", "\u202e", "a" * 5_000],
)
def test_what_only_looks_like_a_code_or_holds_two_names_nothing(text: str) -> None:
    assert found(text) is None or (text == "0000 1234 5" and found(text) == ("cancel_all_subscriptions", "1234 5"))


@pytest.mark.parametrize(
    ("rest", "month"),
    [
        ("", "2026-10"),
        ("2026-09", "2026-09"),
        ("202609", "2026-09"),
        ("2026年9月", "2026-09"),
        ("2026/9", "2026-09"),
        ("11", "2026-11"),
        ("12月", "2025-12"),
        ("9月份", "2026-09"),
    ],
)
def test_a_month_is_read_as_people_write_it(rest: str, month: str) -> None:
    assert month_of(rest, LAST, TODAY) == month


@pytest.mark.parametrize("rest", ["13", "2026-13", "0", "tomorrow", "2026", "1999-10"])
def test_what_is_no_month_is_none(rest: str) -> None:
    assert month_of(rest, LAST, TODAY) is None


def test_the_month_before_january_is_last_years_december() -> None:
    assert month_of("", LAST, date(2027, 1, 1)) == "2026-12"
    assert month_of("", Parameter("month", "month"), date(2027, 1, 1)) == "2027-01"


def test_what_follows_a_code_fills_its_parameters_or_is_refused_by_name() -> None:
    assert read_rest(service("bill"), "10", TODAY) == {"month": "2026-10"}
    assert read_rest(service("balance"), "please", TODAY) == {}
    assert read_rest(service("correct_address"), "人民路 1 号", TODAY) == {"address": "人民路 1 号"}
    for code, rest, field in (("bill", "soon", "month"), ("correct_address", "", "address")):
        with pytest.raises(InputNotUnderstood) as refused:
            read_rest(service(code), rest, TODAY)
        assert set(refused.value.fields) == {field}
    assert read_rest(service("give_credit"), "5", TODAY)["amount"] == "5"


def test_things_offered_are_named_by_a_whole_name_before_a_part_of_one() -> None:
    offered = {"a": ["彩铃"], "b": ["个性彩铃", "Ring-back tone"], "c": ["手机早报"]}
    assert options_named("彩铃", offered) == ["a"]
    assert options_named("ring", offered) == ["b"]
    assert options_named("手机", offered) == ["c"]
    assert options_named("？", offered) == []
    assert options_named("nothing", offered) == []


def test_an_optional_parameter_left_out_is_left_out() -> None:
    from dataclasses import replace

    optional = replace(service("correct_address"), parameters=(Parameter("address", "line", needed=False),))
    assert read_rest(optional, "", TODAY) == {}


@given(st.sampled_from([word for one in services(audience="customer") for word in one.sms_keywords]))
def test_every_code_is_found_wide_spaced_and_small(word: str) -> None:
    wide = "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in word)
    assert found(word) == found(wide) == found(" ".join(word.lower()))
    assert found(word) is not None


@given(st.text(max_size=200))
def test_whatever_is_written_is_read_without_failing(text: str) -> None:
    find_by_keyword(text)
    assert folded(f" {text}"[:160]) == folded(text[:159])


@pytest.mark.parametrize(
    ("code", "rest", "given"),
    [
        ("set_forwarding", "13800138000", {"number": "13800138000"}),
        ("set_forwarding", "忙线时 13800138000", {"number": "13800138000", "when": "busy"}),
        ("set_forwarding", "13800138000，when busy", {"number": "13800138000", "when": "busy"}),
        ("set_forwarding", "NO ANSWER; 13800138000", {"number": "13800138000", "when": "no_answer"}),
        ("end_forwarding", "", {}),
        ("end_forwarding", "busy", {"when": "busy"}),
        ("end_forwarding", "all calls", {"when": "all"}),
        ("itemised_bill", "", {"month": "2026-10"}),
        ("itemised_bill", "lin@example.org 9", {"month": "2026-09", "email": "lin@example.org"}),
        ("invoice", "师先生", {"month": "2026-10", "title": "师先生"}),
        (
            "invoice",
            "9月 Heng Da Logistics 91110000600007632X",
            {"month": "2026-09", "title": "Heng Da Logistics", "tax_number": "91110000600007632X"},
        ),
        ("top_up", "50", {"amount": "50"}),
        ("complaint", "网络 信号 不好", {"about": "network", "words": "信号 不好"}),
        ("pay_bill_voucher", "1234567890123456", {"voucher": "1234567890123456", "month": "2026-10"}),
        ("set_language", "日本語", {"spoken": "ja"}),
        ("callback", "", {}),
    ],
)
def test_several_things_behind_a_code_each_find_their_place(code: str, rest: str, given: dict[str, str]) -> None:
    assert read_rest(service(code), rest, TODAY) == given


@pytest.mark.parametrize(
    ("code", "rest", "wrong"),
    [
        ("set_forwarding", "", "number"),
        ("set_forwarding", "13800138000 whenever", "when"),
        ("set_language", "klingon", "spoken"),
        ("set_language", "", "spoken"),
        ("invoice", "", "title"),
        ("itemised_bill", "13", "email"),
    ],
)
def test_what_finds_no_place_behind_a_code_is_named(code: str, rest: str, wrong: str) -> None:
    with pytest.raises(InputNotUnderstood) as refused:
        read_rest(service(code), rest, TODAY)
    assert wrong in refused.value.fields


def test_a_choice_beside_something_to_be_chosen_is_taken_out() -> None:
    asked = service("change_plan")
    assert read_choices(asked, "畅享 98 下月") == ({"starts": "next_month"}, "畅享 98")
    assert read_choices(asked, "next month Free 98") == ({"starts": "next_month"}, "Free 98")
    assert read_choices(asked, "Free  98") == ({}, "Free  98")


def test_an_example_shows_what_is_needed_behind_the_code() -> None:
    told = {
        code: example_of(service(code), TODAY) for code in ("bill", "top_up", "set_forwarding", "balance", "invoice")
    }
    assert told == {
        "bill": "ZD 2026-11",
        "top_up": "CZ 50",
        "set_forwarding": "HZ 13800138000",
        "balance": "YE",
        "invoice": "FP 师先生",
    }
    assert example_of(replace(service("balance"), sms_keywords=()), TODAY) == "Balance"


def test_the_example_of_every_service_can_be_read() -> None:
    for one in services(audience="customer"):
        if any(each.among or (each.kind in ("secret", "choice") and each.needed) for each in one.parameters):
            continue
        told = example_of(one, TODAY)
        found_one = find_by_keyword(told)
        assert found_one is not None, told
        assert found_one.service.code == one.code
        given = read_rest(one, found_one.rest, TODAY)
        assert read_parameters(one, given) == given
