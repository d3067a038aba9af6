"""The condition language of the kernel as SQL."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Double,
    Float,
    Integer,
    Numeric,
    Text,
    and_,
    cast,
    false,
    func,
    literal,
    not_,
    or_,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB, array

from qiao.kernel.conditions import LISTS, LOWER_LETTERS, UPPER_LETTERS, Tree, folded, instant_of
from qiao.kernel.money import Money

Columns = Mapping[str, ColumnElement[Any]]


def condition_sql(tree: Tree, columns: Columns, now: datetime) -> ColumnElement[bool]:
    """A valid tree as an expression for WHERE: true where it holds, false or null where it does not.

    `columns` gives each field an expression: text, numbers, money in minor units (integers), timestamptz, boolean,
    and text[] or a JSONB list of texts for sets. Negation is pushed down to the leaves, so that plain comparisons stay
    plain and an index can serve them. Raises KeyError for a field without a column.
    """
    return _node(tree, columns, now, negated=False)


def _node(tree: Tree, columns: Columns, now: datetime, *, negated: bool) -> ColumnElement[bool]:
    if "not" in tree:
        return _node(tree["not"], columns, now, negated=not negated)
    if "field" not in tree:
        every = ("all" in tree) != negated
        parts = [_node(inner, columns, now, negated=negated) for inner in tree["all" if "all" in tree else "any"]]
        return and_(true(), *parts) if every else or_(false(), *parts)
    operator = next(key for key in tree if key != "field")
    column = columns[tree["field"]]
    if isinstance(column.type, ARRAY | JSONB):
        return _of_set(operator, column, tree[operator], negated=negated)
    return _leaf(operator, column, tree[operator], now, negated=negated)


_OPPOSITE = {"is": "is_not", "is_not": "is", "in": "not_in", "not_in": "in", "is_set": "is_empty", "is_empty": "is_set"}


def _leaf(
    operator: str, column: ColumnElement[Any], wanted: Any, now: datetime, *, negated: bool
) -> ColumnElement[bool]:
    if negated and operator in _OPPOSITE:
        return _leaf(_OPPOSITE[operator], column, wanted, now, negated=False)
    if operator in ("is_set", "is_empty"):
        return _present(column, operator == "is_set")
    if operator in LISTS:
        values = [_operand(column, one) for one in wanted]
        return column.in_(values) if operator == "in" else or_(column.is_(None), column.not_in(values))
    if operator in ("is", "is_not"):
        value = _operand(column, wanted)
        return column == value if operator == "is" else or_(column.is_(None), column != value)
    holds = _compared(operator, column, wanted, now)
    return or_(column.is_(None), not_(holds)) if negated else holds


def _present(column: ColumnElement[Any], wanted: bool) -> ColumnElement[bool]:
    if not isinstance(column.type, Text):
        return column.is_not(None) if wanted else column.is_(None)
    return and_(column.is_not(None), column != "") if wanted else or_(column.is_(None), column == "")


def _compared(operator: str, column: ColumnElement[Any], wanted: Any, now: datetime) -> ColumnElement[bool]:
    holds: ColumnElement[bool]
    match operator:
        case "contains":
            holds = func.strpos(_folded(column), folded(wanted)) > 0
        case "starts_with":
            holds = func.starts_with(_folded(column), folded(wanted))
        case "before":
            holds = column < instant_of(wanted, now)
        case "after":
            holds = column > instant_of(wanted, now)
        case "at_least":
            holds = column >= _operand(column, wanted)
        case "at_most":
            holds = column <= _operand(column, wanted)
        case "more_than":
            holds = column > _operand(column, wanted)
        case _:
            holds = column < _operand(column, wanted)
    return holds


def _folded(column: ColumnElement[Any]) -> ColumnElement[str]:
    return func.translate(column, UPPER_LETTERS, LOWER_LETTERS)


def _operand(column: ColumnElement[Any], wanted: Any) -> Any:
    """The value with a type of its own, so that it is neither cut nor refused by a narrow column."""
    if isinstance(wanted, bool) or not isinstance(column.type, Numeric | Float | Integer):
        return wanted
    value = Money.of(wanted).minor if isinstance(wanted, str) else wanted
    return literal(value, BigInteger) if isinstance(value, int) else literal(value, Double)


def _of_set(operator: str, column: ColumnElement[Any], wanted: Any, *, negated: bool) -> ColumnElement[bool]:
    """Of a set; null is the empty set."""
    if negated and operator in _OPPOSITE:
        return _of_set(_OPPOSITE[operator], column, wanted, negated=False)
    size = func.jsonb_array_length(column) if isinstance(column.type, JSONB) else func.cardinality(column)
    match operator:
        case "is_set":
            return size > 0
        case "is_empty":
            return or_(column.is_(None), size == 0)
        case "contains":
            found = _any_of(column, [wanted])
            return or_(column.is_(None), not_(found)) if negated else found
        case "in":
            return _any_of(column, wanted)
    return or_(column.is_(None), not_(_any_of(column, wanted)))


def _any_of(column: ColumnElement[Any], members: list[str]) -> ColumnElement[bool]:
    wanted = cast(array(members), ARRAY(Text))
    return column.bool_op("?|" if isinstance(column.type, JSONB) else "&&")(wanted)
