"""A flow read aloud: its sentences, a person first, then each choice with its key, and what keys may follow."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from qiao import selfservice
from qiao.channels.voice.model import PERSON, Expect, Script
from qiao.platform.i18n import CustomerTexts
from qiao.selfservice import Output

ALWAYS: Final = ("0", "*", "#")
"""A person, back, again: at every question."""


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
        person += [one.text, say("press", language, key=one.key)]
    secret = last.kind in {"code", "password", "yes"} or last.answer == "secret"
    if choices:
        return Script((*spoken, *person), Expect((*(one.key for one in choices), *ALWAYS)))
    if last.kind == "menu" or (last.kind == "ask" and last.answer == "text"):
        return Script(tuple(spoken), Expect(), unsayable=True)
    return Script((*spoken, say("then_hash", language)), Expect(secret=secret))
