"""What people type: kept as said where it is evidence, read in its kind where it is a fact, else refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.cases.model_words import (
    EMPTY,
    LIST_MAX,
    TITLE_MAX,
    TOO_LONG,
    TOO_MANY,
    UNKNOWN,
    UNREADABLE,
    WORDS_MAX,
    Form,
    ItemKind,
    cell,
    first_line,
    for_display,
)
from qiao.kernel.refused import InputNotUnderstood


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("我没有申请过", "我没有申请过"),
        ("  two\r\nlines\r", "two\nlines"),
        ("<script>alert(1)</script> & <b>", "<script>alert(1)</script> & <b>"),
        ('=HYPERLINK("http://x")', '=HYPERLINK("http://x")'),
        ("bill\u202egpj.exe", "bill\u202egpj.exe"),
        ("bell\x07 and half \ud83d", "bell and half \ufffd"),
        ("cafe\u0301", "café"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
    ],
)
def test_words_are_kept_as_said(said: str, kept: str) -> None:
    form = Form()
    assert form.words("text", said) == kept
    form.finish()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("a\x00b", UNREADABLE),
        ("很" * (WORDS_MAX + 1), TOO_LONG),
        ("", EMPTY),
        (" \n\t", EMPTY),
        ("\u202e\u200f\u200b", EMPTY),
    ],
)
def test_words_that_cannot_be_kept_are_refused_with_their_field(said: str, why: str) -> None:
    form = Form()
    form.words("own_words", said)
    with pytest.raises(InputNotUnderstood) as refused:
        form.finish()
    assert dict(refused.value.fields) == {"own_words": why}


def test_what_is_not_needed_may_be_left_empty() -> None:
    form = Form()
    assert form.words("text", "\u202e", needed=False) == ""
    assert form.line("title", "", needed=False) == ""
    form.finish()


def test_a_line_end_of_a_browser_counts_once() -> None:
    form = Form()
    assert form.words("text", "a\r\n" * 250 + "b", 501) == "a\n" * 250 + "b"
    form.finish()


def test_a_line_is_one_line_that_reads_the_way_it_runs() -> None:
    assert Form().line("step", "see\n\u202egpj.exe\u2069  now") == "see gpj.exe now"


def test_the_first_thing_wrong_with_a_field_is_told_and_all_fields_are_looked_at() -> None:
    form = Form()
    form.words("a", "")
    form.words("a", "\x00")
    form.key("b", "Not A Key")
    form.choice("c", "no", {"yes": "yes"})
    form.few(d=["x"] * (LIST_MAX + 1), e=["x"] * LIST_MAX)
    assert form.wrong == {"a": EMPTY, "b": UNKNOWN, "c": UNKNOWN, "d": TOO_MANY}


def test_a_known_key_and_a_known_choice_pass() -> None:
    form = Form()
    assert form.key("facts.short_code", "short_code") == "short_code"
    assert form.choice("kind", "remedied", {"remedied": ""}) == "remedied"
    form.finish()


@pytest.mark.parametrize(
    ("kind", "said", "kept"),
    [
        ("text", " 易图通 ", "易图通"),
        ("long", "第一行\r\n第二行", "第一行\n第二行"),
        ("moment", "昨天下午三点", "昨天下午三点"),
        ("digits", "３７３７", "3737"),
        ("digits", "17 29", "1729"),
        ("phone", "+86 139-0000-7763", "13900007763"),
        ("phone", "3737", "3737"),
        ("amount", "¥10", "10.00"),
        ("amount", "10.5 元", "10.50"),
        ("month", "2026年11月", "2026-11"),
        ("month", "2026/3", "2026-03"),
        ("yes_no", "YES", "yes"),
        ("yes_no", "没有。", "no"),
        ("yes_no", "はい", "yes"),
    ],
)
def test_a_value_is_kept_in_one_way_of_writing(kind: ItemKind, said: str, kept: str) -> None:
    form = Form()
    assert form.value("value", said, kind) == kept
    form.finish()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("digits", "三七三七"),
        ("digits", "12"),
        ("digits", "1" * 21),
        ("phone", "call me"),
        ("amount", "a lot"),
        ("month", "2026-13"),
        ("month", "November"),
        ("yes_no", "maybe"),
        ("text", "很" * 501),
        ("text", ""),
        ("digits", ""),
    ],
)
def test_a_value_of_another_kind_is_refused(kind: ItemKind, said: str) -> None:
    form = Form()
    assert form.value("value", said, kind) == ""
    with pytest.raises(InputNotUnderstood):
        form.finish()


def test_a_file_may_stand_in_the_place_of_words() -> None:
    form = Form()
    assert form.value("value", "", "long", has_file=True) == ""
    assert form.value("value", "", "digits", has_file=True) == ""
    form.finish()


@given(
    st.text(max_size=600), st.sampled_from(["text", "long", "digits", "phone", "amount", "month", "moment", "yes_no"])
)
def test_whatever_is_typed_is_kept_or_refused_and_never_breaks(said: str, kind: ItemKind) -> None:
    form = Form()
    kept = form.value("value", said, kind)
    assert bool(kept) != bool(form.wrong)
    assert "\x00" not in kept
    kept.encode("utf-8")


@given(st.text(max_size=300))
def test_what_is_shown_runs_the_way_it_reads(said: str) -> None:
    assert not set(for_display(said)) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert len(first_line(said)) <= TITLE_MAX
    assert "\n" not in first_line(said)


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("短信验证码17\n后来又收到", "短信验证码17"),
        ("\u202e\n second line ", "second line"),
        ("x" * 200, "x" * (TITLE_MAX - 1) + "…"),
        ("", ""),
    ],
)
def test_a_matter_is_called_by_how_it_begins(said: str, title: str) -> None:
    assert first_line(said) == title


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("3737", "3737"),
        ("=1+1", "'=1+1"),
        ("  @sum", "'  @sum"),
        ("\u202e-2", "'-2"),
        ("+8613900007763", "'+8613900007763"),
    ],
)
def test_a_spreadsheet_takes_nothing_for_a_formula(said: str, written: str) -> None:
    assert cell(said) == written
