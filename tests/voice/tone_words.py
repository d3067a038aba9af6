"""The tests' own recognizer: it knows two words, and each is a tone. It understands no speech."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from qiao.channels.voice.recognition import LanguageNotKnown, Partial, Recognized, Sentence, SpeechEnded
from qiao.channels.voice.sandbox.sound import decode, loudness, share_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

WORDS: Final = {440.0: "yes", 1000.0: "no"}
LANGUAGES: Final = frozenset({"en"})
WINDOW_FRAMES: Final = 5
QUIET_WINDOWS: Final = 5
"""Half a second of silence ends a sentence."""
LOUD: Final = 300.0


class ToneWords:
    """Measures a tenth of a second at a time; tones that follow each other without a pause are one sentence."""

    async def recognize(self, frames: AsyncIterator[bytes], *, language: str) -> AsyncGenerator[Recognized, None]:
        if language not in LANGUAGES:
            raise LanguageNotKnown
        said: list[str] = []
        quiet = 0
        async with contextlib.aclosing(_windows(frames)) as windows:
            async for window in windows:
                word = word_in(window)
                quiet = 0 if word else quiet + 1
                if word and said[-1:] != [word]:
                    said.append(word)
                    yield Partial(" ".join(said))
                if said and quiet == QUIET_WINDOWS:
                    yield SpeechEnded()
                    yield Sentence(" ".join(said))
                    said = []
        if said:
            yield SpeechEnded()
            yield Sentence(" ".join(said))


async def _windows(frames: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    kept: list[bytes] = []
    try:
        async for frame in frames:
            kept.append(frame)
            if len(kept) == WINDOW_FRAMES:
                yield b"".join(kept)
                kept = []
    finally:
        if (close := getattr(frames, "aclose", None)) is not None:
            await close()


def word_in(sound: bytes) -> str:
    """The word whose tone is most of this sound, "" for none."""
    samples = decode(sound)
    if loudness(samples) < LOUD:
        return ""
    return next((word for hertz, word in WORDS.items() if share_of(samples, hertz) > 0.5), "")
