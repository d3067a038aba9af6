"""One condition language: and/or/not trees over named fields, as plain JSON.

    {"all": [{"field": "segment", "is": "vip"},
             {"not": {"field": "waited_seconds", "less_than": 30}},
             {"any": [{"field": "language", "in": ["zh-CN", "zh-HK"]}, {"field": "opened_at", "before": "-2d"}]}]}

A leaf names one field and one operator. Answers are true or false, never unknown: a field without a value is equal to
nothing, so `is_not` and `not_in` hold for it and every comparison fails. `contains` and `starts_with` do not tell
A-Z from a-z. Amounts are written "12.80"; instants with their zone, or relative to now: "now", "-2d", "+30m"
(s, m, h, d, w). The same tree in SQL: `qiao.platform.conditions_sql`; a property test holds the two together.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, assert_never

from qiao.kernel.languages import N_
from qiao.kernel.money import AmountNotUnderstood, Money
from qiao.kernel.refused import Refused

Tree = Mapping[str, Any]

DEPTH_MAX: Final = 8
NODES_MAX: Final = 200
VALUES_MAX: Final = 500
TEXT_CHARACTERS_MAX: Final = 500
NUMBER_MAX: Final = 2**53
"""Whole numbers up to here are the same in Python, JSON and a double."""

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_RELATIVE: Final = re.compile(r"([+-])(\d{1,5})([smhdw])")
_PRESENCE: Final = frozenset({"is_set", "is_empty"})
_EQUALITY: Final = frozenset({"is", "is_not", "in", "not_in"})
_ORDER: Final = frozenset({"at_least", "at_most", "more_than", "less_than"})
LISTS: Final = frozenset({"in", "not_in"})


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    INSTANT = "instant"
    BOOL = "bool"
    SET = "set"


OPERATORS: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.TEXT: _PRESENCE | _EQUALITY | {"contains", "starts_with"},
    Kind.NUMBER: _PRESENCE | _EQUALITY | _ORDER,
    Kind.MONEY: _PRESENCE | _EQUALITY | _ORDER,
    Kind.INSTANT: _PRESENCE | {"before", "after"},
    Kind.BOOL: _PRESENCE | {"is", "is_not"},
    Kind.SET: _PRESENCE | {"contains", "in", "not_in"},
}
"""What may be asked of each kind; `in` of a set: any of them is a member."""
_ALL_OPERATORS: Final = frozenset().union(*OPERATORS.values())


@dataclass(frozen=True)
class Field:
    """A field that a room lets conditions speak of. `choices` limits texts and members; `title` is a msgid."""

    kind: Kind
    title: str = ""
    choices: frozenset[str] | None = None


Fields = Mapping[str, Field]


@dataclass(frozen=True)
class Problem:
    """What is wrong, where ("all[1].not.at_least"), as a msgid with params."""

    path: str
    text: str
    params: Mapping[str, Any] = field(default_factory=dict)


class ConditionNotUnderstood(Refused):
    """The tree breaks a rule of the language or names what the room does not have."""

    code = "kernel.condition_not_understood"
    status = 400
    text = N_("The condition cannot be read at “{path}”: {problem} Nothing was saved.")


def must_be_valid(tree: Any, fields: Fields) -> None:
    """Raises ConditionNotUnderstood with the first problem, `problem` in English."""
    for problem in validate(tree, fields)[:1]:
        raise ConditionNotUnderstood(path=problem.path, problem=problem.text.format(**problem.params))


def validate(tree: Any, fields: Fields) -> list[Problem]:
    """All that is wrong with a tree from outside, however odd it is; nothing means that it can be evaluated."""
    reading = _Reading(fields)
    reading.node(tree, "", 1)
    return reading.problems


class _Reading:
    """One walk over a tree; a branch that is too deep or too much is named once and not entered."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.problems: list[Problem] = []
        self.nodes = 0

    def wrong(self, path: str, text: str, **params: Any) -> None:
        self.problems.append(Problem(path, text, params))

    def node(self, tree: Any, path: str, depth: int) -> None:
        self.nodes += 1
        if self.nodes > NODES_MAX:  # every list ends with this one
            self.wrong(path, N_("More than {limit} conditions; split it up."), limit=NODES_MAX)
        elif depth > DEPTH_MAX:
            self.wrong(path, N_("Nested more than {limit} levels deep."), limit=DEPTH_MAX)
        elif not isinstance(tree, Mapping):
            self.wrong(path, N_("A condition is expected here."))
        elif "field" in tree:
            self.leaf(tree, path)
        elif len(tree) != 1 or not isinstance(key := next(iter(tree)), str) or key not in ("all", "any", "not"):
            self.wrong(path, N_("Write one of all, any, not, or a field with one operator."))
        elif key == "not":
            self.node(tree[key], _joined(path, key), depth + 1)
        elif not isinstance(tree[key], list):
            self.wrong(_joined(path, key), N_("A list of conditions is expected here."))
        else:
            for index, inner in enumerate(tree[key]):
                self.node(inner, f"{_joined(path, key)}[{index}]", depth + 1)
                if self.nodes > NODES_MAX:
                    break

    def leaf(self, tree: Tree, path: str) -> None:
        name = tree["field"]
        known = self.fields.get(name) if isinstance(name, str) else None
        if known is None:
            self.wrong(_joined(path, "field"), N_("There is no field “{name}”."), name=str(name)[:60])
            return
        asked = [key for key in tree if key != "field"]
        if len(asked) != 1 or asked[0] not in _ALL_OPERATORS:
            self.wrong(path, N_("A field takes exactly one operator."))
        elif asked[0] not in OPERATORS[known.kind]:
            told = {"operator": asked[0], "name": name}
            self.wrong(_joined(path, asked[0]), N_("“{operator}” cannot be asked of “{name}”."), **told)
        else:
            self.operand(known, asked[0], tree[asked[0]], _joined(path, asked[0]))

    def operand(self, known: Field, operator: str, value: Any, path: str) -> None:
        if operator in _PRESENCE:
            if value is not True:
                self.wrong(path, N_("Write true here."))
        elif operator not in LISTS:
            self.value(known, value, path)
        elif not isinstance(value, list) or not value:
            self.wrong(path, N_("A list of values is expected here."))
        elif len(value) > VALUES_MAX:
            self.wrong(path, N_("More than {limit} values."), limit=VALUES_MAX)
        else:
            for index, one in enumerate(value):
                self.value(known, one, f"{path}[{index}]")

    def value(self, known: Field, value: Any, path: str) -> None:
        if not _fits(known.kind, value):
            self.wrong(path, _WANTED[known.kind])
        elif known.choices is not None and isinstance(value, str) and value not in known.choices:
            self.wrong(path, N_("“{value}” is none of the values that exist."), value=value[:60])


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


