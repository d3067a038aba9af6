"""A flow as it was read: steps, choices, texts in nine languages, each with the line it stands in. Frozen and pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal

from qiao.kernel.conditions import Field, Fields, Kind
from qiao.kernel.languages import LANGUAGES, nearest

Row = tuple[str, str]
"""One of several things to choose from: its reference, and how it is called."""
Value = str | bool | tuple[Row, ...]
"""What a variable holds: text (also numbers and amounts, as written), yes or no, or rows to choose from."""
AnswerKind = Literal["text", "digits", "month", "amount", "yes_no", "phone", "secret"]
OUTCOMES: Final = ("refused", "pending", "unknown", "away")
"""What may become of a call besides being done; "away": the other side does not answer, nothing was begun."""
SEGMENTS: Final = frozenset({"vip", "standard", "elderly", "corporate"})
AGE_BANDS: Final = frozenset({"child", "adult", "elderly"})
CHANNELS: Final = frozenset({"sms", "chat", "web", "voice", "desk", "text"})
TRIES: Final = 3
"""Answers not understood at one step before a person takes over."""


class VariableKind(StrEnum):
    """What a flow may remember."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    BOOL = "bool"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Texts:
    """One text in the languages of customers, with {variables} to be filled in."""

    line: int
    by: Mapping[str, str]

    def say(self, language: str) -> str:
        """In this language, else the nearest there is; "" when there is none."""
        offered = tuple(one for one in LANGUAGES if self.by.get(one))
        if not offered:
            return ""
        return self.by[nearest(language, offered, otherwise="en" if "en" in offered else offered[0])]


@dataclass(frozen=True, slots=True)
class When:
    """A condition of the kernel's language."""

    line: int
    tree: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Guide:
    """What the customer is asked to do and to look at, by name: for whoever or whatever follows to the letter."""

    line: int
    do: tuple[str, ...] = ()
    look: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable gets a value; "language" changes the language spoken."""

    line: int
    name: str
    value: str | bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One way on from a menu: a digit, a text, and other words for it."""

    line: int
    key: str
    text: Texts
    go: str
    words: tuple[str, ...] = ()
    when: When | None = None
    seen: When | None = None
    sets: tuple[Setting, ...] = ()


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of a branch."""

    line: int
    when: When
    go: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What every step has. `sets` happens when the step is come to; `tried` names it in the list of what was tried."""

    code: str
    line: int
    sets: tuple[Setting, ...] = ()
    tried: Texts | None = None
    guide: Guide | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Say(Step):
    """Says something and goes on."""

    text: Texts
    go: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu(Step):
    """Offers choices and waits; rows of a variable come first, numbered, and the chosen one's reference is kept.

    With `free`, words that are none of the choices are kept in that variable and lead to `free_go`. `aloud` is said in
    its text's place on the telephone, where nothing can be typed or said.
    """

    text: Texts
    choices: tuple[Choice, ...]
    aloud: Texts | None = None
    again: Texts | None = None
    tries: int = TRIES
    rows: str = ""
    into: str = ""
    named: str = ""
    go: str = ""
    free: str = ""
    free_go: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Step):
    """Asks for something and waits. `least` and `most` are the characters of a text or the digits of a number."""

    text: Texts
    kind: AnswerKind
    into: str
    go: str
    again: Texts | None = None
    tries: int = TRIES
    least: int = 1
    most: int = 500
    seen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identify(Step):
    """Has the customer prove who he is, up to a level; goes on at once when he has."""

    level: int
    go: str
    failed: str
    by: str = ""
    """Proof asked for first: "code" or "password"; "" leaves it to the house."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Step):
    """Has the catalogue look something up or do something ("service"), or a room above ("action"), and waits for it."""

    what: Literal["service", "action"]
    name: str
    given: Mapping[str, str]
    takes: Mapping[str, str]
    """Variable -> name of a fact in the answer."""
    go: str
    outcomes: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch(Step):
    """Goes where the first condition that holds says."""

    arms: tuple[Arm, ...]
    go: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand(Step):
    """Hands over to a person of a desk, with all that was said."""

    desk: str
    text: Texts | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack(Step):
    """Promises that a person of a desk calls back; where that cannot be promised, it goes to `refused`."""

    desk: str
    text: Texts | None
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubFlow(Step):
    """Runs another flow and comes back. `given` fills its variables, `takes` (mine -> its) brings some back.

    `flow` may be "{variable}": one of those that an action allowed this session to run.
    """

    flow: str
    given: Mapping[str, str]
    takes: Mapping[str, str]
    go: str


@dataclass(frozen=True, slots=True, kw_only=True)
class End(Step):
    """The flow is over; called by another one, it goes on there.

    `result` is for counting: "solved", "unsolved"…; without one, that of a flow that was run before.
    """

    text: Texts | None
    result: str


WAITING: Final = (Menu, Ask)
"""Steps at which the customer is waited for in any case."""


@dataclass(frozen=True, slots=True)
class DialogueLine:
    """One line of an example: what is said in, what must be said out, what the services answer, how it ends."""

    line: int
    kind: Literal["in", "out", "answer", "proof", "is"]
    told: Any


@dataclass(frozen=True, slots=True)
class Example:
    """A dialogue that the flow must be able to have."""

    line: int
    name: str
    facts: Mapping[str, Any]
    lines: tuple[DialogueLine, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow with all that belongs to it. `human` and `emergency` name steps; `fills`: variable -> field of a case."""

    code: str
    names: Texts
    start: str
    human: str
    steps: Mapping[str, Step]
    line: int = 1
    entry: bool = False
    emergency: str = ""
    variables: Mapping[str, VariableKind] = field(default_factory=dict)
    observations: Mapping[str, VariableKind] = field(default_factory=dict)
    fills: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict, repr=False)
    """Where each part stands in the text, by its path."""

    def line_of(self, *path: str | int) -> int:
        """The line of a part, or of the nearest part around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, self.line)


FACTS: Final[Fields] = {
    "language": Field(Kind.TEXT, choices=frozenset(LANGUAGES)),
    "segment": Field(Kind.TEXT, choices=SEGMENTS),
    "age_band": Field(Kind.TEXT, choices=AGE_BANDS),
    "channel": Field(Kind.TEXT, choices=CHANNELS),
    "level": Field(Kind.NUMBER),
    "known": Field(Kind.BOOL),
    "language_known": Field(Kind.BOOL),
    "person_first": Field(Kind.BOOL),
}
"""What every flow may ask about the customer and the contact; `known`: he is a customer of ours.

