"""One run of a flow as plain data: where it stands, what it remembers, what comes in, what goes out. Frozen, pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Literal

from qiao.kernel.languages import LANGUAGES
from qiao.selfservice.model_flow import AGE_BANDS, CHANNELS, SEGMENTS, Value

Waits = Literal["begin", "input", "answer", "secret", "yes", "over"]
"""What a session waits for: to begin, words, a service's or action's answer, a code or password, a yes to a price."""
HISTORY_MAX: Final = 12
TRIED_MAX: Final = 200
PATH_MAX: Final = 200
UNSEEN: Final = "unseen"
"""What is wanted by an ask for a secret."""
HIDDEN: Final = "****"
"""What is kept as the answer to it."""


# What goes in -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin, or after a pause: say again where we are."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the customer wrote, said or pressed."""

    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of effect `number`; `facts` are plain values by name; `changed`: something was done by it.

    `flows` (code -> version) may be run from here on, though no step names them.
    """

    number: int
    outcome: Literal["done", "refused", "pending", "unknown", "away"]
    facts: Mapping[str, Any] = field(default_factory=dict)
    changed: bool = False
    flows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Effect `number` goes on when the customer has told a code, a password, or yes; `terms` are for the sentence."""

    number: int
    what: Literal["code", "password", "yes"]
    terms: Mapping[str, str] = field(default_factory=dict)
    again: bool = False
    """His last answer was not right."""


@dataclass(frozen=True, slots=True)
class Learned:
    """Facts that became known beside the flow, such as a level proved to an agent."""

    facts: Mapping[str, Any]


Input = Begin | Told | Answered | Wanted | Learned


# What comes out ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Option:
    """A visible choice; `seen` is the condition over observations under which it is the right one."""

    key: str
    text: str
    seen: Mapping[str, Any] | None = None


