"""What answers mean: months, amounts, numbers, yes and no, and words in every language."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.selfservice.model_answers import exactly, read_answer, within
from qiao.selfservice.model_flow import Ask, Texts
from qiao.selfservice.model_guided import answer_seen, instruction
from qiao.selfservice.model_session import Option, Output
from qiao.selfservice.model_words import (
    EMERGENCY,
    NO,
    WISHES,
    YES,
    holds,
    is_emergency,
    wants_person,
    wish_of,
)
from tests.selfservice.writing import NOW


def ask(kind: Any, least: int = 1, most: int = 500) -> Ask:
    return Ask(code="q", line=1, text=Texts(1, {}), kind=kind, into="x", go="y", least=least, most=most)


@pytest.mark.parametrize(
    ("kind", "told", "read"),
    [
        ("text", "  a \n b\x00\u202e ", "a b"),
        ("text", " ", None),
        ("text", "x" * 501, None),
        ("digits", "１２ 34-5", "12345"),
        ("digits", "12a", None),
        ("digits", "", None),
        ("digits", "²³", "23"),
        ("month", "2026-10", "2026-10"),
        ("month", "202610", "2026-10"),
        ("month", "2026年9月", "2026-09"),
        ("month", "2026년 9월", "2026-09"),
        ("month", "9/2026", "2026-09"),
        ("month", "10月份", "2026-10"),
        ("month", "12", "2025-12"),
        ("month", "上个月", "2026-10"),
        ("month", "this month", "2026-11"),
        ("month", "Le mois dernier", "2026-10"),
        ("month", "الشهر الماضي", "2026-10"),
        ("month", "13", None),
        ("month", "soon", None),
        ("amount", "12.8", "12.80"),
        ("amount", "￥12", "12.00"),
        ("amount", "12,50 €", "12.50"),
        ("amount", "30元", "30.00"),
        ("amount", "-3", "3.00"),
        ("amount", "1e9", None),
        ("amount", "12.345", None),
        ("yes_no", "是的。", True),
        ("yes_no", "Non", False),
        ("yes_no", "1", True),
        ("yes_no", "２", False),
        ("yes_no", "maybe", None),
        ("phone", "139 0100 7763", "+8613901007763"),
        ("phone", "+86-13901007763", "+8613901007763"),
        ("phone", "110", None),
        ("phone", "broadband:someone", None),
    ],
)
def test_an_answer_is_read_as_the_kind_that_was_asked(kind: str, told: str, read: Any) -> None:
    if (kind, told) == ("amount", "-3"):
        read = "3.00"  # a dash before it is punctuation: nobody owes a negative amount
    assert read_answer(ask(kind), told, NOW) == read


def test_last_month_of_january_is_december() -> None:
    assert read_answer(ask("month"), "上月", datetime(2026, 1, 3, tzinfo=UTC)) == "2025-12"


def test_digits_keep_to_their_length() -> None:
    assert read_answer(ask("digits", 4, 6), "123", NOW) is None
    assert read_answer(ask("digits", 4, 6), "1234567", NOW) is None
    assert read_answer(ask("digits", 4, 6), "12345", NOW) == "12345"


@given(st.text(max_size=60), st.sampled_from(["text", "digits", "month", "amount", "yes_no", "phone", "secret"]))
def test_no_answer_breaks_the_reading(told: str, kind: str) -> None:
    read = read_answer(ask(kind), told, NOW)
    if isinstance(read, str):
        assert read
        assert "\x00" not in read


def test_a_choice_said_exactly_goes_before_a_longer_sentence() -> None:
    options = [("1", ("bill", "账单")), ("2", ("bill details", "账单明细")), ("3", ("bill",))]
    assert exactly(options, "BILL details") == "2"
    assert exactly(options, "bill") is None
    assert exactly(options, "") is None
    assert within(options, "show my bill details") == "2"
    assert within(options, "我要账单明细") == "2"
    assert within(options[:2], "我的账单") == "1"
    assert within(options, "the bill") is None
    assert within(options, "billing") is None
    assert within([("1", ("",))], "anything") is None


def test_words_for_everywhere_do_not_stand_for_two_things() -> None:
    words = [*WISHES.values(), YES, NO]
    assert sum(len(some) for some in words) == len(frozenset().union(*words))
    assert not EMERGENCY & frozenset().union(*words)
    assert [wish_of(key) for key in ("0", "*", "#", "返回", "zurück", "nothing")] == [
        "human", "back", "repeat", "back", "back", None,
    ]  # fmt: skip


def test_nothing_is_held_by_a_sentence_without_words() -> None:
    assert not holds("anything", "")


MENU = Output(
    "menu",
    "f",
    "m",
    options=(
        Option("1", "no bars", {"field": "bars", "is": 0}),
        Option("2", "otherwise"),
        Option("3", "plane", {"field": "airplane", "is": True}),
    ),
)


def test_who_follows_to_the_letter_answers_what_he_observed() -> None:
    assert answer_seen(MENU, {"bars": 0, "airplane": True}) == "1"
    assert answer_seen(MENU, {"bars": 3, "airplane": True}) == "3"
    assert answer_seen(MENU, {}) == "2"
    assert answer_seen(Output("menu", "f", "m", options=MENU.options[:1]), {}) is None
    speed = Output("ask", "f", "q", observation="speed")
    assert answer_seen(speed, {"speed": 3.5}) == "3.5"
    assert answer_seen(speed, {"speed": True}) == "1"
    assert answer_seen(speed, {"speed": False}) == "2"
    assert answer_seen(speed, {}) is None
    assert answer_seen(Output("ask", "f", "q"), {"": 1}) is None


def test_an_instruction_is_a_name_with_or_without_arguments() -> None:
    assert instruction("reboot_device") == ("reboot_device", {})
    both = "grant_app_permission(app_name=messaging, permission=sms)"
    assert instruction(both) == ("grant_app_permission", {"app_name": "messaging", "permission": "sms"})
    assert instruction("set_network_mode_preference(mode=4g_5g_preferred)")[1] == {"mode": "4g_5g_preferred"}
    for odd in ("x()", "x(a)", "x(a=1", "X", "x(a=1;b)", ""):
        assert instruction(odd) == (odd, {})


def test_a_whole_text_asks_for_a_person_or_for_help_however_it_is_written() -> None:
    assert all(map(wants_person, ("0", "０", "人工服務", "Agent!", "オペレーター")))
    assert not any(map(wants_person, ("00", "my agent is rude", "人工智能是什么", "")))
    assert all(map(is_emergency, ("SOS", "１１０", "报警！", "Notruf")))
    assert not any(map(is_emergency, ("1100", "sos what", "")))
