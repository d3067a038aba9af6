"""Categories as data: what kind of matter it is, what to ask for, what may be declared, which step comes next."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from qiao.cases.model import KINDS, STATUSES
from qiao.cases.model_lifecycle import PLAIN, Lifecycle, lifecycle_from, lifecycle_problems
from qiao.cases.model_verification import Condition, condition_from, condition_problems
from qiao.cases.model_words import ITEM_KINDS, ItemKind
from qiao.kernel.conditions import Field, Fields, Kind, Tree, validate
from qiao.kernel.languages import LANGUAGES, STAFF_LANGUAGES, nearest

Names = Mapping[str, str]
"""Language tag -> text."""

ACTS: Final = frozenset(
    {
        "look",
        "keep_promise",
        "request_information",
        "perform",
        "promise",
        "say_answer",
        "add_tried",
        "resolve",
        "wait",
        "reverse",
        "added",
    }
)
"""What the button of a next step does; `perform` names a service of the catalogue."""

STEP_FIELDS: Final[Fields] = {
    "status": Field(Kind.TEXT, choices=frozenset(STATUSES)),
    "kind": Field(Kind.TEXT, choices=frozenset(KINDS)),
    "severity": Field(Kind.NUMBER),
    "known": Field(Kind.SET),
    "missing": Field(Kind.SET),
    "unasked": Field(Kind.SET),
    "declared": Field(Kind.SET),
    "tried": Field(Kind.SET),
    "answers": Field(Kind.NUMBER),
    "promises_open": Field(Kind.NUMBER),
    "promise_broken": Field(Kind.BOOL),
    "unread": Field(Kind.BOOL),
    "failed": Field(Kind.SET),
    "added": Field(Kind.BOOL),
}
"""What the condition of a step may ask: `known` facts by key, `missing` and `unasked` items, `tried` steps …

`failed`: conditions of the newest resolution that were seen not to hold;
`added`: somebody added a step to this very case, and it is still to be done.
"""

_CODE: Final = re.compile(r"[a-z_]+(/[a-z0-9_]+){0,4}")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PLACE: Final = re.compile(r"\{(\w+)\}")


PARTS: Final = frozenset({"version", "severity", "name", "ask", "declare", "watch", "steps", "lifecycle", "prove"})
"""What a definition may hold."""


class CategoriesBroken(ValueError):
    """A set of categories does not hold together; the message names every problem."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something a customer can be asked for; its facts bear the same key."""

    key: str
    kind: ItemKind
    name: Names
    hint: Names = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """A step that is suggested when its condition holds; `service` is a code of the catalogue."""

    code: str
    act: str
    when: Tree
    text: Names
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Category:
    """A leaf of the tree as it was in one version; `ask` in the order of asking, `watch` are keys of items."""

    code: str
    version: int
    kind: str
    severity: int
    name: Names
    ask: tuple[Item, ...] = ()
    declare: tuple[str, ...] = ()
    watch: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    lifecycle: Lifecycle = PLAIN
    prove: tuple[Condition, ...] = ()
    """What must be seen before it counts as remedied; none where the house's own conditions do."""

    @property
    def ancestors(self) -> tuple[str, ...]:
        """Codes of the groups it lies in, highest first."""
        parts = self.code.split("/")
        return tuple("/".join(parts[:depth]) for depth in range(1, len(parts)))


@dataclass(frozen=True)
class CategorySet:
    """The whole tree with its vocabulary; `first` and `last` are steps tried before and after a category's own."""

    items: Mapping[str, Item]
    declarations: Mapping[str, Names]
    groups: Mapping[str, Names]
    categories: Mapping[str, Category]
    first: tuple[Step, ...]
    last: tuple[Step, ...]

    def name(self, code: str, language: str) -> str:
        """The name of a category or group; a code that no set knows is its own name."""
        known = self.categories[code].name if code in self.categories else self.groups.get(code)
        return in_language(known, language) if known else code

    def path(self, code: str, language: str) -> str:
        """ "Complaint › Billing › Service not asked for": the name with its groups."""
        parts = code.split("/")
        return " › ".join(self.name("/".join(parts[:depth]), language) for depth in range(1, len(parts) + 1))


def in_language(names: Names, language: str) -> str:
    """The text in the nearest language there is; English is always there."""
    return names[nearest(language, tuple(names), otherwise="en")]


def filled(text: str, params: Mapping[str, str]) -> str:
    """{name} replaced by plain values and nothing else understood; a missing one is left out."""
    return _PLACE.sub(lambda place: params.get(place[1], ""), text)


def category_from(code: str, read: Mapping[str, Any], items: Mapping[str, Item]) -> Category:
    """A category from its definition, which `problems_of` found nothing wrong with."""
    return Category(
        code=code,
        version=int(read.get("version", 1)),
        kind=code.split("/", 1)[0],
        severity=int(read["severity"]),
        name=dict(read["name"]),
        ask=tuple(items[key] for key in read.get("ask", ())),
        declare=tuple(read.get("declare", ())),
        watch=tuple(read.get("watch", ())),
        steps=tuple(step_from(step) for step in read.get("steps", ())),
        lifecycle=lifecycle_from(read["lifecycle"]) if "lifecycle" in read else PLAIN,
        prove=tuple(condition_from(one) for one in read.get("prove", ())),
    )


def step_from(read: Mapping[str, Any]) -> Step:
    """A step from its definition."""
    return Step(read["code"], read["act"], read["when"], dict(read["text"]), read.get("service"))


