"""One question after a conversation: answered by a key until the last word is said; the call counts as answered."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from qiao.channels.voice.model import Answered, Arrived, Call, Keyed, Moved, PromptOver, Released, Script, place
from qiao.channels.voice.model_effects import Finish, HangUp, Hush, Say
from qiao.channels.voice.model_rating import Rate, RatingAsked, step

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
