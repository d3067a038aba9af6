"""One question after a conversation: answered by a key until the last word is said; the call counts as answered."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from qiao.channels.voice.model import (
    Answered,
    Arrived,
    Call,
    Event,
    HungUp,
    Keyed,
    Lost,
    Moved,
    PromptOver,
    Released,
    Script,
    place,
)
from qiao.channels.voice.model_effects import Finish, HangUp, Hush, Say
from qiao.channels.voice.model_rating import LastWords, Rate, RatingAsked, step

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ASKED = RatingAsked(("How was it?",), ("Thank you.",))


def talking() -> Call:
    call = Call(UUID(int=7), "ch-1")
    for event in (Arrived(), Moved(Script(()), "queued"), Answered()):
        call, _ = step(call, event, NOW)
    return call


def test_he_is_asked_and_the_call_is_over_for_everybody_else() -> None:
    call, effects = step(talking(), ASKED, NOW)
    assert effects == (Finish("answered"), Say(call.prompt, ("How was it?",)))
    assert call.state == "over" and place(call) == "answered"
    assert step(call, PromptOver(call.prompt), NOW)[1] == (HangUp(),)


@pytest.mark.parametrize(("key", "score"), [("1", 3), ("2", 2), ("3", 1)])
def test_a_key_is_his_score_once_and_he_is_thanked(key: str, score: int) -> None:
    asked, _ = step(talking(), ASKED, NOW)
    call, effects = step(asked, Keyed(key), NOW)
    assert effects == (Hush(asked.prompt), Rate(score), Say(call.prompt, ("Thank you.",)))
    assert step(call, Keyed("1"), NOW) == (call, ())
    assert step(call, PromptOver(call.prompt), NOW)[1] == (HangUp(),)


def test_another_key_is_no_score_and_who_is_not_talking_is_not_asked() -> None:
    asked, _ = step(talking(), ASKED, NOW)
    assert step(asked, Keyed("9"), NOW) == (asked, ())
    waiting = Call(UUID(int=7), "ch-1", state="waiting", queued_at=NOW)
    assert step(waiting, ASKED, NOW) == (waiting, ())


def test_without_the_question_an_ended_conversation_is_hung_up() -> None:
    _, effects = step(talking(), Released(), NOW)
    assert effects == (Finish("answered"), HangUp())


def left_by_its_worker() -> Call:
    """The call as another worker reads it: who hears his last words hears no more of them."""
    asked, _ = step(talking(), ASKED, NOW)
    assert asked.parting
    return Call(asked.id, "ch-1", state="over", outcome="answered", prompts=asked.prompts, prompt="unheard")


def test_another_worker_asks_him_again_and_his_key_is_the_score() -> None:
    again, effects = step(left_by_its_worker(), LastWords(ASKED.texts, ASKED.thanks), NOW)
    assert effects == (Say(again.prompt, ("How was it?",)),) and again.parting
    assert step(again, PromptOver("unheard"), NOW) == (again, ()), "what the dead worker played is not ours"
    call, effects = step(again, Keyed("1"), NOW)
    assert effects == (Hush(again.prompt), Rate(3), Say(call.prompt, ("Thank you.",)))
    assert step(call, PromptOver(call.prompt), NOW)[1] == (HangUp(),)


def test_who_had_answered_already_is_thanked_by_the_other_worker_and_asked_nothing() -> None:
    call, effects = step(left_by_its_worker(), LastWords(ASKED.thanks), NOW)
    assert effects == (Say(call.prompt, ("Thank you.",)),)
    assert step(call, Keyed("1"), NOW) == (call, ())
    assert step(call, PromptOver(call.prompt), NOW)[1] == (HangUp(),)


def test_with_nothing_left_to_say_he_is_hung_up_and_a_call_that_goes_on_has_no_last_words() -> None:
    call, effects = step(left_by_its_worker(), LastWords(), NOW)
    assert effects == (HangUp(),) and not call.parting
    assert step(talking(), LastWords(("Goodbye.",)), NOW) == (talking(), ())


@pytest.mark.parametrize("event", [HungUp(), Lost()])
def test_whoever_is_gone_before_the_last_word_is_waited_for_no_longer(event: Event) -> None:
    asked, _ = step(talking(), ASKED, NOW)
    call, effects = step(asked, event, NOW)
    assert not call.parting and effects == () and place(call) == "answered"
    assert step(call, Keyed("1"), NOW) == (call, ())
