"""A customer who does to the letter what a flow asks, and nothing else, on something he can do it with.

He does all that a step asks him to do, then looks at all it asks him to look at, and answers with the first choice that
fits what he saw. He repeats the digits of a confirmation. Where nothing fits he asks for a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from qiao.selfservice import (
    Answered,
    Begin,
    Effect,
    Flow,
    Input,
    Output,
    Session,
    Told,
    Wanted,
    answer_seen,
    begin,
    instruction,
    resume,
)

TURNS_MAX: Final = 200


class Device(Protocol):
    """What he holds in his hands."""

    def do(self, action: str, given: dict[str, str]) -> None:
        """Do one thing."""
        ...

    def look(self, check: str, given: dict[str, str]) -> Mapping[str, Any]:
        """What is seen, by observation."""
        ...


class Counter(Protocol):
    """Who answers what the flow has done: proofs, services, actions."""

    def answer(self, effect: Effect) -> Answered | Wanted:
        """What became of an effect other than a handover."""
        ...


@dataclass(frozen=True, slots=True)
class Followed:
    """How it went: the session at its end, the desk it was handed to, and each question with the answer given."""

    session: Session
    handed: str
    answers: tuple[tuple[str, str], ...]

    @property
    def over(self) -> str:
        """ "ended", "handed", "callback"; "" where it did not come to an end."""
        return self.session.over


def follow(
    flows: Mapping[str, Flow],
    code: str,
    facts: Mapping[str, Any],
    *,
    device: Device,
    counter: Counter,
    knows: Mapping[str, Any],
    now: datetime,
) -> Followed:
    """Follow a flow from its start to its end. `knows`: observations he can tell without looking."""
    turn = resume(flows, begin(code, {}, facts), Begin(), now)
    seen: dict[str, Any] = dict(knows)
    answers: list[tuple[str, str]] = []
    handed = ""
    for _ in range(TURNS_MAX):
        handed = next((one.code for one in turn.effects if one.kind == "hand"), handed)
        for output in turn.outputs:
            _obey(output, device, seen)
        if turn.session.over:
            break
        effect = next((one for one in turn.effects if one.kind != "hand"), None)
        if effect is not None:
            told: Input = counter.answer(effect)
        else:
            answer = _answer(turn.outputs[-1], seen)
            answers.append((turn.session.step, answer))
            told = Told(answer)
        turn = resume(flows, turn.session, told, now)
    return Followed(turn.session, handed, tuple(answers))


def _obey(output: Output, device: Device, seen: dict[str, Any]) -> None:
    for one in output.do:
        device.do(*instruction(one))
    for one in output.look:
        seen.update(device.look(*instruction(one)))


def _answer(output: Output, seen: Mapping[str, Any]) -> str:
    if output.kind == "yes":
        return output.terms.get("digits", "1")
    return answer_seen(output, seen) or "0"
