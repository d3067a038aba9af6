"""Whether a hard call may be told that it will be ended, and then ended. Pure.

Off until the operator turns it on; never for an emergency, and never before the caller has heard the notice to its end.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from qiao.channels.voice.model import AskedNoMore
from qiao.channels.voice.model_emergency import ENTRY_POINTS
from qiao.channels.voice.model_talk import NORMAL, Talk, gone


@dataclass(frozen=True, slots=True)
class Rule:
    """The operator's: whether agents may, how many notices come first, seconds from the last one to an end."""

    on: bool = False
    notices: int = 1
    seconds: int = 30


@dataclass(frozen=True, slots=True)
class Notice(AskedNoMore):
    """He hears the notice, alone, and is with the agent again."""


def is_emergency(*, entry_point: str, desk: str, matter: str, foreign: bool, known: bool) -> bool:
    """Whether a call is one that nobody may end. `matter`: of a call that we make about an emergency.

    `foreign`: from another country's network, or from nobody knows where. `known`: a customer of ours.
    """
    return bool(entry_point in ENTRY_POINTS or desk in ENTRY_POINTS or matter or (foreign and not known))


def may_play(rule: Rule, talk: Talk, *, emergency: bool) -> bool:
    """Whether the notice may be played now: in a call that its agent has called hard."""
    return rule.on and not emergency and talk.hard and talk.talks and not talk.asking and not talk.noticing


def noticed(rule: Rule, talk: Talk, *, emergency: bool) -> bool:
    """Whether he has heard as many notices as the rule wants."""
    return may_play(rule, talk, emergency=emergency) and talk.noticed_at is not None and talk.notices >= rule.notices


def seconds_left(rule: Rule, talk: Talk, now: datetime) -> int:
    """Until the call may be ended, once he has heard enough; 0: now."""
    assert talk.noticed_at is not None
    left = talk.noticed_at + timedelta(seconds=rule.seconds) - now
    return max(0, -int(-left.total_seconds() // 1))


def play(talk: Talk) -> Talk:
    """The notice is to be played."""
    return replace(talk, noticing=True)


def heard(talk: Talk, now: datetime) -> Talk:
    """He has heard it to its end."""
    return replace(talk, noticing=False, notices=talk.notices + 1, noticed_at=now) if talk.noticing else talk


def unheard(talk: Talk) -> Talk:
    """It could not be played: it counts for nothing."""
    return replace(talk, noticing=False)


def end(talk: Talk, leg_id: UUID, agent_id: UUID) -> Talk:
    """The agent ends the call by the rule."""
    return replace(gone(talk, leg_id, NORMAL), ended_by=agent_id)
