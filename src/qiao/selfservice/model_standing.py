"""Where a session stands, and the small changes that a turn is made of: variables, choices, what is said. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from qiao.kernel.conditions import evaluate
from qiao.kernel.money import AmountNotUnderstood, Money
from qiao.selfservice.model_answers import numbered
from qiao.selfservice.model_flow import Choice, Flow, Identify, Menu, Row, Setting, Step, Texts, Value, VariableKind
from qiao.selfservice.model_session import (
    HISTORY_MAX,
    TRIED_MAX,
    Effect,
    Frame,
    Output,
    OutputKind,
    Session,
    Tried,
    known_facts,
    with_variable,
)

ROWS_MAX: Final = 9
VALUE_MAX: Final = 500
_SLOT: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
Matches = Callable[[Sequence[tuple[str, Iterable[str]]], str], str | None]


def slots(text: str) -> list[str]:
    """The variables that a text names."""
    return _SLOT.findall(text)


class Standing:
    """One turn's session, replaced as it goes; what is said and to be done is collected."""

    def __init__(self, flows: Mapping[str, Flow], session: Session, now: datetime) -> None:
        self.flows = flows
        self.session = session
        self.now = now
        self.outputs: list[Output] = []
        self.effects: list[Effect] = []

    # What is known --------------------------------------------------------------------------------------------

    @property
    def frame(self) -> Frame:
        return self.session.frames[-1]

    @property
    def step(self) -> Step | None:
        flow = self.flows.get(self.frame.flow)
        return flow.steps.get(self.frame.step) if flow is not None else None

    def proved(self, step: Identify) -> bool:
        return int(self.session.facts.get("level", 0)) >= step.level

    def visible(self, step: Menu) -> list[Choice]:
        values = self.values()
        return [one for one in step.choices if one.when is None or evaluate(one.when.tree, values, self.now)]

    def rows(self, step: Menu) -> list[tuple[str, Row]]:
        held = self.frame.variables.get(step.rows)
        taken = {choice.key for choice in self.visible(step)}
        rows = held[:ROWS_MAX] if isinstance(held, tuple) else ()
        return [(key, row) for key, row in numbered(rows) if key not in taken]

    def chosen(self, how: Matches, text: str) -> str | None:
        step = self.step
        if self.session.waits != "input" or not isinstance(step, Menu):
            return None
        options: list[tuple[str, tuple[str, ...]]] = [(key, (row[1],)) for key, row in self.rows(step)]
        options += [(one.key, (*one.words, self.fill(one.text))) for one in self.visible(step)]
        return how(options, text)

    def values(self) -> dict[str, Any]:
        """Variables and facts as conditions want them."""
        flow = self.flows[self.frame.flow]
        held = self.frame.variables
        typed = {name: _typed(kind, held.get(name)) for name, kind in flow.variables.items()}
        facts = self.session.facts
        told = {"language": self.session.language, "language_known": "language" in facts}
        return {**typed, "level": 0, "known": False, **facts, **told}

    # Changes --------------------------------------------------------------------------------------------------

    def change(self, **changed: Any) -> None:
        self.session = replace(self.session, **changed)

    def put(self, sets: tuple[Setting, ...]) -> None:
        for one in sets:
            self.set(one.name, one.value if isinstance(one.value, bool) else self.filled(one.value))

    def set(self, name: str, value: Value) -> None:
        if name == "language":
            self.change(facts={**self.session.facts, **known_facts({"language": value})})
            return
        self.change(frames=(*self.session.frames[:-1], with_variable(self.frame, name, value)))
        flow = self.flows.get(self.frame.flow)
        if flow is not None and name in flow.fills:
            self.change(filled={**self.session.filled, flow.fills[name]: value})

    def keep_secret(self, name: str, value: str) -> None:
        """Remembered apart until a call is given it: no text, no condition and no other flow ever has it."""
        self.change(secrets={**self.session.secrets, f"{self.frame.flow}.{name}": value})

    def secrets(self) -> dict[str, str]:
        """The secrets told in this flow, by variable."""
        mine = f"{self.frame.flow}."
        told = self.session.secrets.items()
        return {name.removeprefix(mine): value for name, value in told if name.startswith(mine)}

    def understood(self, answer: str) -> None:
        """Kept as answered, and as the place to come back to."""
        self.tries_note(answer)
        history = (*self.session.history, self.session.frames)[-HISTORY_MAX:]
        self.change(history=history, person=False)

    def tries_note(self, answer: str) -> None:
        note = Tried(self.frame.flow, self.frame.step, answer[:VALUE_MAX], self.now.isoformat())
        self.change(tried=(*self.session.tried, note)[-TRIED_MAX:])

    def filled(self, text: str) -> str:
        """Variables in their places; one that holds nothing leaves nothing."""
        held = self.frame.variables
        return _SLOT.sub(lambda slot: _shown(held.get(slot[1], "")), text)[:VALUE_MAX]

    def given(self, text: str) -> str:
        """The same for a call, and for nothing else: secrets, too."""
        held = {**self.frame.variables, **self.secrets()}
        return _SLOT.sub(lambda slot: _shown(held.get(slot[1], "")), text)[:VALUE_MAX]

    def fill(self, texts: Texts) -> str:
        held = self.frame.variables
        return _SLOT.sub(lambda slot: _shown(held.get(slot[1], "")), texts.say(self.session.language))

    def say(self, kind: OutputKind, texts: Texts | None = None, **more: Any) -> None:
        step = self.step
        guide = step.guide if step is not None and kind in ("say", "menu", "ask") else None
        followed: dict[str, Any] = {"do": guide.do, "look": guide.look} if guide is not None else {}
        text = self.fill(texts) if texts is not None else ""
        self.outputs.append(Output(kind, self.frame.flow, self.frame.step, text, **followed, **more))


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(name for _, name in value) if isinstance(value, tuple) else value


def value_of(told: Any) -> Value:
    """A fact from outside as a variable holds it; what is none is nothing."""
    if isinstance(told, bool | str):
        return told[:VALUE_MAX] if isinstance(told, str) else told
    if isinstance(told, int | float):
        return str(told)
    if isinstance(told, list | tuple):
        rows = [one for one in told if isinstance(one, list | tuple) and len(one) == 2]
        return tuple((str(ref)[:VALUE_MAX], str(name)[:VALUE_MAX]) for ref, name in rows[:50])
    return ""


def _typed(kind: VariableKind, value: Value | None) -> Any:
    if value is None or value == "":
        return None
    if kind is VariableKind.ROWS:
        return [ref for ref, _ in value] if isinstance(value, tuple) else None
    if isinstance(value, bool) or kind is VariableKind.BOOL:
        return value if isinstance(value, bool) and kind is VariableKind.BOOL else None
    if not isinstance(value, str):
        return None
    try:
        if kind is VariableKind.MONEY:
            return Money.of(value)
        return float(value) if kind is VariableKind.NUMBER else value
    except (ValueError, AmountNotUnderstood):
        return None
