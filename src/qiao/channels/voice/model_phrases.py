"""Set phrases: agent and caller without a common language talk by sentences and keys. Around `model_rating.step`, pure.

A phrase is said to the caller alone, over whatever he hears, and he may key at once or after it: his answer, or 0 to
hear it again. What he keys here is no secret and is the agent's to see. A new phrase takes the place of the one before.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from qiao.channels.voice import model_rating
from qiao.channels.voice.model import Call, Expect, Keyed, PromptOver, TimeUp, prompt_id
from qiao.channels.voice.model_effects import Hush, Say, Together

NO_PHRASE: Final = UUID(int=0)
AGAIN: Final = "0"
ANSWER_WITHIN: Final = timedelta(seconds=20)
"""After a question was heard; longer than at a menu, since he may look at his telephone for it."""
Outcome = Literal["heard", "answered", "silent", "left", "unplayed"]
"""`silent`: no key in time. `left`: something else came first. `unplayed`: the voice could not say it."""
YES_NO: Final = {"1": "yes", "2": "no"}
DIGITS: Final = {str(digit): "" for digit in range(1, 10)}
"""A number is its own meaning."""
MATTERS: Final = ("bill", "no_signal", "internet", "roaming", "lost_phone", "other")


@dataclass(frozen=True, slots=True)
class SetPhrase:
    """One that may be chosen. `answers`: key -> name of its meaning; none for what asks nothing."""

    code: str
    answers: dict[str, str]
    texted: bool = False
    """May also go to him as a text message."""
    promises: bool = False
    """Promises him a call, and is said with its time."""


def _choice(*names: str) -> dict[str, str]:
    return {str(key): f"answer_{name}" for key, name in enumerate(names, 1)}


def _asks(code: str, answers: dict[str, str] | None = None) -> SetPhrase:
    return SetPhrase(code, YES_NO if answers is None else answers)


def _tells(code: str, *, texted: bool = False) -> SetPhrase:
    return SetPhrase(code, {}, texted=texted)


GROUPS: Final[dict[str, tuple[SetPhrase, ...]]] = {
    "opening": (
        _tells("hello"),
        _asks("understood"),
        _asks("matter", _choice(*MATTERS)),
    ),
    "questions": (
        _asks("this_number"),
        _asks("which_line", _choice("phone", "broadband")),
        _asks("since_today"),
        _asks("how_many_days", DIGITS),
        _asks("abroad"),
        _asks("restarted"),
        _asks("signal_now"),
        _asks("over_wifi"),
        _asks("unknown_charge"),
        _asks("lost_or_stolen", _choice("lost", "stolen")),
        _asks("may_block"),
        _asks("may_cancel"),
        _asks("may_start"),
        _asks("new_sim"),
        _asks("solved_now"),
        _asks("anything_else"),
    ),
    "telling": (
        _tells("looking"),
        _tells("one_moment"),
        _tells("proof_next"),
        _tells("started", texted=True),
        _tells("cancelled", texted=True),
        _tells("blocked", texted=True),
        _tells("outage", texted=True),
        _tells("restart_now", texted=True),
        _tells("roaming_switch", texted=True),
        _tells("emergency_dial", texted=True),
        _tells("not_by_phone"),
        _tells("come_to_shop", texted=True),
    ),
    "afterwards": (
        _tells("text_now"),
        _asks("shall_call"),
        _asks("when_call", _choice("at_once", "tomorrow")),
        SetPhrase("will_call", {}, promises=True),
    ),
    "closing": (
        _tells("sorry"),
        _tells("thanks_waiting"),
        _tells("goodbye"),
    ),
}
PHRASES: Final = {one.code: one for group in GROUPS.values() for one in group}


@dataclass(frozen=True, slots=True)
class Awaits(Expect):
    """What he may key about a phrase that was said to him."""

    phrase: UUID = NO_PHRASE


@dataclass(frozen=True, slots=True)
class Chosen:
    """The agent has chosen a phrase; `keys` are its answers, none where it asks nothing."""

    id: UUID
    texts: tuple[str, ...]
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spoken:
    """It is being said to him now."""

    id: UUID


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of it; `key` where he answered."""

    id: UUID
    outcome: Outcome
    key: str = ""


