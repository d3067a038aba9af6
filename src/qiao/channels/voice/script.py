"""A flow read aloud: its sentences, a person first, then each choice with its key, and what keys may follow."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from qiao import selfservice
from qiao.channels.voice.model import PERSON, Expect, Script
from qiao.platform.i18n import CustomerTexts
from qiao.selfservice import Output

ALWAYS: Final = ("0", "*", "#")
"""A person, back, again: at every question."""
TONGUES: Final = {
    "简体中文": "zh-CN",
    "繁體中文（粵語）": "zh-HK",
    "English": "en",
    "Français": "fr",
    "Deutsch": "de",
    "Español": "es",
    "العربية": "ar",
    "日本語": "ja",
    "한국어": "ko",
}
"""A choice that is a language's own name is said in that language: it is for those who understand no other."""
_WRITTEN_WITHOUT_SPACES: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


class InTongue(str):
    """A sentence for another voice than the call's."""

    __slots__ = ("language",)
    language: str


def in_tongue(text: str, language: str) -> InTongue:
    """This sentence in the voice of this language, whatever the call's is."""
    told = InTongue(text)
    told.language = language
    return told


def voice_of(text: str, otherwise: str) -> str:
    """In which language a sentence is said."""
    return text.language if isinstance(text, InTongue) else otherwise


@cache
def texts() -> CustomerTexts:
    """The room's own words to callers. Raises TextsIncomplete."""
    return CustomerTexts.load("qiao.channels.voice")


def say(name: str, language: str, /, **params: Any) -> str:
    """One of them, in the customer's language."""
    return texts().say(name, language, **params)


def as_voice(outputs: Sequence[Output], language: str) -> Script:
    """What is said and waited for. A choice is its text and then its key, two prompts, so that both are kept.

    A person is offered before anything else, so nobody listens to more than two prompts for him.
    """
    bubbles = selfservice.as_chat(outputs, language)
    spoken = [bubble.text for bubble in bubbles if bubble.text.strip()]
    last = outputs[-1] if outputs and outputs[-1].waits else None
    if last is None:
        return Script(tuple(spoken))
    replies = bubbles[-1].quick_replies
    person = [part for one in replies if one.key == PERSON for part in (one.text, say("press", language, key=PERSON))]
    choices = [one for one in replies if one.key != PERSON]
    for one in choices:
        person += _choice(one.text, one.key, language)
    secret = last.kind in {"code", "password", "yes"} or last.answer == "secret"
    if choices:
        return Script((*spoken, *person), Expect((*(one.key for one in choices), *ALWAYS)))
    if last.kind == "menu" or (last.kind == "ask" and last.answer == "text"):
        return Script(tuple(spoken), Expect(), unsayable=True)
    return Script((*spoken, say("then_hash", language)), Expect(secret=secret))


def _choice(text: str, key: str, language: str) -> list[str]:
    tongue = TONGUES.get(text)
    if tongue is not None:
        return [in_tongue(say("press_for_language", tongue, key=key), tongue)]
    return [text, say("press", language, key=key)]


def greeting(name: str, language: str) -> str:
    """A greeting by name, as much of it as is said before somebody has proven who he is; "" for no name."""
    spoken = spoken_name(name)
    return say("greeting", language, name=spoken) if spoken else ""


def spoken_name(name: str) -> str:
    """The family name alone where it comes first, else the initial and the last: "师先生" -> "师", "M Smith"."""
    plain = name.strip()
    if not plain:
        return ""
    if _WRITTEN_WITHOUT_SPACES.search(plain):
        return plain[0]
    parts = plain.split()
    return parts[0] if len(parts) == 1 else f"{parts[0][0]} {parts[-1]}"
