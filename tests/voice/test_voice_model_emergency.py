"""What is an emergency that was cut short."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.channels.voice.model_emergency import (
    AGAIN_AFTER,
    CALLS_DAY_MAX,
    DAY,
    NUMBERS_MINUTE_MAX,
    TEXT_AGAIN,
    Back,
    Earlier,
    TakenUp,
    called_again,
    cut_short,
    taken_up,
)


@pytest.mark.parametrize(
    ("entry", "foreign", "known", "outcome", "talked", "words", "is_one"),
    [
        ("hotline", True, False, "abandoned", None, 3, True),
        ("hotline", True, False, "left", None, 0, True),
        ("hotline", True, False, "left", None, 1, True),
        ("hotline", True, False, "left", None, 2, False),  # the menu had an answer for him
        ("hotline", True, False, "dropped", None, 3, True),
        ("hotline", True, False, "answered", 3.0, 1, True),
        ("hotline", True, False, "answered", 300.0, 1, False),
        ("hotline", True, False, "answered", None, 1, False),
        ("hotline", True, False, "served", None, 1, False),
        ("hotline", True, True, "abandoned", None, 0, False),
        ("hotline", False, False, "abandoned", None, 0, False),
        ("roaming", False, True, "abandoned", None, 1, True),
        ("roaming", False, True, "left", None, 0, False),  # he has heard his balance, and hung up
        ("roaming", False, False, "left", None, 0, True),
        ("emergency", False, True, "left", None, 5, True),
    ],
)
def test_what_is_an_emergency_cut_short(
    entry: str, foreign: bool, known: bool, outcome: str, talked: float | None, words: int, is_one: bool
) -> None:
    stands = {"entry_point": entry, "foreign": foreign, "known": known, "outcome": outcome}
    assert cut_short(**stands, talked_seconds=talked, words=words) is is_one  # type: ignore[arg-type]


NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ago(hours: float, *, open_: bool = True, texted: bool = False, back: Back = "no") -> Earlier:
    return Earlier(NOW - hours * HOUR, open_, texted, back)


@pytest.mark.parametrize(
    ("earlier", "others", "became"),
    [
        ([], 0, TakenUp(False, True, True)),
        ([], NUMBERS_MINUTE_MAX - 1, TakenUp(False, True, True)),
        ([], NUMBERS_MINUTE_MAX, TakenUp(False, False, False)),
        ([ago(0.1, texted=True, back="waits")], 0, TakenUp(True, False, False)),
        ([ago(0.1, texted=True, back="waits", open_=False)], 0, TakenUp(True, False, False)),
        ([ago(7, texted=True, back="waits"), ago(1)], 0, TakenUp(True, True, False)),
        ([ago(1, texted=True, back="over")], 0, TakenUp(True, False, True)),
        ([ago(7, texted=True, back="over")], 0, TakenUp(True, True, True)),
        ([ago(1, texted=True, back="over", open_=False)], 0, TakenUp(False, False, True)),
        ([ago(3, back="over"), ago(2, back="over"), ago(1, back="over")], 0, TakenUp(True, False, False)),
        ([ago(25, back="over"), ago(2, back="over"), ago(1, back="over")], 0, TakenUp(True, True, True)),
        ([ago(0.1, texted=True, back="taken_away")], NUMBERS_MINUTE_MAX, TakenUp(True, False, True)),
        ([*[ago(3, back="over")] * CALLS_DAY_MAX, ago(1, back="taken_away")], 0, TakenUp(True, True, True)),
        ([ago(25, back="taken_away")], NUMBERS_MINUTE_MAX, TakenUp(True, False, False)),
    ],
)
def test_a_further_call_of_a_number_brings_no_more_than_what_is_missing(
    earlier: list[Earlier], others: int, became: TakenUp
) -> None:
    assert taken_up(earlier, others, NOW) == became


@dataclass
class Number:
    """A number whose calls break off again and again, as the rows keep it."""

    calls: list[Earlier] = field(default_factory=list)
    texts: list[datetime] = field(default_factory=list)
    backs: list[datetime] = field(default_factory=list)

    def breaks_off(self, now: datetime, others: int) -> None:
        became = taken_up(self.calls, others, now)
        waits = any(one.back == "waits" for one in self.calls)
        assert not (waits and became.call), "never two calls back at once"
        if became.text:
            self.texts.append(now)
        if became.call:
            self.backs.append(now)
        self.calls.append(Earlier(now, True, became.text, "waits" if became.call else "no"))

    def ends(self, how: Back) -> None:
        self.calls = [replace(one, back=how) if one.back == "waits" else one for one in self.calls]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["breaks_off", "called_back", "calls_himself"]),
            st.integers(0, 3 * 3600),
            st.integers(0, 2 * NUMBERS_MINUTE_MAX),
        ),
        max_size=60,
    )
)
def test_whatever_a_number_does_its_owner_gets_few_texts_and_the_desk_few_calls(
    steps: list[tuple[str, int, int]],
) -> None:
    number, now, fell_away = Number(), NOW, 0
    for what, seconds, others in steps:
        now += timedelta(seconds=seconds)
        if what == "breaks_off":
            number.breaks_off(now, others)
        else:
            fell_away += what == "calls_himself" and any(one.back == "waits" for one in number.calls)
            number.ends("over" if what == "called_back" else "taken_away")
    for one, other in pairwise(number.texts):
        assert other - one >= TEXT_AGAIN
    over = [one.at for one in number.calls if one.back == "over"]
    for at in over:
        within = sum(at - DAY < other <= at for other in over)
        assert within <= CALLS_DAY_MAX + fell_away


def test_who_calls_himself_and_breaks_off_again_waits_again_however_often() -> None:
    number = Number()
    for minute in range(20):
        number.breaks_off(NOW + timedelta(minutes=minute), 0 if minute == 0 else 99)
        assert [one.back for one in number.calls].count("waits") == 1
        number.ends("taken_away")
    assert len(number.texts) == 1


@pytest.mark.parametrize(
    ("reached", "talked", "made", "after"),
    [
        (False, None, 1, timedelta(0)),
        (False, None, 2, AGAIN_AFTER),
        (False, None, CALLS_DAY_MAX, None),
        (True, 59.9, 1, timedelta(0)),
        (True, 59.9, CALLS_DAY_MAX, None),
        (True, 60.0, 1, None),  # he has been talked with
        (True, None, 1, None),
    ],
)
def test_whom_a_call_back_did_not_help_is_called_again(
    reached: bool, talked: float | None, made: int, after: timedelta | None
) -> None:
    assert called_again(reached=reached, talked_seconds=talked, made=made) == after