Event = model_rating.Event | Chosen
Effect = model_rating.Effect | Spoken | Settled
Step = tuple[Call, tuple[Effect, ...]]


def may_be_said(call: Call) -> bool:
    """Whether a phrase may be said now: to who talks, and not over a question or a word of our own."""
    return call.state == "talking" and (isinstance(call.expect, Awaits) or (call.expect is None and not call.prompt))


def together(call: Call) -> bool:
    """Whether he is with the agent, or may be: nothing is being said to him, and nothing secret is keyed."""
    return call.state == "talking" and not call.prompt and (call.expect is None or isinstance(call.expect, Awaits))


def step(call: Call, event: Event, now: datetime) -> Step:
    """As `model_rating.step`; who is asked a phrase answers it by keys."""
    waits = call.expect if isinstance(call.expect, Awaits) else None
    if isinstance(event, Chosen):
        return _chosen(call, event, waits) if may_be_said(call) else (call, ())
    if waits is None:
        return model_rating.step(call, event, now)
    match event:
        case Keyed(digit):
            return _keyed(call, waits, digit)
        case PromptOver(prompt, heard) if prompt and prompt == call.prompt:
            return _heard(call, waits, now) if heard else _unplayed(call, waits)
        case TimeUp():
            return _time_up(call, waits, now)
    became, effects = model_rating.step(call, event, now)
    left = (Settled(waits.phrase, "left"),) if became.expect != waits else ()
    return became, (*effects, *left)


def _chosen(call: Call, event: Chosen, before: Awaits | None) -> Step:
    if before is not None and before.phrase == event.id:
        return call, ()
    left: tuple[Effect, ...] = (Settled(before.phrase, "left"),) if before is not None else ()
    asked = replace(call, expect=Awaits((*event.keys, AGAIN), phrase=event.id), keyed="", silences=0)
    said, effects = _say(asked, event.texts)
    return said, (*_hushed(call), *left, Spoken(event.id), *effects)


def _say(call: Call, texts: tuple[str, ...]) -> Step:
    prompts = call.prompts + 1
    said = Say(prompt_id(call, prompts), texts)
    return replace(call, prompt=said.prompt, prompts=prompts, texts=texts, deadline_at=None), (said,)


def _keyed(call: Call, waits: Awaits, digit: str) -> Step:
    if digit not in waits.choices:
        return call, ()
    if digit == AGAIN:
        again, effects = _say(call, call.texts)
        return again, (*_hushed(call), *effects)
    answered = replace(call, expect=None, prompt="", deadline_at=None)
    return answered, (*_hushed(call), Settled(waits.phrase, "answered", digit), Together())


def _heard(call: Call, waits: Awaits, now: datetime) -> Step:
    """He is with the agent again, and may still answer or hear it again."""
    asks = waits.choices != (AGAIN,)
    told: tuple[Effect, ...] = () if asks else (Settled(waits.phrase, "heard"),)
    return replace(call, prompt="", deadline_at=now + ANSWER_WITHIN), (*told, Together())


def _time_up(call: Call, waits: Awaits, now: datetime) -> Step:
    if call.deadline_at is None or now < call.deadline_at:
        return call, ()
    told: tuple[Effect, ...] = (Settled(waits.phrase, "silent"),) if waits.choices != (AGAIN,) else ()
    return replace(call, expect=None, deadline_at=None), told


def _unplayed(call: Call, waits: Awaits) -> Step:
    """The voice could not say it: the agent knows, and nothing waits for a key."""
    quiet = replace(call, expect=None, prompt="", deadline_at=None)
    return quiet, (Settled(waits.phrase, "unplayed"), Together())


def _hushed(call: Call) -> tuple[Effect, ...]:
    return (Hush(call.prompt),) if call.prompt else ()
