"""Waiting for a person: what is told meanwhile, and what keys do then. Around `model.step`, pure as it is.

1: to be called back, in the same place of the line. 2: a person of any language. 3: the menu again from his next call.
What may be chosen is told first.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from qiao.channels.voice import model, model_effects
from qiao.channels.voice.model import Call, Keyed, TimeUp, prompt_id
from qiao.channels.voice.model_effects import Hold, Hush, Say

AGAIN: Final = timedelta(seconds=45)
"""Between two announcements: often enough to be company, seldom enough to hear the music."""
OWED_WITHIN: Final = timedelta(hours=4)
"""He keeps his place, so his turn comes as soon as it would have come here; later than this it is red on the desk."""
CALLBACK_KEY: Final = "1"
ANY_LANGUAGE_KEY: Final = "2"
MENU_KEY: Final = "3"


@dataclass(frozen=True, slots=True)
class Announced:
    """What is true now, to be said to who waits; nothing when there is nothing to say."""

    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Announce:
    """Find out what is true now of his waiting."""


@dataclass(frozen=True, slots=True)
class AskCallback:
    """See whether he may be called back."""


@dataclass(frozen=True, slots=True)
class AskAnyLanguage:
    """Let anybody take him, whatever language he speaks."""


@dataclass(frozen=True, slots=True)
class AskMenu:
    """Let him hear the menu when he calls the next time: he does not want a person first any more."""


Event = model.Event | Announced
Effect = model_effects.Effect | Announce | AskCallback | AskAnyLanguage | AskMenu
Step = tuple[Call, tuple[Effect, ...]]


def step(call: Call, event: Event, now: datetime) -> Step:
    """As `model.step`; who waits also hears how long, and may choose."""
    if isinstance(event, Announced):
        return _announced(call, event.texts, now)
    if call.state == "waiting" and isinstance(event, Keyed):
        return call, _chosen(event.digit)
    if call.state == "waiting" and isinstance(event, TimeUp):
        due = call.deadline_at is not None and now >= call.deadline_at
        return (replace(call, deadline_at=None), (Announce(),)) if due else (call, ())
    became, effects = model.step(call, event, now)
    if became.state == "waiting" and any(isinstance(one, Hold) for one in effects):
        became = replace(became, deadline_at=now + AGAIN)
    elif became.state != "waiting" and call.state == "waiting":
        became = replace(became, deadline_at=None)
    return became, effects


def _chosen(digit: str) -> tuple[Effect, ...]:
    asked: dict[str, Effect] = {CALLBACK_KEY: AskCallback(), ANY_LANGUAGE_KEY: AskAnyLanguage(), MENU_KEY: AskMenu()}
    return (asked[digit],) if digit in asked else ()


def _announced(call: Call, texts: tuple[str, ...], now: datetime) -> Step:
    """Said at once, over the music and instead of what is being said."""
    if call.state != "waiting":
        return call, ()
    if not texts:
        return (call, ()) if call.prompt else (replace(call, deadline_at=now + AGAIN), ())
    prompts = call.prompts + 1
    said = Say(prompt_id(call, prompts), texts)
    hushed: tuple[Effect, ...] = (Hush(call.prompt),) if call.prompt else ()
    return replace(call, prompt=said.prompt, prompts=prompts, deadline_at=None), (*hushed, said)


def owed_window(now: datetime, opens_at: datetime | None) -> tuple[datetime, datetime] | None:
    """When who keeps his place is to be called: from now on, or once his desk opens; None if it never does."""
    if opens_at is None:
        return None
    begins_at = max(now, opens_at)
    return begins_at, begins_at + OWED_WITHIN
