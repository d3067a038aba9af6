"""Example dialogues of flows, played: what is said in, what the services would answer, and what must come of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, cast

from qiao.selfservice.model import resume
from qiao.selfservice.model_flow import DialogueLine, Example, Flow
from qiao.selfservice.model_session import Answered, Begin, Effect, Input, Output, Told, Turn, Wanted, begin
from qiao.selfservice.model_text import FlowProblem
from qiao.selfservice.rendering import as_text
from qiao.selfservice.understanding import UNDERSTAND, offered

OUTCOMES: Final = frozenset({"done", "refused", "pending", "unknown", "away"})
WANTED: Final = frozenset({"code", "password", "yes"})


def play(flows: Mapping[str, Flow], flow: Flow, example: Example, now: datetime) -> list[FlowProblem]:
    """Play one example of a flow; what came out differently, by line."""
    played = _Played({**flows, flow.code: flow}, flow, example, now)
    for line in example.lines:
        played.line(line)
    if played.effect is not None:
        played.wrong(example.line, f"{played.effect.kind} {played.effect.code} was asked for and never answered")
    return played.problems


class _Played:
    def __init__(self, flows: Mapping[str, Flow], flow: Flow, example: Example, now: datetime) -> None:
        self.flows = flows
        self.now = now
        self.problems: list[FlowProblem] = []
        self.said: list[Output] = []
        self.effect: Effect | None = None
        self.handed = ""
        self.turn = Turn(begin(flow.code, {}, {"channel": "text", **example.facts}))
        self.put(Begin())

    def wrong(self, line: int, told: str) -> None:
        self.problems.append(FlowProblem(line, told))

    def put(self, told: Input) -> None:
        self.turn = resume(self.flows, self.turn.session, told, self.now)
        self.said += self.turn.outputs
        self.effect = None
        for effect in self.turn.effects:
            if effect.kind == "hand":
                self.handed = effect.code
            else:
                self.effect = effect

    def text(self) -> str:
        return as_text(self.said, self.turn.session.language)

    def line(self, line: DialogueLine) -> None:
        match line.kind:
            case "in":
                self.said = []
                self.put(Told(str(line.told)))
            case "out":
                if str(line.told) not in self.text():
                    self.wrong(line.line, f"{line.told!r} is not said, but: {self.text()!r}")
            case "proof":
                self.proof(line)
            case "answer":
                self.answer(line)
            case "is":
                self.must_be(line)

    def proof(self, line: DialogueLine) -> None:
        if self.effect is None or self.effect.kind not in ("prove", "secret"):
            self.wrong(line.line, "no proof is asked for here")
        elif line.told in WANTED:
            self.put(Wanted(self.effect.number, line.told))
        elif line.told == "wrong":
            self.put(Wanted(self.effect.number, "code", again=True))
        else:
            self.put(Answered(self.effect.number, "done" if line.told == "ok" else "refused"))

    def answer(self, line: DialogueLine) -> None:
        told: dict[str, Any] = line.told if isinstance(line.told, dict) else {}
        code = told.get("service") or told.get("action") or told.get("callback")
        if self.effect is None or (self.effect.kind != "yes" and self.effect.code != code):
            asked = f"{self.effect.kind} {self.effect.code}" if self.effect else "nothing"
            self.wrong(line.line, f"{code} is not asked for here, but {asked}")
            return
        for name, value in told.get("given", {}).items():
            if self.effect.given.get(name) != str(value):
                self.wrong(line.line, f"{name} is {self.effect.given.get(name)!r} and not {str(value)!r}")
        if told.get("wanted") in WANTED:
            terms = {name: str(one) for name, one in told.get("terms", {}).items()}
            self.put(Wanted(self.effect.number, told["wanted"], terms, again=bool(told.get("again"))))
            return
        outcome = told.get("outcome", "done")
        if outcome not in OUTCOMES:
            self.wrong(line.line, f"{outcome} is no outcome")
            return
        self.put(Answered(self.effect.number, outcome, told.get("facts", {})))

    def must_be(self, line: DialogueLine) -> None:
        session = self.turn.session
        wanted = line.told if isinstance(line.told, dict) else {str(line.told): None}
        for what, value in wanted.items():
            found: Any
            match what:
                case "handed":
                    found = self.handed if value is not None else None
                    met = session.over == "handed" and found == value
                case "ended":
                    found = session.result if value is not None else None
                    met = session.over == "ended" and found == value
                case "step":
                    found = session.step.rpartition(".")[2]
                    met = found == value and session.over == ""
                case "filled":
                    found = {name: session.filled.get(name) for name in value or {}}
                    met = found == value
                case "language":
                    found = session.language
                    met = found == value
                case _:
                    found, met = session.over, session.over == what
            if not met:
                state = session.over or f"waiting at {session.step}"
                self.wrong(line.line, f"{what} {value or ''} is wanted; it is {state}, {found or ''}")


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A talk played with nothing really done: who said what ("in", "out", "effect"), and how it stands."""

    lines: tuple[tuple[Literal["in", "out", "effect"], str], ...]
    step: str
    over: str
    filled: Mapping[str, Any]


def rehearse(
    flows: Mapping[str, Flow],
    code: str,
    facts: Mapping[str, Any],
    told: Sequence[str],
    *,
    answers: str,
    now: datetime,
) -> Rehearsed:
    """Play a flow from its start with these words; proofs succeed, every service and action answers `answers`."""
    found: list[tuple[Literal["in", "out", "effect"], str]] = []
    turn = Turn(begin(code, {}, facts))
    outcome = cast(Any, answers if answers in OUTCOMES else "away")
    for one in (None, *told):
        if one is not None:
            found.append(("in", one))
        waiting: list[Input] = [Begin() if one is None else Told(one)]
        while waiting:
            turn = resume(flows, turn.session, waiting.pop(), now)
            if text := as_text(turn.outputs, turn.session.language):
                found.append(("out", text))
            for effect in turn.effects:
                if effect.kind not in ("secret", "yes"):
                    found.append(("effect", f"{effect.kind} {effect.code}".strip()))
                if effect.kind == "action" and effect.code == UNDERSTAND:
                    found_it = offered(effect.given.get("words", ""), turn.session.language)
                    waiting.append(Answered(effect.number, found_it.outcome, found_it.facts))
                elif effect.kind != "hand":
                    sure = effect.kind in ("prove", "secret", "yes")
                    waiting.append(Answered(effect.number, "done" if sure else outcome))
    return Rehearsed(tuple(found), turn.session.step, turn.session.over, turn.session.filled)
