# ruff: noqa: SLF001 - what SQLAlchemy has compiled is to be had by its own names only
"""Statements run on the driver itself: SQLAlchemy writes and remembers the SQL, its own result is left out.

It costs half as much as the long way, which is taken by what SQLAlchemy finishes anew each time: an IN of several
values, defaults of its own. Errors are told as SQLAlchemy tells them, by its own means. SQLAlchemy's version is
pinned, since some of these names are its own affair; tests/platform/test_quick.py compares both ways. Should one of
them be gone all the same, or `database_quick` be off, all of the process goes the long way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn
from weakref import WeakKeyDictionary

import structlog
from psycopg import Error as DriverError
from sqlalchemy import CompoundSelect, Delete, Executable, Insert, Select, TextClause, Update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import InvalidRequestError, SQLAlchemyError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import greenlet_spawn

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Switch:
    """Whether this process takes the quick way at all."""

    on: bool = True


SWITCH: Final = Switch()


@dataclass(frozen=True, slots=True)
class Ready:
    """A statement as the driver takes it."""

    compiled: SQLCompiler
    values: Mapping[str, Any]


class Shape:
    """How the rows of a statement become values by name. Raises InvalidRequestError where two have one name."""

    __slots__ = ("names", "readers")

    def __init__(self, compiled: SQLCompiler, cursor: Any, dialect: Any) -> None:
        columns, told = compiled._result_columns, cursor.description
        self.names = tuple(one.keyname for one in columns) or tuple(one.name for one in told)
        if len(set(self.names)) < len(self.names):
            raise InvalidRequestError(f"Ambiguous column names: {self.names}")
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
_PLAIN: Final[WeakKeyDictionary[SQLCompiler, bool]] = WeakKeyDictionary()
"""Whether the driver can take it as it was written."""
_TAKEN: Final = (Select, CompoundSelect, TextClause, Insert, Update, Delete)


def ready(connection: Connection, statement: Executable, parameters: Mapping[str, Any] | None) -> Ready | None:
    """The statement for the driver, or None for one that goes the long way, also to be refused there."""
    if not SWITCH.on or not isinstance(statement, _TAKEN) or not _goes_on(connection):
        return None
    try:
        one = _bound(connection, statement, parameters)
    except SQLAlchemyError:
        return None
    except (AttributeError, TypeError):
        SWITCH.on = False
        log.exception("database.quick_off")
        return None
    return one if one is not None and _written(one) else None


def _goes_on(connection: Connection) -> bool:
    """Whether what is asked now is part of what SQLAlchemy takes for the transaction."""
    nested = connection.get_nested_transaction()
    return connection.in_transaction() and (nested is None or nested.is_active)


def _bound(connection: Connection, statement: Executable, parameters: Mapping[str, Any] | None) -> Ready | None:
    if statement._propagate_attrs or connection._has_events or connection.engine._has_events:
        return None  # also where somebody listens to what is asked
    compiled, extracted, told, _ = statement._compile_w_cache(
        connection.dialect,
        compiled_cache=connection.engine._compiled_cache,
        column_keys=sorted(parameters) if parameters else [],
    )
    if not isinstance(compiled, SQLCompiler):
        return None
    if (plain := _PLAIN.get(compiled)) is None:
        plain = _PLAIN[compiled] = _plain(connection, compiled)
    if not plain:
        return None
    values = compiled.construct_params(
        parameters, extracted_parameters=extracted, escape_names=False, _collected_params=told
    )
    return Ready(compiled, values)


def _plain(connection: Connection, compiled: SQLCompiler) -> bool:
    """Raises AttributeError, before anything was asked, if what the answer or an error needs is not there any more."""
    _ = connection._handle_dbapi_exception, compiled._bind_processors
    names = [(one.keyname, one.type._cached_result_processor)[0] for one in compiled._result_columns]
    return len(set(names)) == len(names) and not (
        compiled.post_compile_params
        or compiled.literal_execute_params
        or compiled.insert_prefetch
        or compiled.update_prefetch
        or compiled.escaped_bind_names
        or "*" in names
    )


def _written(one: Ready) -> bool:
    """Have each value as the driver takes it; False where one is not what its column takes, for which it is refused."""
    try:
        for name, write in one.compiled._bind_processors.items():
            one.values[name] = write(one.values[name])  # type: ignore[index, operator]
    except Exception:  # noqa: BLE001 - the long way raises it with what belongs to it
        return False
    return True


def only_writes(statement: Executable) -> bool:
    """Whether it changes rows and returns none."""
    return isinstance(statement, Insert | Update | Delete) and not statement._returning


async def run(connection: Connection, one: Ready) -> tuple[list[dict[str, Any]], int]:
    """The rows, by column name, and how many were read or changed. Raises DBAPIError, and as it is what is none of the
    driver's own."""
    cursor = None
    try:
        cursor = connection.connection.driver_connection.cursor()  # type: ignore[union-attr]
        await cursor.execute(one.compiled.string, one.values)
        told = await cursor.fetchall() if cursor.pgresult.nfields else []
    except BaseException as error:  # of the driver's own, SQLAlchemy says what becomes of the connection
        if isinstance(error, Exception) and not isinstance(error, DriverError):
            raise
        await greenlet_spawn(_tell, connection, error, one)
    if not told:
        return [], cursor.rowcount
    shape = _shape(one.compiled, cursor, connection.dialect)
    return [shape.row(row) for row in told], cursor.rowcount


def _shape(compiled: SQLCompiler, cursor: Any, dialect: Any) -> Shape:
    """Kept where the statement names its columns; of "select *" the table may have others by now."""
    if not compiled._result_columns:
        return Shape(compiled, cursor, dialect)
    shape = _SHAPES.get(compiled)
    if shape is None:
        shape = _SHAPES[compiled] = Shape(compiled, cursor, dialect)
    return shape


def _tell(connection: Connection, error: BaseException, one: Ready) -> NoReturn:
    try:
        raise error
    except BaseException as caught:  # noqa: BLE001
        connection._handle_dbapi_exception(caught, one.compiled.string, one.values, None, None)
