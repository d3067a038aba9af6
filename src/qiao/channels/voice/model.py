"""One call as a machine of states: what happens to it, what it becomes, what is to be done. Pure; `now` comes in.

A call is offered to people once it waits for one. From then on it is in exactly one place, at every moment:
offered = waiting + answered + abandoned + overflowed + callback + dropped.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from qiao.channels.voice.model_effects import (
    Effect,
    Finish,
    HangUp,
    Hold,
    Hush,
    Outcome,
    Resume,
    Say,
    Tell,
    Together,
)

State = Literal["menu", "waiting", "talking", "over"]
PATIENCE: Final = timedelta(seconds=7)
"""So long after a prompt we wait for the first key."""
BETWEEN_KEYS: Final = timedelta(seconds=4)
BETWEEN_CHOICE_KEYS: Final = timedelta(seconds=2)
"""After a key that is a choice and the beginning of a longer one."""
SILENCES_MAX: Final = 2
"""After so many times without a key, a person."""
KEYED_MAX: Final = 24
"""Keys that are kept, typed ahead or in one answer; more are let go."""
PERSON: Final = "0"


@dataclass(frozen=True, slots=True)
class Expect:
    """What keys may follow a prompt: one of `choices`, or digits up to `#`."""

    choices: tuple[str, ...] = ()
    """Empty: digits are collected."""
    secret: bool = False
    """A password or code: kept nowhere, shown nowhere."""


@dataclass(frozen=True, slots=True)
class Script:
    """What is said, and what is waited for then. `unsayable`: what is asked cannot be told by keys."""

    texts: tuple[str, ...]
    expect: Expect | None = None
    unsayable: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A call. What stands below `prompt` is forgotten when its worker dies, and no secret was in the rest."""

    id: UUID
    channel: str
    state: State = "menu"
    outcome: Outcome = ""
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ending: bool = False
    """It is hung up once what is being said has been said."""
    words: int = 0
    """Words told to the flow so far: each has a number, so that it is taken once."""
    prompt: str = ""
    """The prompt that plays now."""
    prompts: int = 0
    texts: tuple[str, ...] = ()
    expect: Expect | None = None
    keyed: str = ""
    silences: int = 0
    deadline_at: datetime | None = None

    @property
    def offered(self) -> bool:
        """Whether people have been asked for."""
        return self.queued_at is not None

    @property
    def parting(self) -> bool:
        """Whether it is over for everybody but its customer, who hears the last words."""
        return self.state == "over" and self.prompt != ""


# What happens -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arrived:
    """It is ours: picked up, written down, and now it begins."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """A key: 0-9, * or #."""

    digit: str


@dataclass(frozen=True, slots=True)
class PromptOver:
    """A prompt was heard to its end, or could not be played."""

    prompt: str
    heard: bool = True


@dataclass(frozen=True, slots=True)
class TimeUp:
    """Time to look at the deadline."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The flow has answered. "queued": he waits for a person; "over": the flow is over otherwise."""

    script: Script
    then: Literal["", "queued", "over"] = ""


@dataclass(frozen=True, slots=True)
class HungUp:
    """The customer hung up, or never picked up; `cause` as in Q.850, 0 where nobody told."""

    cause: int = 0


@dataclass(frozen=True, slots=True)
class Lost:
    """The call is not there any more and nobody knows when it went: Asterisk died, or all workers were away."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """Another worker has it now: the one before is gone."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A person talks with the customer."""


@dataclass(frozen=True, slots=True)
class Parted:
    """Nobody is with him any more and he waits again, with the time since when he waits."""


@dataclass(frozen=True, slots=True)
class Released:
    """The agent has ended the conversation."""


