"""Words against a column of tokens, for whatever room keeps one."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, cast
from sqlalchemy.dialects.postgresql import TSQUERY


def holding(column: Column[Any], wanted: Sequence[str]) -> ColumnElement[bool]:
    """The condition that a tsvector holds all of these tokens; none of them is ever taken for an operator."""
    quoted = ("'" + token.replace("\\", "\\\\").replace("'", "''") + "'" for token in wanted)
    found: ColumnElement[bool] = column.op("@@")(cast(" & ".join(quoted), TSQUERY))
    return found
