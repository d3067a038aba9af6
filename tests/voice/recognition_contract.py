"""What any recognizer must do that hears our callers; a test class of it inherits this and gives two fixtures."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from qiao.channels.voice.recognition import (
    FRAME_OCTETS,
    LanguageNotKnown,
    Partial,
    Recognized,
    Recognizer,
    Sentence,
    SpeechEnded,
)
from qiao.channels.voice.sandbox.sound import SILENCE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

LANGUAGE = "en"
PAUSE = SILENCE * 75
"""A second and a half: whoever is silent for so long has ended his sentence."""


async def frames(*sounds: bytes) -> AsyncGenerator[bytes, None]:
    """A-law in frames of 20 ms."""
    whole = b"".join(sounds)
    for at in range(0, len(whole), FRAME_OCTETS):
        yield whole[at : at + FRAME_OCTETS].ljust(FRAME_OCTETS, SILENCE[:1])
        await asyncio.sleep(0)


async def all_of(recognizer: Recognizer, *sounds: bytes) -> list[Recognized]:
    return [one async for one in recognizer.recognize(frames(*sounds), language=LANGUAGE)]


def sentences(told: list[Recognized]) -> list[str]:
    return [one.words for one in told if isinstance(one, Sentence)]


class RecognizerContract:
    """Give `recognizer`, and `speech`: at least two sentences of LANGUAGE as A-law, by their words."""

    @pytest.fixture
    def recognizer(self) -> Recognizer:
        raise NotImplementedError

    @pytest.fixture
    def speech(self) -> Mapping[str, bytes]:
        raise NotImplementedError

    async def test_each_sentence_is_told_once_in_its_order(
        self, recognizer: Recognizer, speech: Mapping[str, bytes]
    ) -> None:
        sounds = [sound for one in speech.values() for sound in (one, PAUSE)]
        assert sentences(await all_of(recognizer, PAUSE, *sounds)) == list(speech)

    async def test_a_sentence_is_any_number_of_partials_then_its_end_then_its_words(
        self, recognizer: Recognizer, speech: Mapping[str, bytes]
    ) -> None:
        told = await all_of(recognizer, *(sound for one in speech.values() for sound in (one, PAUSE)))
        ended = False
        for one in told:
            assert isinstance(one, Sentence) is ended, told
            assert not isinstance(one, Partial | Sentence) or one.words.strip()
            ended = isinstance(one, SpeechEnded)
        assert not ended and any(isinstance(one, Partial) for one in told)

    async def test_silence_has_no_words(self, recognizer: Recognizer) -> None:
        assert await all_of(recognizer, PAUSE * 4) == []
        assert await all_of(recognizer) == []

    async def test_words_come_while_the_call_goes_on(self, recognizer: Recognizer, speech: Mapping[str, bytes]) -> None:
        words, sound = next(iter(speech.items()))
        goes_on = asyncio.Event()

        async def call() -> AsyncGenerator[bytes, None]:
            async for frame in frames(sound, PAUSE):
                yield frame
            await goes_on.wait()

        told = recognizer.recognize(call(), language=LANGUAGE)
        async with asyncio.timeout(30):
            async for one in told:
                if isinstance(one, Sentence):
                    assert one.words == words
                    break
        goes_on.set()

    async def test_a_sentence_that_the_end_of_the_call_cuts_off_is_told_and_the_stream_ends(
        self, recognizer: Recognizer, speech: Mapping[str, bytes]
    ) -> None:
        words, sound = next(iter(speech.items()))
        async with asyncio.timeout(30):
            assert sentences(await all_of(recognizer, sound)) == [words]

    async def test_two_calls_do_not_hear_each_other(self, recognizer: Recognizer, speech: Mapping[str, bytes]) -> None:
        told = await asyncio.gather(*(all_of(recognizer, sound, PAUSE) for sound in speech.values()))
        assert [sentences(one) for one in told] == [[words] for words in speech]

    async def test_a_language_it_does_not_know_is_refused_before_anything_is_heard(
        self, recognizer: Recognizer
    ) -> None:
        heard = []

        async def call() -> AsyncGenerator[bytes, None]:
            heard.append(1)
            yield SILENCE

        with pytest.raises(LanguageNotKnown):
            async for _ in recognizer.recognize(call(), language="tlh"):
                pass
        assert not heard

    async def test_whoever_closes_the_stream_lets_the_call_go(
        self, recognizer: Recognizer, speech: Mapping[str, bytes]
    ) -> None:
        gone = asyncio.Event()

        async def call() -> AsyncGenerator[bytes, None]:
            try:
                while True:
                    async for frame in frames(next(iter(speech.values())), PAUSE):
                        yield frame
            finally:
                gone.set()

        told = recognizer.recognize(call(), language=LANGUAGE)
        async with asyncio.timeout(30):
            async with contextlib.aclosing(told) as stream:  # type: ignore[type-var]
                async for one in stream:
                    if isinstance(one, Sentence):
                        break
            await gone.wait()
