"""Waiting for a person: announced again and again, chosen by key, and every offered call still counted once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from qiao.channels.voice.model import (
    Adopted,
    Answered,
    Arrived,
    Call,
    CallbackTaken,
    Expect,
    HungUp,
    Keyed,
    Lost,
    Moved,
    Overflowed,
    PromptOver,
    Script,
    TimeUp,
    tally,
)
from qiao.channels.voice.model_effects import Hold, Hush, Say
from qiao.channels.voice.model_waiting import (
    AGAIN,
    OWED_WITHIN,
    Announce,
    Announced,
    AskAnyLanguage,
    AskCallback,
    AskMenu,
    Effect,
    Event,
    owed_window,
    step,
)

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def play(*events: Event, call: Call | None = None, now: datetime = NOW) -> tuple[Call, tuple[Effect, ...]]:
    stands = call or Call(UUID(int=7), "ch-1")
    effects: tuple[Effect, ...] = ()
    for event in events:
        stands, effects = step(stands, event, now)
    return stands, effects


def holding() -> Call:
    """Who waits, and hears music."""
    return play(Arrived(), Moved(Script(()), "queued"))[0]


def test_who_waits_with_music_is_told_again_after_a_while() -> None:
    call = holding()
    assert call.deadline_at == NOW + AGAIN
    assert step(call, TimeUp(), NOW) == (call, ())
    call, effects = step(call, TimeUp(), NOW + AGAIN)
    assert effects == (Announce(),) and call.deadline_at is None
    assert step(call, TimeUp(), NOW + AGAIN) == (call, ())
    call, effects = step(call, Announced(("number 3",)), NOW + AGAIN)
    assert effects == (Say(call.prompt, ("number 3",)),)
    call, effects = step(call, PromptOver(call.prompt), NOW + 2 * AGAIN)
    assert effects == (Hold(),) and call.deadline_at == NOW + 3 * AGAIN


def test_nothing_true_to_say_is_not_said_and_asked_again_later() -> None:
    call, _ = step(holding(), TimeUp(), NOW + AGAIN)
    call, effects = step(call, Announced(), NOW + AGAIN)
    assert effects == () and call.deadline_at == NOW + 2 * AGAIN
    speaking, _ = step(call, Announced(("hello",)), NOW)
    assert step(speaking, Announced(), NOW) == (speaking, ())


def test_keys_of_who_waits_ask_for_a_callback_any_language_or_the_menu_and_others_for_nothing() -> None:
    call = holding()
    assert step(call, Keyed("1"), NOW)[1] == (AskCallback(),)
    assert step(call, Keyed("2"), NOW)[1] == (AskAnyLanguage(),)
    assert step(call, Keyed("3"), NOW)[1] == (AskMenu(),)
    assert step(call, Keyed("7"), NOW) == (call, ())


def test_a_new_announcement_takes_the_place_of_the_one_that_plays() -> None:
    call, _ = step(holding(), Announced(("first",)), NOW)
    first = call.prompt
    call, effects = step(call, Announced(("second",)), NOW)
    assert effects == (Hush(first), Say(call.prompt, ("second",))) and call.prompt != first
    assert step(call, PromptOver(first), NOW) == (call, ())


def test_what_is_announced_to_who_waits_no_more_is_not_said() -> None:
    call, _ = step(holding(), Answered(), NOW)
    assert call.deadline_at is None
    assert step(call, Announced(("late",)), NOW) == (call, ())


def test_who_was_taken_over_while_waiting_hears_on_and_is_told_again() -> None:
    call, effects = step(holding(), Adopted(), NOW)
    assert effects == (Hold(),) and call.deadline_at == NOW + AGAIN


def test_who_takes_a_callback_is_counted_as_that() -> None:
    call, _ = step(holding(), CallbackTaken(("we call",)), NOW)
    assert tally([call]) == {"offered": 1, "callback": 1} and call.deadline_at is None


EVENTS = (
    Arrived(),
    *(Keyed(digit) for digit in "0127#*"),
    TimeUp(),
    Announced(),
    Announced(("you are next",)),
    Moved(Script(("hello",), Expect(("1", "0")))),
    Moved(Script(("wait",)), "queued"),
    Moved(Script(("bye",)), "over"),
    HungUp(),
    Lost(),
    Adopted(),
    Answered(),
    Overflowed(),
    CallbackTaken(("we call you",)),
)


def test_he_is_owed_a_call_from_now_on_or_once_his_desk_opens_and_none_where_it_never_does() -> None:
    now = datetime(2026, 11, 30, 22, tzinfo=UTC)
    assert owed_window(now, now) == (now, now + OWED_WITHIN)
    assert owed_window(now, now - timedelta(hours=1)) == (now, now + OWED_WITHIN)
    morning = now + timedelta(hours=10)
    assert owed_window(now, morning) == (morning, morning + OWED_WITHIN)
    assert owed_window(now, None) is None


class Hotline(RuleBasedStateMachine):
    """Many calls, anything happens to them in any order, at any time."""

    calls: Bundle[UUID] = Bundle("calls")

    def __init__(self) -> None:
        super().__init__()
        self.stand: dict[UUID, Call] = {}
        self.now = NOW

    @rule(target=calls)
    def rings(self) -> UUID:
        call = Call(uuid4(), "ch")
        self.stand[call.id] = call
        return call.id

    @rule(which=calls, event=st.sampled_from(EVENTS))
    def happens(self, which: UUID, event: Event) -> None:
        self.stand[which], _ = step(self.stand[which], event, self.now)

    @rule(which=calls)
    def has_said_it(self, which: UUID) -> None:
        self.stand[which], _ = step(self.stand[which], PromptOver(self.stand[which].prompt), self.now)

    @rule(seconds=st.integers(1, 90))
    def time_goes_by(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @invariant()
    def every_offered_call_is_in_one_place(self) -> None:
        told = tally(self.stand.values())
        offered = told.pop("offered", 0)
        assert offered == sum(told.values())
        assert set(told) <= {"waiting", "answered", "abandoned", "overflowed", "callback", "dropped"}

    @invariant()
    def nobody_waits_in_silence_forever(self) -> None:
        for call in self.stand.values():
            if call.state == "over":
                assert call.deadline_at is None


Hotline.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestHotline = Hotline.TestCase