def category_set(read: Mapping[str, Any]) -> CategorySet:
    """The set from its definition (keys items, declarations, groups, categories, steps). Raises CategoriesBroken."""
    problems = [*_vocabulary_problems(read)]
    for code, definition in read["categories"].items():
        problems += [f"{code}: {problem}" for problem in problems_of(code, definition, read)]
    if problems:
        raise CategoriesBroken("; ".join(problems))
    items = {
        key: Item(key, one["kind"], dict(one["name"]), dict(one.get("hint", {}))) for key, one in read["items"].items()
    }
    return CategorySet(
        items=items,
        declarations={key: dict(names) for key, names in read["declarations"].items()},
        groups={code: dict(names) for code, names in read["groups"].items()},
        categories={code: category_from(code, one, items) for code, one in read["categories"].items()},
        first=tuple(step_from(step) for step in read["steps"]["first"]),
        last=tuple(step_from(step) for step in read["steps"]["last"]),
    )


def shape_problems(read: Any) -> list[str]:
    """Whether a definition from outside has the shape of one at all; `problems_of` looks at what it says."""
    if not isinstance(read, Mapping):
        return ["a table with the keys severity, name and what else there is, is expected"]
    problems = [f"there is no part {key}" for key in read if key not in PARTS]
    for part in ("ask", "declare", "watch"):
        told = read.get(part, [])
        if not isinstance(told, list) or not all(isinstance(one, str) for one in told):
            problems.append(f"{part} is a list of names")
    steps = read.get("steps", [])
    fit = isinstance(steps, list) and all(isinstance(one, Mapping) for one in steps)
    if not fit or not all(isinstance(one.get(name, ""), str) for one in steps for name in ("code", "act", "service")):
        problems.append("steps are a list, each with code, act, when and text")
    if isinstance(read.get("severity"), bool) or not isinstance(read.get("severity"), int):
        problems.append("severity is 1 to 4")
    return problems


def problems_of(code: str, definition: Mapping[str, Any], vocabulary: Mapping[str, Any]) -> list[str]:
    """What is wrong with one category, edited or built in, against the items, declarations and groups there are."""
    problems = []
    if not _CODE.fullmatch(code) or code.split("/", 1)[0] not in KINDS:
        problems.append("its code begins with no kind")
    parents = code.split("/")[:-1]
    above = ["/".join(parents[: depth + 1]) for depth in range(len(parents))]
    problems += [f"there is no group {group}" for group in above if group not in vocabulary["groups"]]
    if definition.get("severity") not in (1, 2, 3, 4):
        problems.append("severity is 1 to 4")
    problems += _lacking("name", definition.get("name"), LANGUAGES)
    asked = definition.get("ask", [])
    problems += [f"there is no item {key}" for key in asked if key not in vocabulary["items"]]
    problems += [f"{key} is watched and not asked for" for key in definition.get("watch", []) if key not in asked]
    problems += [
        f"there is no declaration {key}"
        for key in definition.get("declare", [])
        if key not in vocabulary["declarations"]
    ]
    if "lifecycle" in definition:
        problems += lifecycle_problems(definition["lifecycle"], items=vocabulary["items"], fields=STEP_FIELDS)
    problems += condition_problems(definition.get("prove", []))
    return problems + [problem for step in definition.get("steps", []) for problem in _step_problems(step)]


def _vocabulary_problems(read: Mapping[str, Any]) -> Iterator[str]:
    for key, item in read["items"].items():
        if not _KEY.fullmatch(key) or item.get("kind") not in ITEM_KINDS:
            yield f"item {key}: unknown kind or odd key"
        yield from _lacking(f"item {key}", item.get("name"), LANGUAGES)
        if "hint" in item:
            yield from _lacking(f"hint of {key}", item["hint"], LANGUAGES)
    for key, names in read["declarations"].items():
        yield from _lacking(f"declaration {key}", names, LANGUAGES)
    for code, names in read["groups"].items():
        yield from _lacking(f"group {code}", names, STAFF_LANGUAGES)
    for step in (*read["steps"]["first"], *read["steps"]["last"]):
        yield from _step_problems(step)
    if not read["steps"]["last"] or read["steps"]["last"][-1].get("when") != {"all": []}:
        yield "the last step of all must always hold"


def _step_problems(step: Mapping[str, Any]) -> list[str]:
    code = step.get("code", "?")
    problems = [f"step {code}: {problem.path} {problem.text}" for problem in validate(step.get("when"), STEP_FIELDS)]
    if step.get("act") not in ACTS:
        problems.append(f"step {code}: there is no act {step.get('act')}")
    if (step.get("act") == "perform") != ("service" in step):
        problems.append(f"step {code}: a service is named exactly where one is performed")
    return problems + _lacking(f"step {code}", step.get("text"), STAFF_LANGUAGES)


def _lacking(what: str, names: Any, languages: tuple[str, ...]) -> list[str]:
    """Languages without a text, and other placeholders than the English ones."""
    if not isinstance(names, Mapping):
        return [f"{what}: no texts"]
    lacking = [language for language in languages if not str(names.get(language) or "").strip()]
    problems = [f"{what}: no {language}" for language in lacking]
    wanted = set(_PLACE.findall(str(names.get("en", ""))))
    told = {language: set(_PLACE.findall(str(text))) for language, text in names.items()}
    return problems + [f"{what}: other placeholders in {language}" for language in told if told[language] != wanted]
