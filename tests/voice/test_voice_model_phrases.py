"""Set phrases in a conversation: heard alone, answered by keys that are no secret, one at a time, each settled once."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from qiao.channels.voice.line_phrases import meant, spoken, texts
from qiao.channels.voice.model import (
    Answered,
    Arrived,
    Asked,
    Call,
    HungUp,
    Keyed,
    Moved,
    Parted,
    PromptOver,
    Released,
    Script,
    TimeUp,
)
from qiao.channels.voice.model_effects import Finish, Hold, Hush, Say, Together
from qiao.channels.voice.model_phrases import (
    ANSWER_WITHIN,
    DIGITS,
    PHRASES,
    Awaits,
    Chosen,
    Settled,
    Spoken,
    may_be_said,
    step,
    together,
)
from qiao.channels.voice.store_phrases import Phrase
from qiao.kernel.languages import LANGUAGES

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ONE, TWO = UUID(int=1), UUID(int=2)
QUESTION = Chosen(ONE, ("Is it solved?",), ("1", "2"))
WORD = Chosen(TWO, ("One moment.",))


def talking() -> Call:
    call = Call(UUID(int=7), "ch-1")
    for event in (Arrived(), Moved(Script(()), "queued"), Answered()):
        call, _ = step(call, event, NOW)
    return call


def asked(event: Chosen = QUESTION) -> Call:
    return step(talking(), event, NOW)[0]


def heard(event: Chosen = QUESTION) -> Call:
    call = asked(event)
    return step(call, PromptOver(call.prompt), NOW)[0]


def test_a_phrase_is_said_to_who_talks_and_to_nobody_else() -> None:
    call, effects = step(talking(), QUESTION, NOW)
    assert effects == (Spoken(ONE), Say(call.prompt, ("Is it solved?",)))
    assert call.expect == Awaits(("1", "2", "0"), phrase=ONE) and not call.expect.secret
    assert not together(call)
    waiting = Call(UUID(int=7), "ch-1", state="waiting", queued_at=NOW)
    assert step(waiting, QUESTION, NOW) == (waiting, ()) and not may_be_said(waiting) and not together(waiting)


def test_it_is_not_said_over_a_secret_or_over_a_word_of_our_own() -> None:
    keying, _ = step(talking(), Asked(("Key your password.",)), NOW)
    assert step(keying, QUESTION, NOW) == (keying, ()) and not together(keying)
    after, _ = step(keying, PromptOver(keying.prompt), NOW)
    assert not may_be_said(after) and not together(after)


def test_he_is_with_the_agent_again_once_it_was_heard_and_his_key_is_the_answer() -> None:
    before = asked()
    call, effects = step(before, PromptOver(before.prompt), NOW)
    assert effects == (Together(),) and together(call) and call.deadline_at == NOW + ANSWER_WITHIN
    call, effects = step(call, Keyed("2"), NOW)
    assert effects == (Settled(ONE, "answered", "2"), Together())
    assert call.expect is None and call.deadline_at is None
    assert step(call, Keyed("1"), NOW) == (call, ()), "one answer"


def test_he_may_answer_while_it_is_being_said_and_keys_that_are_no_answer_do_nothing() -> None:
    before = asked()
    assert step(before, Keyed("7"), NOW) == (before, ())
    call, effects = step(before, Keyed("1"), NOW)
    assert effects == (Hush(before.prompt), Settled(ONE, "answered", "1"), Together())
    assert step(call, PromptOver(before.prompt), NOW) == (call, ())


@pytest.mark.parametrize("before", [asked(), heard()], ids=["while it is said", "after it"])
def test_zero_has_it_said_again(before: Call) -> None:
    call, effects = step(before, Keyed("0"), NOW)
    assert effects[-1] == Say(call.prompt, ("Is it solved?",)) and call.prompt != before.prompt
    assert not any(isinstance(one, Settled) for one in effects) and call.deadline_at is None
    assert call.expect == before.expect


def test_without_a_key_the_agent_is_told_so_in_time_and_no_sooner() -> None:
    call = heard()
    assert step(asked(), TimeUp(), NOW)[1] == (), "while it is said no time runs"
    assert step(call, TimeUp(), NOW) == (call, ())
    quiet, effects = step(call, TimeUp(), NOW + ANSWER_WITHIN)
    assert effects == (Settled(ONE, "silent"),) and quiet.expect is None and quiet.state == "talking"


def test_what_asks_nothing_is_settled_once_it_was_heard_and_may_be_heard_again() -> None:
    before = asked(WORD)
    call, effects = step(before, PromptOver(before.prompt), NOW)
    assert effects == (Settled(TWO, "heard"), Together())
    assert isinstance(step(call, Keyed("0"), NOW)[1][-1], Say)
    over, effects = step(call, TimeUp(), NOW + ANSWER_WITHIN)
    assert effects == () and over.expect is None


def test_what_could_not_be_played_waits_for_no_key() -> None:
    before = asked()
    call, effects = step(before, PromptOver(before.prompt, heard=False), NOW)
    assert effects == (Settled(ONE, "unplayed"), Together()) and call.expect is None and together(call)


def test_the_end_of_another_prompt_changes_nothing() -> None:
    before = asked()
    assert step(before, PromptOver("another"), NOW) == (before, ())


def test_a_new_phrase_takes_the_place_of_the_one_before_and_the_same_is_said_once() -> None:
    before = asked()
    assert step(before, QUESTION, NOW) == (before, ())
    call, effects = step(before, WORD, NOW)
    assert effects == (Hush(before.prompt), Settled(ONE, "left"), Spoken(TWO), Say(call.prompt, ("One moment.",)))


def test_whatever_else_happens_to_the_call_leaves_the_phrase() -> None:
    call, effects = step(heard(), HungUp(), NOW)
    assert effects == (Finish("answered"), Settled(ONE, "left")) and call.state == "over"
    before = asked()
    call, effects = step(before, Parted(), NOW)
    assert effects == (Hush(before.prompt), Hold(), Settled(ONE, "left")) and call.state == "waiting"
    call, effects = step(heard(), Asked(("Key your password.",)), NOW)
    assert effects[-1] == Settled(ONE, "left") and call.expect is not None and call.expect.secret
    assert Settled(ONE, "left") in step(heard(), Released(), NOW)[1]
    same = heard()
    assert step(same, Arrived(), NOW) == (same, ())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_and_every_answer_is_written_in_every_language(language: str) -> None:
    used = set()
    for code, one in PHRASES.items():
        said = Phrase(ONE, TWO, TWO, code, language, "en", NOW if one.promises else None, "Asia/Shanghai", NOW)
        parts = spoken(said)
        assert all(parts) and len(parts) == 1 + (0 if one.answers is DIGITS else 2 * len(one.answers)), code
        assert "{" not in "".join(parts)
        used |= {code, *(name for name in one.answers.values() if name)}
    assert used == set(texts().keys()), "nothing is written that is never said"


def test_a_key_means_what_was_asked_and_a_number_itself() -> None:
    def answered(code: str, key: str) -> Phrase:
        return Phrase(ONE, TWO, TWO, code, "fr", "zh-CN", None, "", NOW, NOW, "answered", key)

    assert meant(answered("solved_now", "1"), "zh-CN") == "是"
    assert meant(answered("matter", "2"), "fr") == "pas de réseau"
    assert meant(answered("how_many_days", "4"), "zh-CN") == "4"
    assert meant(answered("hello", ""), "zh-CN") == ""
    assert meant(answered("no longer there", "3"), "zh-CN") == "3"
