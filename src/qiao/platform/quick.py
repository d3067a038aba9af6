# ruff: noqa: SLF001 - what SQLAlchemy has compiled is to be had by its own names only
"""Statements run on the driver itself: SQLAlchemy writes and remembers the SQL, its own result is left out.

It costs half as much as the long way, which is taken by what SQLAlchemy finishes anew each time: an IN of several
values, defaults of its own. Errors are told as SQLAlchemy tells them, by its own means. SQLAlchemy's minor version is
pinned, since some of these names are its own affair; tests/platform/test_quick.py compares both ways.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn
from weakref import WeakKeyDictionary

from sqlalchemy import Delete, Executable, Insert, Update
from sqlalchemy.engine import Connection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import greenlet_spawn


@dataclass(frozen=True, slots=True)
class Ready:
    """A statement as the driver takes it."""

    compiled: SQLCompiler
    values: Mapping[str, Any]


class Shape:
    """How the rows of a statement become values by name."""

    __slots__ = ("names", "readers")

    def __init__(self, compiled: SQLCompiler, cursor: Any, dialect: Any) -> None:
        columns, told = compiled._result_columns, cursor.description
        self.names = tuple(one.keyname for one in columns) or tuple(one.name for one in told)
        read = [
            (one.keyname, one.type._cached_result_processor(dialect, of.type_code))
            for one, of in zip(columns, told, strict=bool(columns))
        ]
        self.readers = [(name, reader) for name, reader in read if reader is not None]

    def row(self, told: tuple[Any, ...]) -> dict[str, Any]:
        """One of them."""
        found = dict(zip(self.names, told, strict=True))
        for name, reader in self.readers:
            found[name] = reader(found[name])
        return found


_SHAPES: Final[WeakKeyDictionary[SQLCompiler, Shape]] = WeakKeyDictionary()


def ready(connection: Connection, statement: Executable, parameters: Mapping[str, Any] | None) -> Ready | None:
    """The statement for the driver, or None for one that goes the long way."""
    if statement._propagate_attrs or connection._has_events or connection.engine._has_events:
        return None  # also where somebody listens to what is asked
    compiled, extracted, told, _ = statement._compile_w_cache(
        connection.dialect,
        compiled_cache=connection.engine._compiled_cache,
        column_keys=sorted(parameters) if parameters else [],
    )
    if not isinstance(compiled, SQLCompiler) or (
        compiled.post_compile_params
        or compiled.literal_execute_params
        or compiled.insert_prefetch
        or compiled.update_prefetch
        or compiled.escaped_bind_names
    ):
        return None
    values = compiled.construct_params(
        parameters, extracted_parameters=extracted, escape_names=False, _collected_params=told
    )
    for name, write in compiled._bind_processors.items():
        values[name] = write(values[name])  # type: ignore[operator]
    return Ready(compiled, values)


def only_writes(statement: Executable) -> bool:
    """Whether it changes rows and returns none."""
    return isinstance(statement, Insert | Update | Delete) and not statement._returning


async def run(connection: Connection, one: Ready) -> tuple[list[dict[str, Any]], int]:
    """The rows, by column name, and how many were read or changed. Raises DBAPIError."""
    cursor = None
    try:
        cursor = connection.connection.driver_connection.cursor()  # type: ignore[union-attr]
        await cursor.execute(one.compiled.string, one.values)
        told = await cursor.fetchall() if cursor.pgresult.nfields else []
    except BaseException as error:  # noqa: BLE001 - whatever it is, SQLAlchemy says what becomes of the connection
        await greenlet_spawn(_tell, connection, error, one)
    if not told:
        return [], cursor.rowcount
    shape = _SHAPES.get(one.compiled)
    if shape is None:
        shape = _SHAPES[one.compiled] = Shape(one.compiled, cursor, connection.dialect)
    return [shape.row(row) for row in told], cursor.rowcount


def _tell(connection: Connection, error: BaseException, one: Ready) -> NoReturn:
    try:
        raise error
    except BaseException as caught:  # noqa: BLE001
        connection._handle_dbapi_exception(caught, one.compiled.string, one.values, None, None)