@dataclass(frozen=True, slots=True)
class Asked:
    """He is asked to key something that nobody may hear, with the agent there and deaf for it."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskedNoMore:
    """The agent has him back; these words first."""

    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Overflowed:
    """It waited too long and has gone to another place than ours."""


@dataclass(frozen=True, slots=True)
class CallbackTaken:
    """He chose to be called back, and keeps his place."""

    texts: tuple[str, ...] = ()


Event = (
    Arrived | Keyed | PromptOver | TimeUp | Moved | HungUp | Lost | Adopted | Answered | Parted | Released
    | Asked | AskedNoMore | Overflowed | CallbackTaken
)  # fmt: skip


Step = tuple[Call, tuple[Effect, ...]]


def step(call: Call, event: Event, now: datetime) -> Step:
    """What the call becomes and what is to be done. What cannot concern it changes nothing."""
    if call.state == "over":
        if isinstance(event, HungUp | Lost):
            return replace(call, prompt="", expect=None), ()
        last = isinstance(event, PromptOver) and call.prompt != "" and event.prompt == call.prompt
        return (replace(call, prompt=""), (HangUp(),)) if last else (call, ())
    match event:
        case HungUp():
            return _over(replace(call, prompt=""), _when_left(call), now)
        case Lost():
            lost: Outcome = "dropped" if call.state == "waiting" else _when_left(call)
            return _over(replace(call, prompt=""), lost, now)
        case PromptOver(prompt):
            return _prompt_over(call, prompt, now)
        case Adopted():
            return _adopted(call)
    if call.state == "menu":
        return _in_menu(call, event, now)
    return _waiting(call, event, now) if call.state == "waiting" else _talking(call, event, now)


def _in_menu(call: Call, event: Event, now: datetime) -> Step:
    match event:
        case Arrived():
            return call, (Resume(),)
        case Keyed(digit) if not call.ending:
            return _keyed(call, digit, now)
        case TimeUp() if call.deadline_at is not None and now >= call.deadline_at:
            return _time_up(call)
        case Moved(script, then) if not call.ending:
            return _moved(call, script, then, now)
    return call, ()


def _waiting(call: Call, event: Event, now: datetime) -> Step:
    match event:
        case Answered():
            return replace(call, state="talking", answered_at=now, prompt=""), _hushed(call)
        case Overflowed():
            return _over(call, "overflowed", now)
        case CallbackTaken(texts):
            over, effects = _over(call, "callback", now)
            if not texts:
                return over, (*effects, HangUp())
            prompts = call.prompts + 1
            said = Say(prompt_id(call, prompts), texts)
            return replace(over, prompt=said.prompt, prompts=prompts), (*_hushed(call), said, *effects)
    return call, ()


def _talking(call: Call, event: Event, now: datetime) -> Step:
    match event:
        case Parted():
            calm = replace(call, state="waiting", expect=None, keyed="", deadline_at=None, prompt="", silences=0)
            return calm, (*_hushed(call), Hold())
        case Released():
            over, effects = _over(replace(call, prompt=""), "answered", now)
            return over, (*_hushed(call), *effects, HangUp())
        case Asked(texts):
            asked, effects = _say(replace(call, expect=Expect(secret=True), keyed="", silences=0), texts)
            return replace(asked, deadline_at=None), (*_hushed(call), *effects)
        case AskedNoMore(texts):
            calm = replace(call, expect=None, keyed="", deadline_at=None, prompt="", silences=0)
            told, effects = _say(calm, texts) if texts else (calm, (Together(),))
            return told, (*_hushed(call), *effects)
        case Keyed(digit) if call.expect is not None:
            return _keyed(call, digit, now)
        case TimeUp() if call.expect is not None and call.deadline_at is not None and now >= call.deadline_at:
            return _time_up(call)
    return call, ()


def _when_left(call: Call) -> Outcome:
    """How a call comes out whose customer goes now."""
    if call.state == "waiting":
        return "abandoned"
    if call.state == "talking":
        return "answered"
    return "served" if call.ending else "left"


def _over(call: Call, outcome: Outcome, now: datetime) -> Step:
    over = replace(call, state="over", outcome=outcome, ended_at=now, expect=None, keyed="", deadline_at=None)
    return over, (Finish(outcome),)


def _prompt_over(call: Call, prompt: str, now: datetime) -> Step:
    if not prompt or prompt != call.prompt:
        return call, ()
    call = replace(call, prompt="")
    if call.ending:
        return call, (HangUp(),)
    if call.state == "waiting":
        return call, (Hold(),)
    if call.state == "talking" and call.expect is None:
        return call, (Together(),)
    return (replace(call, deadline_at=now + PATIENCE) if call.expect and not call.keyed else call), ()


def _adopted(call: Call) -> Step:
    call = replace(call, prompt="", expect=None, keyed="", deadline_at=None, texts=())
    if call.state == "waiting":
        return call, (Hold(),)
    if call.state == "talking":
        return call, (Together(),)
    return call, ((HangUp(),) if call.ending else (Resume(),))


def _hushed(call: Call) -> tuple[Effect, ...]:
    return (Hush(call.prompt),) if call.prompt else ()


def _keyed(call: Call, digit: str, now: datetime) -> Step:
    """A key stops what is said; before its question is asked it is kept."""
    if call.expect is None:
        return replace(call, keyed=(call.keyed + digit)[:KEYED_MAX]), ()
    told, effects = _one_key(replace(call, prompt=""), call.expect, digit, now)
    return told, (*_hushed(call), *effects)


def _one_key(call: Call, expect: Expect, digit: str, now: datetime) -> Step:
    if not expect.choices:
        return _one_digit(call, expect, digit, now)
    keyed = (call.keyed + digit)[:KEYED_MAX]
    if any(one.startswith(keyed) and one != keyed for one in expect.choices):
        return replace(call, keyed=keyed, deadline_at=now + BETWEEN_CHOICE_KEYS), ()
    return _tell(call, keyed)


def _one_digit(call: Call, expect: Expect, digit: str, now: datetime) -> Step:
    if digit == "#":
        return _tell(call, call.keyed or "#")
    if digit == "*" and not call.keyed:
        return _tell(call, "*")
    point = "." if digit == "*" else digit
    return replace(call, keyed=(call.keyed + point)[:KEYED_MAX], deadline_at=now + BETWEEN_KEYS), ()


def _tell(call: Call, text: str) -> Step:
    secret = call.expect is not None and call.expect.secret
    words = call.words + 1
    told = replace(call, words=words, expect=None, keyed="", silences=0, deadline_at=None, prompt="")
    return told, (Tell(words, text, secret=secret),)


def _time_up(call: Call) -> Step:
    if call.keyed:
        return _tell(call, call.keyed)
    silences = call.silences + 1
    if silences >= SILENCES_MAX:
        return _tell(call, PERSON)
    again, effects = _say(replace(call, silences=silences, deadline_at=None), call.texts)
    return again, effects


def prompt_id(call: Call, number: int) -> str:
    """What the call's prompt of this number is called."""
    return f"{call.id}-{number}"


