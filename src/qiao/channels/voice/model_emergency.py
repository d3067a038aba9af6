"""Whether a call that ended was an emergency cut short: somebody abroad who may not be able to call again. Pure.

And how much becomes of it: whoever forges a number must not have its owner flooded, nor the desk.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

ENTRY_POINTS: Final = frozenset({"roaming", "emergency"})
"""Service numbers of which every call that breaks off is one."""
FEW_SECONDS: Final = 60.0
"""A conversation that the caller's side ends within so long has hardly been one."""
BROKE_OFF: Final = frozenset({"abandoned", "dropped"})
WORDS_UNHEARD_MAX: Final = 1
"""His language, or what he wants: who keyed no more than that in a menu has heard no answer yet."""


def cut_short(
    *, entry_point: str, foreign: bool, known: bool, outcome: str, talked_seconds: float | None, words: int
) -> bool:
    """`foreign`: from a network of another country. `known`: a customer of ours. `talked_seconds` None: with nobody.

    `words`: how often a menu has had an answer of his. Who left a menu was perhaps served by it: that is a cry for help
    only of a stranger whom it had told nothing yet, and on the line for emergencies. Called for what the caller's side,
    or a fault, has ended; what an agent ends is no emergency.
    """
    if entry_point not in ENTRY_POINTS and not (foreign and not known):
        return False
    if outcome == "left":
        return entry_point == "emergency" or (not known and words <= WORDS_UNHEARD_MAX)
    if outcome in BROKE_OFF:
        return True
    return outcome == "answered" and talked_seconds is not None and talked_seconds < FEW_SECONDS


# One matter of one number ------------------------------------------------------------------------------------------

TEXT_AGAIN: Final = timedelta(hours=6)
"""The card does not change; so long after it a second one is no flood to who asks for help, nor to who did not."""
DAY: Final = timedelta(days=1)
CALLS_DAY_MAX: Final = 3
"""Calls back to one number within a day; what is beyond is for the desk to judge, from the case."""
AGAIN_AFTER: Final = timedelta(minutes=5)
"""Once at once, for a line may be busy for a moment only; then so much later."""
NUMBERS_MINUTE_MAX: Final = 10
"""Numbers for which more than a case is made within a minute, over all: forged numbers cost nothing."""

Back = Literal["no", "waits", "taken_away", "over"]
"""A call back: none, one that is not over, one that he has made needless by calling himself, one that is over."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A call of the same number that was taken up before. `case_open`: somebody still works on its case."""

    at: datetime
    case_open: bool
    texted: bool = False
    back: Back = "no"


@dataclass(frozen=True, slots=True)
class TakenUp:
    """What becomes of a call that was cut short. `adds`: it belongs to the case that there is."""

    adds: bool
    text: bool
    call: bool


def taken_up(earlier: Sequence[Earlier], others_in_minute: int, now: datetime) -> TakenUp:
    """`earlier` of this number, oldest first; `others_in_minute`: numbers beside it that got more than a case just now.

    There is always a case. A call back waits once a number; what he himself had taken away comes back in any case.
    """
    waits = any(one.back == "waits" for one in earlier)
    adds = waits or (bool(earlier) and earlier[-1].case_open)
    had = [one for one in earlier if one.back != "no"]
    comes_back = bool(had) and had[-1].back == "taken_away" and now - had[-1].at < DAY
    called = sum(one.back == "over" and now - one.at < DAY for one in earlier)
    due = comes_back or (called < CALLS_DAY_MAX and others_in_minute < NUMBERS_MINUTE_MAX)
    texted = any(one.texted and now - one.at < TEXT_AGAIN for one in earlier)
    return TakenUp(adds, text=due and not texted, call=due and not waits)


def called_again(*, reached: bool, talked_seconds: float | None, made: int) -> timedelta | None:
    """How long after a call back that did not help him he is called again by itself; None: he is not.

    `reached`: whether he picked up. `talked_seconds`: since then, None where nobody knows. `made`: calls back to his
    number within a day, with this one. Called for what his side, or a fault, has ended.
    """
    if reached and (talked_seconds is None or talked_seconds >= FEW_SECONDS):
        return None
    if made >= CALLS_DAY_MAX:
        return None
    return timedelta(0) if made <= 1 else AGAIN_AFTER
