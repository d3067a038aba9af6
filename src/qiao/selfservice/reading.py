"""A flow from its text: each key known, each value of its kind, every fault with its line. What it means is checked in
`model_checks`. Never raises, whatever the text."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast, get_args

from qiao.selfservice.model_flow import (
    OUTCOMES,
    TRIES,
    AnswerKind,
    Arm,
    Ask,
    Branch,
    Call,
    CallBack,
    Choice,
    DialogueLine,
    End,
    Example,
    Flow,
    Hand,
    Identify,
    Menu,
    Say,
    Step,
    SubFlow,
    When,
)
from qiao.selfservice.model_text import FlowProblem, Path, read_tree
from qiao.selfservice.reading_values import CODE, NAME, Values

KEY: Final = re.compile(r"[1-9][0-9]?")
FLOW: Final = re.compile(rf"{NAME.pattern}|\{{{NAME.pattern}\}}")
"""A flow, or the variable that holds which one."""
STEPS_MAX: Final = 200
_EVERY: Final = {"set", "tried", "guide"}
_CALLS: Final = {"with", "take", "go", *OUTCOMES, "otherwise"}
STEP_KEYS: Final[Mapping[str, set[str]]] = {
    "say": {"go"},
    "menu": {"choices", "aloud", "again", "tries", "rows", "into", "named", "go", "else"},
    "ask": {"kind", "into", "go", "again", "tries", "least", "most", "seen"},
    "identify": {"go", "failed", "by"},
    "call": _CALLS,
    "act": _CALLS,
    "branch": {"go"},
    "hand": {"text"},
    "callback": {"text", "refused"},
    "flow": {"with", "take", "go"},
    "end": {"result"},
}
_HEADER: Final = {
    *("flow", "name", "entry", "start", "human", "emergency", "variables", "observations"),
    *("fills", "texts", "steps", "examples"),
}
_DIALOGUE: Final = ("in", "out", "answer", "proof", "is")


def read_flow(text: str) -> tuple[Flow | None, list[FlowProblem]]:
    """The flow that a text holds, or why there is none, in the order of lines."""
    told, lines, problems = read_tree(text)
    if problems:
        return None, problems
    return build_flow(told, lines)


def build_flow(told: Any, lines: Mapping[Path, int]) -> tuple[Flow | None, list[FlowProblem]]:
    """A flow from plain values with the lines they stood in, or why there is none."""
    reader = _Reader(lines)
    flow = reader.flow(told)
    return (None if reader.problems else flow), sorted(set(reader.problems))


class _Reader(Values):
    """The parts of a flow, each built from its table."""

    human = ""

    def flow(self, told: Any) -> Flow:
        read = self.mapping(told, (), _HEADER)
        for key, one in self.mapping(read.get("texts"), ("texts",), most=300).items():
            if self.name(key, ("texts", key)):
                self.shared[key] = self.texts(one, ("texts", key))
        self.human = self.name(read.get("human"), ("human",))
        return Flow(
            code=self.name(read.get("flow"), ("flow",)),
            names=self.texts(read.get("name"), ("name",)),
            start=self.name(read.get("start"), ("start",)),
            human=self.human,
            steps=self.steps(read.get("steps")),
            line=1,
            entry=self.yes(read.get("entry"), ("entry",)),
            emergency=self.name(read.get("emergency"), ("emergency",), needed=False),
            variables=self.kinds(read.get("variables"), ("variables",)),
            observations=self.kinds(read.get("observations"), ("observations",)),
            fills=self.names_to_names(read.get("fills"), ("fills",), CODE),
            examples=tuple(
                self.example(one, ("examples", n))
                for n, one in enumerate(self.items(read.get("examples"), ("examples",)))
            ),
            lines=self.lines,
        )

    def steps(self, told: Any) -> dict[str, Step]:
        found: dict[str, Step] = {}
        read = self.mapping(told, ("steps",), most=STEPS_MAX)
        if not read:
            self.wrong(("steps",), "a flow needs steps")
        for code, one in read.items():
            at: Path = ("steps", code)
            if self.name(code, at) and (step := self.step(code, one, at)) is not None:
                found[code] = step
        return found

    def step(self, code: str, told: Any, at: Path) -> Step | None:
        if not isinstance(told, dict):
            self.wrong(at, "a step is a table with one kind")
            return None
        kinds = [key for key in told if key in STEP_KEYS]
        if len(kinds) != 1:
            self.wrong(at, f"a step has exactly one kind: {', '.join(STEP_KEYS)}")
            return None
        kind = kinds[0]
        read = self.mapping(told, at, {kind, *STEP_KEYS[kind], *_EVERY})
        every = {
            "code": code,
            "line": self.line(at),
            "sets": self.settings(read.get("set"), (*at, "set")),
            "tried": self.maybe(read.get("tried"), (*at, "tried")),
            "guide": self.guide(read.get("guide"), (*at, "guide")),
        }
        build: Callable[[str, dict[str, Any], Path, dict[str, Any]], Step] = getattr(self, f"_{kind}")
        return build(kind, read, at, every)

    def go(self, read: dict[str, Any], at: Path, key: str = "go", otherwise: str = "") -> str:
        if read.get(key) is None and otherwise:
            return otherwise
        return self.name(read.get(key), (*at, key))

    def _say(self, kind: str, read: dict[str, Any], at: Path, every: dict[str, Any]) -> Step:
        return Say(text=self.texts(read[kind], (*at, kind)), go=self.go(read, at), **every)

    def _menu(self, kind: str, read: dict[str, Any], at: Path, every: dict[str, Any]) -> Step:
        rows = self.name(read.get("rows"), (*at, "rows"), needed=False)
        choices = self.items(read.get("choices"), (*at, "choices"))
        free = self.mapping(read.get("else"), (*at, "else"), {"into", "go"})
        return Menu(
            text=self.texts(read[kind], (*at, kind)),
            choices=tuple(self.choice(one, (*at, "choices", n)) for n, one in enumerate(choices)),
            aloud=self.maybe(read.get("aloud"), (*at, "aloud")),
            again=self.maybe(read.get("again"), (*at, "again")),
            tries=self.number(read.get("tries"), (*at, "tries"), 1, 9, TRIES),
            rows=rows,
            into=self.name(read.get("into"), (*at, "into"), needed=bool(rows)),
            named=self.name(read.get("named"), (*at, "named"), needed=False),
            go=self.go(read, at) if rows or read.get("go") else "",
            free=self.name(free.get("into"), (*at, "else", "into"), needed=bool(free)),
            free_go=self.name(free.get("go"), (*at, "else", "go"), needed=bool(free)),
            **every,
        )

    def choice(self, told: Any, at: Path) -> Choice:
        read = self.mapping(told, at, {"key", "text", "words", "when", "seen", "set", "go"})
        key = self.plain(read.get("key"), (*at, "key"))
        if key and not KEY.fullmatch(key):
            self.wrong((*at, "key"), "a key is 1 to 99; 0, * and # have their meaning everywhere")
        words = read.get("words")
        spoken = words if isinstance(words, dict) else {"": words}
        return Choice(
            line=self.line(at),
            key=key,
            text=self.texts(read.get("text"), (*at, "text")),
            go=self.go(read, at),
            words=tuple(
                self.plain(word, (*at, "words"))
                for language, some in spoken.items()
                for word in self.items(some, (*at, "words", language))
            ),
            when=self.when(read.get("when"), (*at, "when")),
            seen=self.when(read.get("seen"), (*at, "seen")),
            sets=self.settings(read.get("set"), (*at, "set")),
        )

    def _ask(self, kind: str, read: dict[str, Any], at: Path, every: dict[str, Any]) -> Step:
        answer = read.get("kind")
        if answer not in get_args(AnswerKind):
            self.wrong((*at, "kind"), f"one of {', '.join(get_args(AnswerKind))} is expected")
            answer = "text"
        most = 20 if answer in ("digits", "secret") else 500
        least = self.number(read.get("least"), (*at, "least"), 1, most, 1)
        return Ask(
            text=self.texts(read[kind], (*at, kind)),
            kind=cast(AnswerKind, answer),
            into=self.name(read.get("into"), (*at, "into")),
            go=self.go(read, at),
            again=self.maybe(read.get("again"), (*at, "again")),
            tries=self.number(read.get("tries"), (*at, "tries"), 1, 9, TRIES),
            least=least,
            most=self.number(read.get("most"), (*at, "most"), least, most, most),
            seen=self.name(read.get("seen"), (*at, "seen"), needed=False),
            **every,
        )

    def _identify(self, kind: str, read: dict[str, Any], at: Path, every: dict[str, Any]) -> Step:
        level = self.number(read[kind], (*at, kind), 2, 3, 2)
        by = read.get("by", "")
        if by not in ("", "code", "password"):
            self.wrong((*at, "by"), "one of code, password is expected")
        failed = self.go(read, at, "failed", self.human)
        return Identify(level=level, go=self.go(read, at), failed=failed, by=str(by), **every)

    def _call(self, kind: str, read: dict[str, Any], at: Path, every: dict[str, Any]) -> Step:
        otherwise = self.go(read, at, "otherwise", self.human)
        return Call(
            what="service" if kind == "call" else "action",
            name=self.name(read[kind], (*at, kind), CODE),
            given=self.names_to_plain(read.get("with"), (*at, "with")),
            takes=self.names_to_names(read.get("take"), (*at, "take")),
            go=self.go(read, at),
            outcomes={one: self.go(read, at, one, otherwise) for one in OUTCOMES},
            **every,
        )

    _act = _call

    def _branch(self, kind: str, read: dict[str, Any], at: Path, every: dict[str, Any]) -> Step:
        arms = []
        for n, told in enumerate(self.items(read[kind], (*at, kind))):
            here: Path = (*at, kind, n)
            one = self.mapping(told, here, {"when", "go"})
            when = self.when(one.get("when"), (*here, "when"))
            if when is None:
                self.wrong(here, "an arm needs its condition")
            arms.append(Arm(self.line(here), when or When(self.line(here), {"all": []}), self.go(one, here)))
        return Branch(arms=tuple(arms), go=self.go(read, at), **every)

    def _hand(self, kind: str, read: dict[str, Any], at: Path, every: dict[str, Any]) -> Step:
        return Hand(
            desk=self.name(read[kind], (*at, kind), CODE), text=self.maybe(read.get("text"), (*at, "text")), **every
        )

    def _callback(self, kind: str, read: dict[str, Any], at: Path, every: dict[str, Any]) -> Step:
        return CallBack(
            desk=self.name(read[kind], (*at, kind), CODE),
            text=self.maybe(read.get("text"), (*at, "text")),
            refused=self.go(read, at, "refused", self.human),
            **every,
        )

    def _flow(self, kind: str, read: dict[str, Any], at: Path, every: dict[str, Any]) -> Step:
        return SubFlow(
            flow=self.name(read[kind], (*at, kind), FLOW),
            given=self.names_to_plain(read.get("with"), (*at, "with")),
            takes=self.names_to_names(read.get("take"), (*at, "take"), NAME),
            go=self.go(read, at),
            **every,
        )

    def _end(self, kind: str, read: dict[str, Any], at: Path, every: dict[str, Any]) -> Step:
        text = None if read[kind] is True else self.texts(read[kind], (*at, kind))
        return End(text=text, result=self.name(read.get("result"), (*at, "result"), needed=False), **every)

    # Examples -------------------------------------------------------------------------------------------------

    def example(self, told: Any, at: Path) -> Example:
        read = self.mapping(told, at, {"name", "facts", "lines"})
        lines = []
        for n, one in enumerate(self.items(read.get("lines"), (*at, "lines"))):
            here: Path = (*at, "lines", n)
            if not isinstance(one, dict) or len(one) != 1 or next(iter(one)) not in _DIALOGUE:
                self.wrong(here, f"a line of a dialogue is one of {', '.join(_DIALOGUE)}")
                continue
            kind, value = next(iter(one.items()))
            lines.append(DialogueLine(self.line(here), kind, value))
        return Example(
            line=self.line(at),
            name=self.plain(read.get("name"), (*at, "name")),
            facts=self.mapping(read.get("facts"), (*at, "facts")),
            lines=tuple(lines),
        )
