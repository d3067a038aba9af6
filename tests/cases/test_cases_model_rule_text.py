"""Rules as people write them: odd YAML is told with its line and never loaded; days of a holiday file are read."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from qiao.cases.model_category import shape_problems
from qiao.cases.model_rule_text import TEXT_MAX, add_holidays, changes, line_of, read_days, read_rule_text, with_lines

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
BOOK = """# Our own words stay.
calendars:
  office:
    zone: Asia/Shanghai
    week: {mon: ["08:30-12:00"]}
    holidays: ["2026-10-01"]
  night:
    zone: Asia/Shanghai
rules: []
"""


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (BOMB, 1, "anchors"),
        ("a: 1\nb: *nothing\n", 2, "anchors"),
        ("a: 1\nb: 2\na: 3\n", 3, "twice"),
        ("a:\n\t- b\n", 2, "cannot start any token"),
        ("a: [1, 2\n", 2, "expected"),
        ("[" * 200, 1, "levels deep"),
        ("a: !!python/object/apply:os.system ['true']\n", 1, "could not determine a constructor"),
        ("x" * (TEXT_MAX + 1), 0, "longer than"),
        ("a: .nan\n", 0, "cannot be kept"),
        ("a: 99999999999999999999\n", 1, "cannot be kept"),
        ("a: 1\n---\nb: 2\n", 2, "another document"),
        ('a: "\\0"\n', 0, "cannot be kept"),
        ("? [a]\n: 1\n", 1, "no name"),
        ("a: !!binary aGk=\n", 0, "cannot be kept"),
    ],
)
def test_odd_text_is_told_with_its_line_and_gives_nothing(text: str, line: int, told: str) -> None:
    read, problems = read_rule_text(text)
    assert read is None
    assert (problems[0].line, told in problems[0].told) == (line, True), problems


@given(st.text(max_size=200))
def test_no_text_makes_it_stumble_and_what_is_read_is_json(text: str) -> None:
    read, problems = read_rule_text(text)
    assert problems or json.dumps(read, allow_nan=False) is not None
    read_days(text)
    shape_problems(read)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text("ab c:#'\"-é", max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(values)
def test_what_was_written_out_is_read_back(value: object) -> None:
    assert read_rule_text(yaml.safe_dump(value, allow_unicode=True)) == (value, [])


def test_dates_stay_texts() -> None:
    assert read_rule_text("holidays: [2026-10-01]\n") == ({"holidays": ["2026-10-01"]}, [])


def test_a_problem_is_told_with_the_line_that_holds_its_rarest_word() -> None:
    text = "steps:\n  - code: wait\n  - code: ask_him\n"
    assert line_of("step ask_him: there is no act dance", text).line == 3
    assert line_of("nothing like it", text).line == 0
    assert [one.line for one in with_lines(["zzz", "step ask_him: no", "step wait: no"], text)] == [2, 3, 0]


def test_what_changes_is_shown_line_by_line() -> None:
    assert changes("a\nb\n", "a\nb\n") == []
    assert changes("a\nb\n", "a\nc\n")[1:] == [" a", "-b", "+c"]


@pytest.mark.parametrize(
    ("text", "days", "lines"),
    [
        ("2027-02-17, Spring Festival\n\n# more\n2027/2/8\n2027-02-17", ["2027-02-08", "2027-02-17"], []),
        ("2027-02-30\nyesterday\n2027-01-01", ["2027-01-01"], [1, 2]),
        ("BEGIN:VCALENDAR\r\nDTSTART;VALUE=DATE:20270217\r\nSUMMARY:x\r\nEND:VCALENDAR", ["2027-02-17"], []),
        ("BEGIN:VCALENDAR\nDTSTART:20271399\n", [], [2]),
        ("", [], [0]),
    ],
)
def test_days_of_a_holiday_file_are_read_and_bad_ones_told(text: str, days: list[str], lines: list[int]) -> None:
    found, problems = read_days(text)
    assert (found, [one.line for one in problems]) == (days, lines)


def test_too_many_days_are_told() -> None:
    begins = date(2001, 1, 1)
    text = "\n".join((begins + timedelta(days=count)).isoformat() for count in range(1_001))
    assert "more than" in read_days(text)[1][0].told


@pytest.mark.parametrize("calendar", ["office", "night"])
def test_holidays_are_added_and_every_other_line_stays(calendar: str) -> None:
    added = add_holidays(BOOK, calendar, ["2027-02-17"])
    assert added is not None
    read, problems = read_rule_text(added)
    assert not problems
    assert "2027-02-17" in read["calendars"][calendar]["holidays"]
    assert read["calendars"]["office"]["holidays"][0] == "2026-10-01"
    assert added.startswith("# Our own words stay.\n")


def test_a_book_written_in_another_way_is_written_anew_and_no_calendar_is_none() -> None:
    flat = '{calendars: {office: {holidays: ["2026-10-01"]}}, rules: []}\n'
    added = add_holidays(flat, "office", ["2027-02-17"])
    assert added is not None
    assert yaml.safe_load(added)["calendars"]["office"]["holidays"] == ["2026-10-01", "2027-02-17"]
    listed = "    holidays:\n      - '2026-10-01'\n      - '2026-10-02'\n"
    several = BOOK.replace('    holidays: ["2026-10-01"]\n', listed)
    read, _ = read_rule_text(str(add_holidays(several, "office", ["2027-02-17"])))
    assert read["calendars"]["office"]["holidays"] == ["2026-10-01", "2026-10-02", "2027-02-17"]
    for wrong in ((BOOK, "beach"), ("a: [", "office"), ("[]", "office"), ("calendars: []", "office")):
        assert add_holidays(*wrong, ["2027-02-17"]) is None


@pytest.mark.parametrize(
    "definition",
    [
        None, [], {"severity": True}, {"severity": "2"}, {"severity": 2, "colour": 1}, {"severity": 2, "ask": "a"},
        {"severity": 2, "ask": [[]]}, {"severity": 2, "steps": {}}, {"severity": 2, "steps": [1]},
        {"severity": 2, "steps": [{"act": []}]}, {"severity": 2, "watch": {"a": 1}},
    ],
)  # fmt: skip
def test_what_has_not_the_shape_of_a_category_is_told(definition: object) -> None:
    assert shape_problems(definition)


def test_what_has_the_shape_is_not() -> None:
    assert shape_problems({"severity": 2, "ask": ["a"], "steps": [{"code": "a", "act": "b"}]}) == []