OutputKind = Literal[
    "say", "menu", "ask", "code", "password", "yes", "wrong", "unclear", "no_back", "wait", "handed", "callback",
    "cancelled", "ended",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Output:
    """One thing to be said, in the customer's language; kinds without a text have the house's own words.

    `answer` is what an ask wants; `do`, `look` and `observation` are for whoever follows to the letter; `terms` are the
    values in the house's own words (the price that a yes is asked for).
    """

    kind: OutputKind
    flow: str
    step: str
    text: str = ""
    options: tuple[Option, ...] = ()
    answer: str = ""
    do: tuple[str, ...] = ()
    look: tuple[str, ...] = ()
    observation: str = ""
    terms: Mapping[str, str] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        """Whether the customer is to say something now."""
        return self.kind in {"menu", "ask", "code", "password", "yes"}


@dataclass(frozen=True, slots=True)
class Heard:
    """The word that was taken last, by its key, and what was said to it; so it is taken once and answered the same."""

    key: str
    outputs: tuple[Output, ...] = ()
    queued: bool = False
    secret: bool = False
    """It was a code, a password or digits."""

    def as_json(self) -> dict[str, Any]:
        """Plain values for a JSON column."""
        told = {"key": self.key, "queued": self.queued, "secret": self.secret}
        return {**told, "outputs": [asdict(one) for one in self.outputs]}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Heard":
        """The reverse of `as_json`."""
        outputs = tuple(_output(one) for one in told["outputs"])
        return cls(told["key"], outputs, told["queued"], told["secret"])


def _output(told: Mapping[str, Any]) -> Output:
    lists = {name: tuple(told[name]) for name in ("do", "look")}
    return Output(**{**told, **lists, "options": tuple(Option(**one) for one in told["options"])})


@dataclass(frozen=True, slots=True)
class Effect:
    """What the house is to do. The answer carries the same `number`; done twice under it, it is done once.

    "service", "action": `code` with `given`; "prove": `code` is the level; "secret", "yes": `given["text"]` is what was
    told, which is kept nowhere; "hand", "callback": `code` is the desk.
    """

    number: int
    kind: Literal["service", "action", "prove", "secret", "yes", "hand", "callback"]
    code: str
    given: Mapping[str, str] = field(default_factory=dict)


# Where it stands --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Frame:
    """A flow being run: its step and its variables."""

    flow: str
    step: str
    variables: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tried:
    """One thing that was tried or answered; `at` in ISO 8601."""

    flow: str
    step: str
    answer: str
    at: str


@dataclass(frozen=True, slots=True)
class Session:
    """One run. The last frame is the one that runs; `history` are the frames at earlier answers, for going back."""

    versions: Mapping[str, int]
    frames: tuple[Frame, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    waits: Waits = "begin"
    number: int = 0
    tries: int = 0
    person: bool = False
    """He is on the way to a person; asked for again, there is no way round."""
    wanted: Mapping[str, Any] = field(default_factory=dict)
    tried: tuple[Tried, ...] = ()
    history: tuple[tuple[Frame, ...], ...] = ()
    path: tuple[str, ...] = ()
    """Steps come to, "flow.step", the newest last."""
    filled: Mapping[str, Value] = field(default_factory=dict)
    """Fields of a case form that the flow has filled."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Answers that are secrets, by "flow.variable": gone once a call was given them, and when it is over."""
    over: Literal["", "ended", "handed", "callback", "cancelled"] = ""
    result: str = ""

    @property
    def hides(self) -> bool:
        """Whether what he says next is a secret, and stands in no conversation."""
        return self.waits in ("secret", "yes") or (self.waits == "input" and self.wanted.get("what") == UNSEEN)

    @property
    def language(self) -> str:
        """The customer's language."""
        return str(self.facts.get("language") or "zh-CN")

    @property
    def step(self) -> str:
        """Where it stands, or stood last: "flow.step"."""
        return f"{self.frames[-1].flow}.{self.frames[-1].step}" if self.frames else ""

    def as_json(self) -> dict[str, Any]:
        """Plain values for a JSON column."""
        return {
            "versions": dict(self.versions),
            "frames": [_frame_json(one) for one in self.frames],
            "facts": dict(self.facts),
            "waits": self.waits,
            "number": self.number,
            "tries": self.tries,
            "person": self.person,
            "wanted": dict(self.wanted),
            "tried": [[one.flow, one.step, one.answer, one.at] for one in self.tried],
            "history": [[_frame_json(one) for one in frames] for frames in self.history],
            "path": list(self.path),
            "filled": {name: _plain(value) for name, value in self.filled.items()},
            "secrets": dict(self.secrets),
            "over": self.over,
            "result": self.result,
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Session":
        """The reverse of `as_json`."""
        return cls(
            **{
                **told,
                "frames": tuple(_frame(one) for one in told["frames"]),
                "tried": tuple(Tried(*one) for one in told["tried"]),
                "history": tuple(tuple(_frame(one) for one in frames) for frames in told["history"]),
                "path": tuple(told["path"]),
                "filled": {name: _value(value) for name, value in told["filled"].items()},
            }
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """What one input led to."""

    session: Session
    outputs: tuple[Output, ...] = ()
    effects: tuple[Effect, ...] = ()


def begin(
    flow: str, versions: Mapping[str, int], facts: Mapping[str, Any], variables: Mapping[str, Value] | None = None
) -> Session:
    """A session that has not begun; facts that are none are left out."""
    return Session(dict(versions), (Frame(flow, "", dict(variables or {})),), known_facts(facts))


def known_facts(told: Mapping[str, Any]) -> dict[str, Any]:
    """The facts a flow may know, each with a value it can have."""
    choices = {"language": LANGUAGES, "segment": SEGMENTS, "age_band": AGE_BANDS, "channel": CHANNELS}
    found: dict[str, Any] = {name: told[name] for name, some in choices.items() if told.get(name) in some}
    level = told.get("level")
    if isinstance(level, int) and not isinstance(level, bool) and 0 <= level <= 3:
        found["level"] = int(level)
    return found | {name: told[name] for name in ("known", "person_first") if isinstance(told.get(name), bool)}


def with_variable(frame: Frame, name: str, value: Value) -> Frame:
    """The frame with one variable set."""
    return replace(frame, variables={**frame.variables, name: value})


def _frame_json(frame: Frame) -> list[Any]:
    return [frame.flow, frame.step, {name: _plain(value) for name, value in frame.variables.items()}]


def _frame(told: Any) -> Frame:
    return Frame(told[0], told[1], {name: _value(value) for name, value in told[2].items()})


def _plain(value: Value) -> Any:
    return [list(row) for row in value] if isinstance(value, tuple) else value


def _value(told: Any) -> Value:
    return tuple((str(row[0]), str(row[1])) for row in told) if isinstance(told, list) else told
