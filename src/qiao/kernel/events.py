"""Events: what happened, as frozen facts that travel as JSON."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Self, Union, get_args, get_origin
from uuid import UUID

from qiao.kernel.money import Money


@dataclass(frozen=True)
class Event:
    """Base of all events. Fields are ids and plain values, never objects and never secrets."""

    @property
    def aggregate(self) -> str:
        """The thing whose events must be seen in order, such as "case:<id>"."""
        raise TypeError(f"{type(self).__name__} names no aggregate")

    @classmethod
    def wire_name(cls) -> str:
        """The name stored with the row: "<room>.<Class>", also for rooms within rooms ("channels.chat.…")."""
        parts = cls.__module__.split(".")
        room = parts[1:-1] if parts[0] == "qiao" else parts[-1:]
        return f"{'.'.join(room)}.{cls.__name__}"

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values of all fields."""
        return {f.name: _plain(getattr(self, f.name)) for f in dataclasses.fields(self)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The reverse of `as_json`; unknown keys are ignored so that older code reads newer rows."""
        own: type = cls
        hints = _hints(own)
        return cls(**{f.name: _typed(hints[f.name], value[f.name]) for f in dataclasses.fields(cls) if f.name in value})


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return str(value)
        case UUID():
            return str(value)
        case datetime():
            return value.isoformat()
        case Money():
            return [value.minor, value.currency]
        case tuple() | list() | frozenset():
            return [_plain(item) for item in value]
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case _:
            raise TypeError(f"an event cannot carry {type(value).__name__}")


def _typed(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    hint = getattr(hint, "__supertype__", hint)
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _typed(next(a for a in get_args(hint) if a is not type(None)), value)
    if origin in (tuple, list, frozenset):
        return origin(_typed(get_args(hint)[0], item) for item in value)
    if hint is UUID:
        return UUID(value)
    if hint is datetime:
        return datetime.fromisoformat(value)
    if hint is Money:
        return Money(value[0], value[1])
    if isinstance(hint, type) and issubclass(hint, str) and hint is not str:
        return hint(value)
    return value