_WANTED: Final = {
    Kind.TEXT: N_("A text of at most 500 characters is expected here."),
    Kind.SET: N_("A text of at most 500 characters is expected here."),
    Kind.NUMBER: N_("A number is expected here."),
    Kind.MONEY: N_("An amount such as “12.80” is expected here."),
    Kind.INSTANT: N_("A time with its zone, “now”, or a distance such as “-2d” is expected here."),
    Kind.BOOL: N_("Write true or false here."),
}


def _fits(kind: Kind, value: Any) -> bool:
    match kind:
        case Kind.BOOL:
            return isinstance(value, bool)
        case Kind.NUMBER:
            known = isinstance(value, int | float) and not isinstance(value, bool)
            return known and math.isfinite(value) and abs(value) <= NUMBER_MAX
        case Kind.MONEY:
            return isinstance(value, str) and _amount(value) is not None
        case Kind.INSTANT:
            return isinstance(value, str) and _readable(value)
        case Kind.TEXT | Kind.SET:
            return isinstance(value, str) and len(value) <= TEXT_CHARACTERS_MAX and _storable(value)
        case _:
            assert_never(kind)


def _storable(text: str) -> bool:
    """PostgreSQL keeps neither NUL nor half characters."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _amount(text: str) -> int | None:
    try:
        return Money.of(text).minor
    except AmountNotUnderstood:
        return None


def _readable(text: str) -> bool:
    if text == "now" or _RELATIVE.fullmatch(text):
        return True
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return False
    return read.tzinfo is not None and 1900 <= read.year <= 9000


def instant_of(text: str, now: datetime) -> datetime:
    """A valid operand of `before` and `after` as an instant."""
    if text == "now":
        return now
    if relative := _RELATIVE.fullmatch(text):
        sign, count, unit = relative.groups()
        distance = timedelta(**{_UNITS[unit]: int(count)})
        return now - distance if sign == "-" else now + distance
    return datetime.fromisoformat(text)


def folded(text: str) -> str:
    """A-Z as a-z and nothing else: the same in every database, whatever its collation."""
    return text.translate(_LOWER)


UPPER_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWER_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_LOWER: Final = str.maketrans(UPPER_LETTERS, LOWER_LETTERS)


def fields_used(tree: Tree) -> frozenset[str]:
    """The names a valid tree asks for, so that no more is gathered."""
    if "field" in tree:
        return frozenset({tree["field"]})
    inner = [tree["not"]] if "not" in tree else tree.get("all", tree.get("any"))
    return frozenset().union(*(fields_used(one) for one in inner or ()))


def evaluate(tree: Tree, values: Mapping[str, Any], now: datetime) -> bool:
    """Whether a valid tree holds for these values; a missing one is the same as None.

    Values: str, int, float or Decimal, Money, aware datetime, bool, and a set, tuple or list of str.
    """
    if "all" in tree:
        return all(evaluate(inner, values, now) for inner in tree["all"])
    if "any" in tree:
        return any(evaluate(inner, values, now) for inner in tree["any"])
    if "not" in tree:
        return not evaluate(tree["not"], values, now)
    operator = next(key for key in tree if key != "field")
    return _holds(operator, values.get(tree["field"]), tree[operator], now)


def _holds(operator: str, value: Any, wanted: Any, now: datetime) -> bool:
    if isinstance(value, frozenset | set | tuple | list):
        return _holds_of_set(operator, frozenset(value), wanted)
    match operator:
        case "is_set":
            return value is not None and value != ""
        case "is_empty":
            return value is None or value == ""
        case "is" | "is_not":
            return (value is not None and _plain(value) == _like(value, wanted)) == (operator == "is")
        case "in" | "not_in":
            found = value is not None and _plain(value) in [_like(value, one) for one in wanted]
            return found == (operator == "in")
    if value is None:
        return False
    match operator:
        case "contains":
            return folded(wanted) in folded(value)
        case "starts_with":
            return folded(value).startswith(folded(wanted))
        case "before":
            return bool(value < instant_of(wanted, now))
        case "after":
            return bool(value > instant_of(wanted, now))
    return _compares(operator, _plain(value), _like(value, wanted))


def _holds_of_set(operator: str, members: frozenset[str], wanted: Any) -> bool:
    """Of a set; one without members is a set without a value."""
    match operator:
        case "is_set":
            return bool(members)
        case "is_empty":
            return not members
        case "contains":
            return wanted in members
    return members.isdisjoint(wanted) == (operator == "not_in")


def _compares(operator: str, value: Any, wanted: Any) -> bool:
    match operator:
        case "at_least":
            return bool(value >= wanted)
        case "at_most":
            return bool(value <= wanted)
        case "more_than":
            return bool(value > wanted)
    return bool(value < wanted)


def _plain(value: Any) -> Any:
    """Money as its minor units, Decimal as a double, anything else as it is."""
    if isinstance(value, Money):
        return value.minor
    return float(value) if isinstance(value, Decimal) else value


def _like(value: Any, wanted: Any) -> Any:
    """The operand in the field's own kind; amounts are taken in the field's currency."""
    return Money.of(wanted).minor if isinstance(value, Money) else wanted
