"""One question after a conversation: asked while he is still on the line, answered by a key, and then goodbye. Pure.

The call is over for everybody else by then; only the sentence that is being said keeps its line.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from qiao.channels.voice import model_waiting
from qiao.channels.voice.model import Call, Expect, Keyed, Released, prompt_id
from qiao.channels.voice.model_effects import HangUp, Hush, Say

SCORES: Final = {"1": 3, "2": 2, "3": 1}
"""Key -> score, as the flow of the same question has it: satisfied, so-so, not."""


@dataclass(frozen=True, slots=True)
class RatingAsked:
    """The agent has ended the conversation, and the customer may be asked how it was; then `thanks`."""

    texts: tuple[str, ...]
    thanks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LastWords:
    """Another worker has a call that is over, its customer still there: this is said to him, then goodbye.

    With `thanks` it is the question, once more.
    """

    texts: tuple[str, ...] = ()
    thanks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rate:
    """He answered: 3 satisfied, 2 so-so, 1 not."""

    score: int


Event = model_waiting.Event | RatingAsked | LastWords
Effect = model_waiting.Effect | Rate
Step = tuple[Call, tuple[Effect, ...]]


def step(call: Call, event: Event, now: datetime) -> Step:
    """As `model_waiting.step`; whoever is asked may answer until the last word is said."""
    if isinstance(event, RatingAsked):
        return _asked(call, event, now)
    if isinstance(event, LastWords):
        return _last(call, event)
    if call.state == "over" and isinstance(event, Keyed) and call.expect is not None:
        return _keyed(call, event.digit)
    return model_waiting.step(call, event, now)


def _asked(call: Call, event: RatingAsked, now: datetime) -> Step:
    if call.state != "talking":
        return call, ()
    over, effects = model_waiting.step(call, Released(), now)
    prompts = over.prompts + 1
    said = Say(prompt_id(over, prompts), event.texts)
    asked = replace(over, prompt=said.prompt, prompts=prompts, expect=Expect(tuple(SCORES)), texts=event.thanks)
    return asked, (*(one for one in effects if not isinstance(one, HangUp)), said)


def _last(call: Call, event: LastWords) -> Step:
    if call.state != "over":
        return call, ()
    if not event.texts:
        return replace(call, prompt=""), (HangUp(),)
    prompts = call.prompts + 1
    said = Say(prompt_id(call, prompts), event.texts)
    expect = Expect(tuple(SCORES)) if event.thanks else None
    return replace(call, prompt=said.prompt, prompts=prompts, expect=expect, texts=event.thanks), (said,)


def _keyed(call: Call, digit: str) -> Step:
    if digit not in SCORES:
        return call, ()
    prompts = call.prompts + 1
    said = Say(prompt_id(call, prompts), call.texts)
    thanked = replace(call, prompt=said.prompt, prompts=prompts, expect=None)
    return thanked, (Hush(call.prompt), Rate(SCORES[digit]), said)
