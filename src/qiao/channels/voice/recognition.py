"""Speech recognition as a port: sound of a call in as it is spoken, words out. The house brings no recognizer.

An operator's own implements `Recognizer` and has to pass `tests/voice/recognition_contract.py`.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, Protocol

FRAME_OCTETS: Final = 160
"""A frame is 20 ms of G.711 A-law at 8 kHz, as the telephone network speaks."""


@dataclass(frozen=True, slots=True)
class Partial:
    """What has been understood of a sentence so far; the next may say otherwise."""

    words: str


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """Whoever spoke has paused: his sentence is over, its words follow."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """The words of a sentence, which stand."""

    words: str


Recognized = Partial | SpeechEnded | Sentence
"""A sentence is any number of Partial, one SpeechEnded, one Sentence."""


class LanguageNotKnown(Exception):
    """This recognizer does not know the language; nothing was heard."""


class Recognizer(Protocol):
    """Any number of calls at once; each has a stream of its own."""

    def recognize(self, frames: AsyncIterator[bytes], *, language: str) -> AsyncIterator[Recognized]:
        """What is said in these frames, one after the other as they come; silence is no words.

        `language` is the one that is expected (BCP 47, such as zh-HK). A sentence that the end of the frames cuts off
        is told, then the stream ends. Closing it lets the frames go. Raises LanguageNotKnown before the first frame.
        """
        ...
