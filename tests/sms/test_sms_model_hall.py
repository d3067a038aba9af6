"""What the hall makes of a text, before anybody is asked."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.channels.sms.model_hall import (
    ANSWERS_MAX,
    ANSWERS_WITHIN,
    GOOD,
    RESUMABLE,
    Session,
    after_answer,
    as_json,
    asked_at,
    chosen,
    from_json,
    mark_of,
    plain,
    wants_to_go_on,
    why_cut,
)

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
OPTIONS = ({"code": "balance"}, {"code": "plan"})
OURS = frozenset({"10086", "8613800100186"})
HIM = "+8613900000001"


def cut(session: Session, text: str, sender: str = HIM, now: datetime = NOW) -> str | None:
    return why_cut(session, sender=sender, text=text, ours=OURS, now=now)


@pytest.mark.parametrize("text", ["1", " 1 ", "１", "①", "1.", "1。", "(1)", "1!"])
def test_a_number_is_read_however_it_is_written(text: str) -> None:
    assert chosen(text, OPTIONS) == {"code": "balance"}


@pytest.mark.parametrize("text", ["0", "3", "12", "123", "1 2", "one", "", "-1", "1a", "一"])
def test_what_is_no_offered_number_chooses_nothing(text: str) -> None:
    assert chosen(text, OPTIONS) is None


@pytest.mark.parametrize("text", ["继续", "Continue", "続ける", "계속"])
def test_what_was_broken_off_is_taken_up_by_a_word(text: str) -> None:
    assert wants_to_go_on(text)


def test_a_session_stands_ten_minutes_and_can_be_taken_up_for_a_day() -> None:
    session = after_answer(Session(), text="x", said="y", now=NOW, kind="choices", options=OPTIONS)
    assert session.stands(NOW + GOOD - timedelta(seconds=1))
    assert not session.resumable(NOW)
    assert not session.stands(NOW + GOOD)
    assert session.resumable(NOW + GOOD)
    assert not session.resumable(NOW + GOOD + RESUMABLE)
    assert not Session().stands(NOW)
    assert not after_answer(Session(), text="x", said="y", now=NOW).resumable(NOW + GOOD)


def test_our_own_numbers_and_our_own_words_are_never_answered() -> None:
    assert cut(Session(), "YE", "+8613800100186") == "own_number"
    session = after_answer(Session(), text="YE", said="Your balance is 10.00", now=NOW)
    assert cut(session, " your BALANCE is 10.00. ") == "echo"
    assert cut(Session(), "") is None


def test_the_same_text_for_the_fourth_time_is_a_machines_and_a_digit_is_not() -> None:
    for text, why in (("I am on holiday.", "same"), ("1", None)):
        session = Session()
        for turn in range(3):
            assert cut(session, text) is None, turn
            session = after_answer(session, text=text, said=f"answer {turn}", now=NOW)
        assert cut(session, text) == why
        assert cut(session, "something else") is None
        assert cut(session, text, now=NOW + ANSWERS_WITHIN + timedelta(seconds=1)) is None


def test_a_number_gets_only_so_many_answers_of_a_machine_in_ten_minutes() -> None:
    session = Session()
    for turn in range(ANSWERS_MAX):
        assert cut(session, f"text {turn}") is None
        session = after_answer(session, text=f"text {turn}", said=str(turn), now=NOW)
    assert cut(session, "one more") == "too_many"
    assert cut(session, "one more", now=NOW + ANSWERS_WITHIN) is None


def test_a_number_answers_what_we_asked_last_while_it_stands() -> None:
    asked = after_answer(Session(), text="x", said="y", now=NOW, kind="choices", options=OPTIONS)
    assert asked_at(asked, NOW + GOOD - timedelta(seconds=1)) == NOW
    assert asked_at(asked, NOW + GOOD) is None
    assert asked_at(after_answer(Session(), text="x", said="y", now=NOW), NOW) is None
    assert asked_at(Session(), NOW) is None


def test_misses_are_counted_until_something_is_understood() -> None:
    missed = after_answer(Session(misses=1), text="x", said="y", now=NOW, missed=True)
    assert missed.misses == 2
    assert after_answer(missed, text="x", said="y", now=NOW).misses == 0


@given(st.text(max_size=200), st.lists(st.text(max_size=30), max_size=5), st.integers(0, 3))
def test_a_session_comes_back_from_json_as_it_was(said: str, texts: list[str], misses: int) -> None:
    session = Session(misses=misses)
    for at, text in enumerate(texts):
        session = after_answer(session, text=text, said=said, now=NOW + timedelta(seconds=at), options=OPTIONS)
    assert from_json(as_json(session), session.until_at) == session


@given(st.text(max_size=100))
def test_whatever_is_written_is_compared_without_failing_and_its_space_and_points_do_not_matter(text: str) -> None:
    assert plain(f" {text}。\n") == plain(text)
    assert len(mark_of(text)) <= 40