def _say(call: Call, texts: tuple[str, ...]) -> Step:
    prompts = call.prompts + 1
    prompt = prompt_id(call, prompts)
    return replace(call, prompt=prompt, prompts=prompts, texts=texts), (Say(prompt, texts),)


def _moved(call: Call, script: Script, then: Literal["", "queued", "over"], now: datetime) -> Step:
    if then == "queued":
        call = replace(call, state="waiting", queued_at=now, keyed="", expect=None)
        return _say(call, script.texts) if script.texts else (call, (Hold(),))
    if then == "over":
        call = replace(call, ending=True, keyed="", expect=None)
        return _say(call, script.texts) if script.texts else (call, (HangUp(),))
    if script.unsayable or script.expect is None:
        return _tell(call, PERSON)
    ahead = call.keyed
    call = replace(call, expect=script.expect, keyed="", texts=script.texts, deadline_at=None)
    if not ahead:
        return _say(call, script.texts)
    effects: tuple[Effect, ...] = ()
    for number, digit in enumerate(ahead):
        call, more = _keyed(call, digit, now)
        effects += more
        if call.expect is None:
            return replace(call, keyed=ahead[number + 1 :]), effects
    return call, effects


# Counted ----------------------------------------------------------------------------------------------------------


def place(call: Call) -> str:
    """Where a call that was offered to people is: "waiting", or how it came out; "" for one that never was."""
    if not call.offered:
        return ""
    if call.state == "waiting":
        return "waiting"
    return "answered" if call.state == "talking" else call.outcome


def tally(calls: Iterable[Call]) -> Counter[str]:
    """How many calls were offered to people, and where they are: all places add up to "offered"."""
    return Counter(told for call in calls if (where := place(call)) for told in ("offered", where))