`person_first`: he said once that he wants a person at once when he calls."""
_KINDS: Final = {
    VariableKind.TEXT: Kind.TEXT,
    VariableKind.NUMBER: Kind.NUMBER,
    VariableKind.MONEY: Kind.MONEY,
    VariableKind.BOOL: Kind.BOOL,
    VariableKind.ROWS: Kind.SET,
}


def fields_of(flow: Flow) -> Fields:
    """What `when` may speak of: facts and the flow's variables."""
    return {**{name: Field(_KINDS[kind]) for name, kind in flow.variables.items()}, **FACTS}


def observed_fields(flow: Flow) -> Fields:
    """What `seen` may speak of: what can be observed."""
    return {name: Field(_KINDS[kind]) for name, kind in flow.observations.items()}


def exits(flow: Flow, step: Step) -> Iterator[tuple[str, int]]:
    """Every step that may come next, with the line that says so; a person is a way out of every step that waits."""
    match step:
        case Say() | Ask() | SubFlow():
            yield step.go, flow.line_of("steps", step.code, "go")
        case Menu():
            for index, choice in enumerate(step.choices):
                yield choice.go, flow.line_of("steps", step.code, "choices", index, "go")
            if step.rows:
                yield step.go, flow.line_of("steps", step.code, "go")
            if step.free:
                yield step.free_go, flow.line_of("steps", step.code, "else", "go")
        case Identify():
            yield step.go, flow.line_of("steps", step.code, "go")
            yield step.failed, flow.line_of("steps", step.code, "failed")
        case Call():
            yield step.go, flow.line_of("steps", step.code, "go")
            for outcome, target in step.outcomes.items():
                yield target, flow.line_of("steps", step.code, outcome)
        case Branch():
            for index, arm in enumerate(step.arms):
                yield arm.go, flow.line_of("steps", step.code, "branch", index, "go")
            yield step.go, flow.line_of("steps", step.code, "go")
        case CallBack():
            yield step.refused, flow.line_of("steps", step.code, "refused")


def texts_of(step: Step) -> Iterator[Texts]:
    """Every text of a step."""
    found = [step.tried, *(getattr(step, name, None) for name in ("text", "aloud", "again"))]
    found += [choice.text for choice in getattr(step, "choices", ())]
    yield from (one for one in found if one is not None)
