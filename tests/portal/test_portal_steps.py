"""A flow as a page: its form is good for one place, and nothing told is lost on the way to a person."""

from dataclasses import replace

import pytest

from qiao.portal.steps import SUMMARY_MAX, isolated, mark_of, standing, summary, word_of
from qiao.selfservice import Output, TriedLine, begin

SESSION = begin("main_menu", {"main_menu": 0}, {"language": "en"})
ASKS = Output("menu", "main_menu", "main", "What?")
SAYS = Output("say", "main_menu", "main", "That.")


def test_a_form_is_marked_with_the_place_it_was_made_for() -> None:
    assert mark_of(SESSION) == mark_of(replace(SESSION))
    assert mark_of(SESSION) != mark_of(replace(SESSION, tries=1))
    assert len(mark_of(SESSION)) == 24


def test_a_button_goes_before_what_was_typed() -> None:
    assert word_of({"press": "0", "say": "words"}) == "0"
    assert word_of({"say": " words "}) == "words"
    assert word_of({}) == ""


@pytest.mark.parametrize(
    ("over", "outputs", "stands"),
    [
        ("", (SAYS, ASKS), "asked"),
        ("", (SAYS,), "over"),
        ("handed", (SAYS,), "handed"),
        ("callback", (), "callback"),
        ("ended", (SAYS,), "over"),
        ("cancelled", (), "over"),
    ],
)
def test_a_page_ends_with_a_question_a_person_or_nothing(over: str, outputs: tuple[Output, ...], stands: str) -> None:
    assert standing(replace(SESSION, over=over), outputs) == stands  # type: ignore[arg-type]


def test_a_person_is_told_each_thing_on_a_line_and_not_too_many() -> None:
    lines = [TriedLine("Is the lamp\non?", "yes", ""), TriedLine("Restart", "", ""), TriedLine("", "", "")]
    assert summary("No signal", lines) == "No signal\n- Is the lamp on?: yes\n- Restart"
    long = summary("No signal", [TriedLine("x" * 400, "y", "")] * 9)
    assert len(long) == SUMMARY_MAX
    assert long.endswith("…")


def test_numbers_keep_their_units_only_where_lines_run_from_right_to_left() -> None:
    assert isolated("126.80 CN¥", "en") == "126.80 CN¥"
    assert isolated("الرصيد 126.80 CN¥ حتى 05:44.", "ar") == "الرصيد \u2068126.80 CN¥\u2069 حتى \u206805:44\u2069."
    assert isolated("50.2 GB", "ar") == "\u206850.2 GB\u2069"
