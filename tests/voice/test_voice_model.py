"""A call as a machine: keys, silence, barge-in, waiting, and that every offered call is counted once, always."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from qiao.channels.voice import model_rating
from qiao.channels.voice.model import (
    BETWEEN_CHOICE_KEYS,
    KEYED_MAX,
    PATIENCE,
    Adopted,
    Answered,
    Arrived,
    Asked,
    AskedNoMore,
    Call,
    CallbackTaken,
    Event,
    Expect,
    HungUp,
    Keyed,
    Lost,
    Moved,
    Overflowed,
    Parted,
    PromptOver,
    Released,
    Script,
    TimeUp,
    place,
    step,
    tally,
)
from qiao.channels.voice.model_effects import (
    Effect,
    Finish,
    HangUp,
    Hold,
    Hush,
    Resume,
    Say,
    Tell,
    Together,
    not_reached,
)
from qiao.channels.voice.model_rating import LastWords, RatingAsked
from qiao.channels.voice.model_waiting import Announced

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MENU = Script(("Hello", "1 balance"), Expect(("1", "2", "10", "*", "#", "0")))
DIGITS = Script(("Your password",), Expect(secret=True))


def fresh() -> Call:
    return Call(UUID(int=7), "ch-1")


def play(*events: Event, call: Call | None = None, now: datetime = NOW) -> tuple[Call, tuple[Effect, ...]]:
    """All events one after the other; the effects of the last."""
    stands = call or fresh()
    effects: tuple[Effect, ...] = ()
    for event in events:
        stands, effects = step(stands, event, now)
    return stands, effects


def asked(script: Script = MENU) -> Call:
    return play(Arrived(), Moved(script))[0]


def waiting() -> Call:
    return play(Moved(Script(("wait",)), "queued"), call=asked())[0]


def test_a_call_begins_with_its_flow() -> None:
    assert play(Arrived())[1] == (Resume(),)


def test_a_key_stops_the_prompt_and_is_told_to_the_flow_once() -> None:
    call, effects = play(Keyed("2"), call=asked())
    assert effects[0] == Hush(f"{call.id}-1")
    told = effects[1]
    assert isinstance(told, Tell) and (told.number, told.text, told.secret) == (1, "2", False)
    assert call.expect is None and call.prompt == ""


def test_a_key_after_the_prompt_hushes_nothing() -> None:
    call = asked()
    call, _ = step(call, PromptOver(call.prompt), NOW)
    assert call.deadline_at == NOW + PATIENCE
    assert [type(one) for one in step(call, Keyed("1"), NOW)[1]] == []  # 1 or 10?
    assert [type(one) for one in step(call, Keyed("2"), NOW)[1]] == [Tell]


def test_a_key_that_begins_a_longer_choice_waits_a_moment_for_the_next() -> None:
    call, effects = play(Keyed("1"), call=asked())
    assert [type(one) for one in effects] == [Hush] and call.deadline_at == NOW + BETWEEN_CHOICE_KEYS
    _, effects = step(call, TimeUp(), NOW + BETWEEN_CHOICE_KEYS)
    assert isinstance(effects[0], Tell) and effects[0].text == "1"
    _, effects = step(call, Keyed("0"), NOW)
    assert isinstance(effects[0], Tell) and effects[0].text == "10"


def test_a_secret_is_taken_up_to_the_hash_and_is_never_printed() -> None:
    call, _ = play(*(Keyed(one) for one in "200816"), call=asked(DIGITS))
    assert call.keyed == "200816"
    call, effects = step(call, Keyed("#"), NOW)
    told = effects[0]
    assert isinstance(told, Tell) and told.text == "200816" and told.secret
    assert call.keyed == "" and "200816" not in repr(told)


def test_star_alone_goes_back_and_within_digits_is_a_point() -> None:
    _, effects = play(Keyed("*"), call=asked(DIGITS))
    assert isinstance(effects[1], Tell) and effects[1].text == "*"
    _, effects = play(*(Keyed(one) for one in "12*80#"), call=asked(DIGITS))
    assert isinstance(effects[0], Tell) and effects[0].text == "12.80"
    _, effects = play(Keyed("#"), call=asked(DIGITS))
    assert isinstance(effects[1], Tell) and effects[1].text == "#"


def test_ten_thousand_keys_are_one_answer_of_bounded_length() -> None:
    call, _ = play(*(Keyed("7") for _ in range(10_000)), call=asked(DIGITS))
    assert len(call.keyed) == KEYED_MAX
    call, _ = play(Arrived(), *(Keyed("7") for _ in range(10_000)))
    assert len(call.keyed) == KEYED_MAX


def test_silence_is_asked_again_and_then_a_person_is_fetched() -> None:
    call = asked()
    call, _ = step(call, PromptOver(call.prompt), NOW)
    assert step(call, TimeUp(), NOW) == (call, ())
    later = NOW + PATIENCE
    call, effects = step(call, TimeUp(), later)
    assert effects == (Say(f"{call.id}-2", MENU.texts),)
    call, _ = step(call, PromptOver(call.prompt), later)
    _, effects = step(call, TimeUp(), later + PATIENCE)
    assert isinstance(effects[0], Tell) and effects[0].text == "0"


def test_keys_typed_ahead_answer_the_questions_that_follow() -> None:
    call, effects = play(Arrived(), Keyed("2"), Keyed("0"), Moved(MENU))
    assert [type(one) for one in effects] == [Tell] and call.keyed == "0"
    _, effects = step(call, Moved(MENU), NOW)
    assert isinstance(effects[0], Tell) and effects[0].text == "0"
    call, effects = play(Arrived(), Keyed("1"), Moved(MENU))
    assert effects == () and call.keyed == "1"


def test_what_cannot_be_keyed_is_a_persons_matter() -> None:
    for script in (Script(("Tell us",), Expect(), unsayable=True), Script(("Nothing asked",))):
        _, effects = play(Arrived(), Moved(script))
        assert isinstance(effects[0], Tell) and effects[0].text == "0"


def test_a_flow_that_is_over_says_goodbye_and_hangs_up() -> None:
    call, effects = play(Moved(Script(("Goodbye",)), "over"), call=asked())
    assert isinstance(effects[0], Say) and call.ending
    assert step(call, Keyed("1"), NOW) == (call, ()) and step(call, Moved(MENU), NOW) == (call, ())
    call, effects = step(call, PromptOver(call.prompt), NOW)
    assert effects == (HangUp(),)
    assert step(call, HungUp(), NOW)[1] == (Finish("served"),)
    assert play(Moved(Script(()), "over"), call=asked())[1] == (HangUp(),)


def test_hanging_up_in_the_menu_is_no_offered_call() -> None:
    call, effects = play(HungUp(), call=asked())
    assert effects == (Finish("left"),) and place(call) == "" and not tally([call])
    assert step(call, Keyed("1"), NOW) == (call, ())


def test_who_waits_hears_how_long_and_then_music() -> None:
    call = waiting()
    assert call.state == "waiting" and place(call) == "waiting"
    call, effects = step(call, PromptOver(call.prompt), NOW)
    assert effects == (Hold(),)
    assert play(Moved(Script(()), "queued"), call=asked())[1] == (Hold(),)
    assert step(call, Keyed("1"), NOW) == (call, ()) and step(call, PromptOver("other"), NOW) == (call, ())


@pytest.mark.parametrize(
    ("event", "outcome"), [(HungUp(), "abandoned"), (Lost(), "dropped"), (Overflowed(), "overflowed")]
)
def test_waiting_ends_as_it_ends(event: Event, outcome: str) -> None:
    call, effects = step(waiting(), event, NOW)
    assert effects == (Finish(outcome),) and place(call) == outcome


def test_a_callback_is_confirmed_before_the_call_ends() -> None:
    call, effects = step(waiting(), CallbackTaken(), NOW)
    assert effects == (Finish("callback"), HangUp()) and place(call) == "callback"
    call, effects = step(waiting(), CallbackTaken(("We call you",)), NOW)
    assert [type(one) for one in effects] == [Hush, Say, Finish]
    assert step(call, PromptOver("another"), NOW) == (call, ())
    call, effects = step(call, PromptOver(call.prompt), NOW)
    assert effects == (HangUp(),) and place(call) == "callback"


def test_an_answered_call_counts_as_answered_while_it_goes_on_and_after() -> None:
    call, effects = step(waiting(), Answered(), NOW)
    assert isinstance(effects[0], Hush) and place(call) == "answered"
    assert step(call, Keyed("1"), NOW) == (call, ()) and step(call, Adopted(), NOW)[1] == (Together(),)
    assert place(step(call, HungUp(), NOW)[0]) == "answered"
    assert place(step(call, Lost(), NOW)[0]) == "answered"
    call = replace(waiting(), prompt="")
    assert step(call, Answered(), NOW)[1] == ()


@pytest.mark.parametrize("event", [HungUp(), Lost()])
def test_whoever_is_gone_hears_nothing_more_and_nobody_waits_for_a_prompts_end(event: Event) -> None:
    for call in (asked(), waiting(), talking()):
        over, effects = step(replace(call, prompt="p"), event, NOW)
        assert over.state == "over" and not over.parting and isinstance(effects[0], Finish)


def test_a_call_taken_over_from_a_dead_worker_goes_on_where_it_was() -> None:
    half, _ = play(Keyed("2"), Keyed("0"), call=asked(DIGITS))
    call, effects = step(half, Adopted(), NOW)
    assert effects == (Resume(),) and call.keyed == "" and call.expect is None
    assert step(waiting(), Adopted(), NOW)[1] == (Hold(),)
    ending, _ = play(Moved(Script(("Goodbye",)), "over"), call=asked())
    assert step(ending, Adopted(), NOW)[1] == (HangUp(),)


def test_a_deadline_that_was_not_set_is_never_reached() -> None:
    call = play(Arrived())[0]
    assert step(call, TimeUp(), NOW) == (call, ())
    keyed, _ = play(Keyed("2"), call=asked(DIGITS))
    keyed = replace(keyed, prompt="p")
    assert step(keyed, PromptOver("p"), NOW)[0].deadline_at == keyed.deadline_at


KEY_IT = Asked(("Key in your password.",))
EVENTS = st.one_of(
    st.builds(Keyed, st.sampled_from("0123456789*#")),
    st.sampled_from([Arrived(), TimeUp(), HungUp(), Lost(), Adopted(), Answered(), Overflowed(), CallbackTaken()]),
    st.sampled_from([Parted(), Released(), KEY_IT, AskedNoMore(), AskedNoMore(("Thank you.",))]),
    st.builds(CallbackTaken, st.just(("We call you",))),
    st.sampled_from(
        [RatingAsked(("How was it?",), ("Thanks.",)), LastWords(("How was it?",), ("Thanks.",)), LastWords()]
    ),
    st.builds(Announced, st.sampled_from([(), ("You are next.",)])),
    st.builds(
        Moved,
        st.sampled_from([MENU, DIGITS, Script(()), Script(("x",)), Script(("y",), Expect(), unsayable=True)]),
        st.sampled_from(["", "queued", "over"]),
    ),
)


class Centre(RuleBasedStateMachine):
    """Many calls at once; whatever happens to them, each offered one is in one place."""

    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.calls: dict[UUID, Call] = {}
        self.finished: dict[UUID, int] = {}
        self.now = NOW

    @rule(target=ids)
    def arrives(self) -> UUID:
        call, _ = step(Call(uuid4(), "ch"), Arrived(), self.now)
        self.calls[call.id] = call
        return call.id

    @rule(one=ids, event=EVENTS)
    def happens(self, one: UUID, event: model_rating.Event) -> None:
        self._take(one, event)

    @rule(one=ids)
    def prompt_ends(self, one: UUID) -> None:
        self._take(one, PromptOver(self.calls[one].prompt))

    @rule(seconds=st.integers(0, 20))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        for one in list(self.calls):
            self._take(one, TimeUp())

    def _take(self, one: UUID, event: model_rating.Event) -> None:
        before = self.calls[one]
        self.calls[one], effects = model_rating.step(before, event, self.now)
        if before.offered:
            assert self.calls[one].queued_at == before.queued_at, "once offered, always offered, since then"
        ended = sum(isinstance(effect, Finish) for effect in effects)
        self.finished[one] = self.finished.get(one, 0) + ended
        assert self.finished[one] == (self.calls[one].state == "over"), "finished once, when it is over"
        assert len(self.calls[one].keyed) <= KEYED_MAX

    @invariant()
    def every_offered_call_is_in_one_place(self) -> None:
        counted = tally(self.calls.values())
        places = ("waiting", "answered", "abandoned", "overflowed", "callback", "dropped")
        assert counted["offered"] == sum(counted[one] for one in places)
        assert counted["offered"] == sum(call.offered for call in self.calls.values())
        assert set(counted) <= {"offered", *places}


Centre.TestCase.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
TestEveryOfferedCallIsCountedOnce = Centre.TestCase


# Talking ----------------------------------------------------------------------------------------------------------


def talking() -> Call:
    call = waiting()
    return play(PromptOver(call.prompt), Answered(), call=call)[0]


def test_who_loses_his_agent_waits_again_since_when_he_waited() -> None:
    call, effects = step(talking(), Parted(), NOW + timedelta(minutes=3))
    assert (call.state, call.queued_at, effects) == ("waiting", NOW, (Hold(),))
    assert tally([call]) == {"offered": 1, "waiting": 1}


def test_the_agent_ends_it_and_the_caller_is_let_go() -> None:
    call, effects = step(talking(), Released(), NOW)
    assert (call.state, call.outcome) == ("over", "answered") and effects == (Finish("answered"), HangUp())
    assert play(Released(), call=waiting())[1] == ()


def test_a_secret_keyed_to_an_agent_is_asked_taken_and_told_as_one() -> None:
    call, effects = step(talking(), KEY_IT, NOW)
    assert effects == (Say(call.prompt, KEY_IT.texts),) and call.expect is not None and call.expect.secret
    assert step(call, Keyed("#"), NOW)[1][0] == Hush(call.prompt)
    call, effects = step(call, PromptOver(call.prompt), NOW)
    assert effects == () and call.deadline_at == NOW + PATIENCE
    call, effects = play(*(Keyed(one) for one in "482915#"), call=call)
    told = effects[0]
    assert isinstance(told, Tell) and told.text == "482915" and told.secret and "482915" not in repr(told)
    assert play(Keyed("7"), TimeUp(), call=call)[1] == (), "nothing is asked now"


def test_asked_again_he_hears_so_and_silent_twice_he_is_let_off() -> None:
    call, _ = step(talking(), KEY_IT, NOW)
    call, effects = step(call, Asked(("Wrong.", "Again.")), NOW)
    assert [type(one) for one in effects] == [Hush, Say]
    for _ in range(2):
        call, _ = step(call, PromptOver(call.prompt), NOW)
        assert step(call, TimeUp(), NOW)[1] == ()
        call, effects = step(call, TimeUp(), NOW + PATIENCE)
    assert isinstance(effects[0], Tell) and effects[0].text == "0"


def test_then_he_is_back_with_the_agent_after_a_word() -> None:
    call, effects = step(talking(), AskedNoMore(("Thank you.",)), NOW)
    assert effects == (Say(call.prompt, ("Thank you.",)),)
    assert step(call, PromptOver(call.prompt), NOW)[1] == (Together(),)
    asked_, _ = step(talking(), KEY_IT, NOW)
    assert step(asked_, AskedNoMore(), NOW)[1] == (Hush(asked_.prompt), Together())


def test_a_talk_taken_over_from_a_dead_worker_goes_on() -> None:
    assert step(talking(), Adopted(), NOW)[1] == (Together(),)


@pytest.mark.parametrize(
    ("cause", "why"),
    [(17, "busy"), (18, "no_answer"), (19, "no_answer"), (0, "no_answer"), (16, "no_answer")]
    + [(cause, "unreachable") for cause in (1, 20, 27, 34)],
)
def test_why_nobody_was_there_is_told_by_the_cause(cause: int, why: str) -> None:
    assert not_reached(cause) == why
