"""One PostgreSQL: the engine, and the transaction that the outermost door owns."""

import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from psycopg import AsyncConnection as DriverConnection
from psycopg import Error as DriverError
from sqlalchemy import CursorResult, Executable, MetaData, RowMapping, event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from qiao.kernel.clock import Clock

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every room's `store.py` puts its tables here; foreign keys point only to lower rooms."""
PERSONAL: Final = {"personal": True}
"""`info` of columns that say something of a person: what retention and erasure look for."""


def plain_json(value: Any) -> str:
    """As the database's JSON columns are written."""
    return json.dumps(value, ensure_ascii=False, default=str)


IDLE_IN_TRANSACTION_SECONDS: Final = 30
"""Nothing of ours waits for anybody with a transaction open; one that idles so long was left behind, and the server
ends it, so that its locks hold nobody up for ever."""


class Transaction:
    """An open transaction with the instant at which it began; operations take it first and never commit."""

    __slots__ = ("_last", "connection", "now")

    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self._last: dict[Last, list[Any]] = {}

    def at_end(self, write: "Last", *items: Any) -> None:
        """Let `write` have these, with all others it is given in this transaction, just before it commits."""
        self._last.setdefault(write, []).extend(items)

    async def finish(self) -> None:
        """Write what was left for the end; what writes may leave more."""
        while self._last:
            write, items = next(iter(self._last.items()))
            del self._last[write]
            await write(self, items)

    async def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Run one statement; a list of parameter sets runs it for each."""
        return await self.connection.execute(statement, parameters)

    async def rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> list[RowMapping]:
        """All rows, by column name; none of a statement that returns none."""
        result = await self.connection.execute(statement, parameters)
        return list(result.mappings().all()) if result.returns_rows else []

    async def one(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> RowMapping | None:
        """The first row, or None."""
        return (await self.connection.execute(statement, parameters)).mappings().first()

    async def scalar(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Any:
        """The first column of the first row, or None."""
        return (await self.connection.execute(statement, parameters)).scalar()

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part that may fail alone: its writes go, the transaction stays."""
        kept = {write: len(items) for write, items in self._last.items()}
        try:
            async with self.connection.begin_nested():
                yield
        except BaseException:
            self._last = {write: items[: kept[write]] for write, items in self._last.items() if write in kept}
            raise

    async def driver(self) -> DriverConnection[Any]:
        """The psycopg connection under it, for work that rides on the same transaction."""
        raw = await self.connection.get_raw_connection()
        driver: DriverConnection[Any] = raw.driver_connection  # type: ignore[assignment]
        return driver


Last = Callable[[Transaction, list[Any]], Awaitable[None]]
"""What writes the items that were left for the end of a transaction."""


async def one_at_a_time(tx: Transaction, *names: str) -> None:
    """Let whoever else names any of these wait until this transaction ends; always taken in one order."""
    for name in sorted(names):
        await tx.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 7))"), {"name": name})


WATCHED: Final = {
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
"""How a line to the database is watched that goes over a network (libpq's words; seconds, times, ms): one that is dead
without a word, as behind a firewall that has forgotten it, is noticed within 25 s, not after the system's two hours."""


def async_url(url: str) -> str:
    """The same database for SQLAlchemy's asynchronous psycopg driver."""
    return _url(url, "postgresql+psycopg")


def plain_url(url: str) -> str:
    """The same database for libpq."""
    return _url(url, "postgresql")


def _url(url: str, driver: str) -> str:
    told = make_url(url).set(drivername=driver)
    watched = {name: value for name, value in WATCHED.items() if name not in told.query}
    return told.update_query_dict(watched).render_as_string(hide_password=False)


def tell_no_row(context: ExceptionContext) -> None:
    """Take out of the database's complaint what it quotes of rows: "Failing row contains (…)" is somebody's life.

    What is left is the kind of error and its first line, of data errors (SQLSTATE class 22), which quote the value
    there, the state alone. Whoever needs more asks the error's `diag`, which nobody prints.
    """
    cause = context.original_exception
    if not isinstance(cause, DriverError) or cause.sqlstate is None:
        return
    quotes = cause.sqlstate.startswith("22")
    cause.args = (f"SQLSTATE {cause.sqlstate}" if quotes else cause.diag.message_primary or cause.sqlstate,)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (f"({type(cause).__name__}) {cause.args[0]}",)


PREPARED_AFTER: Final = 2
"""Runs of a statement on a connection after which the server keeps its plan."""
PREPARED_MAX: Final = 500
"""A worker of all rooms asks more than the driver's hundred."""
LIES_SECONDS: Final = 1.0
"""A connection that lay in the pool for so long is asked whether it is still there before it is handed out."""


def _lies_since(_: Any, record: ConnectionPoolEntry) -> None:
    record.info["lies_since"] = time.monotonic()


def _keeps_plans(connection: Any, _: ConnectionPoolEntry) -> None:
    connection.driver_connection.prepare_threshold = PREPARED_AFTER
    connection.driver_connection.prepared_max = PREPARED_MAX


def _still_there(connection: Any, record: ConnectionPoolEntry, _: Any) -> None:
    """As the pool's own ping, but not for each transaction of a busy process: a round trip of every few."""
    if time.monotonic() - record.info.get("lies_since", time.monotonic()) < LIES_SECONDS:
        return
    try:
        with contextlib.closing(connection.cursor()) as cursor:
            cursor.execute("select 1")
        connection.commit()  # a rollback would have the driver forget every statement that it has prepared
    except DriverError as gone:
        raise DisconnectionError from gone


class Database:
    """The pool of one process. PostgreSQL ends a transaction in which nothing is asked for `idle_seconds`."""

    def __init__(
        self, url: str, clock: Clock, *, pool_size: int = 10, idle_seconds: int = IDLE_IN_TRANSACTION_SECONDS
    ) -> None:
        self.url = plain_url(url)
        self.clock = clock
        self.engine: AsyncEngine = create_async_engine(
            async_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=30,
            pool_use_lifo=True,  # the fewer take the work, the more of it they have prepared
            json_serializer=plain_json,
            connect_args={"options": f"-c idle_in_transaction_session_timeout={idle_seconds * 1000}"},
            hide_parameters=True,  # an error's text goes to the log; what was written does not
        )
        event.listen(self.engine.sync_engine, "handle_error", tell_no_row)
        event.listen(self.engine.sync_engine.pool, "connect", _keeps_plans)
        event.listen(self.engine.sync_engine.pool, "checkin", _lies_since)
        event.listen(self.engine.sync_engine.pool, "checkout", _still_there)

    @asynccontextmanager
    async def transaction(self, *, isolation: str | None = None) -> AsyncIterator[Transaction]:
        """Begin, hand out, commit; roll back if anything is raised. `isolation` such as "REPEATABLE READ"."""
        async with self.engine.connect() as connection:
            if isolation:
                connection = await connection.execution_options(isolation_level=isolation)  # noqa: PLW2901
            async with connection.begin():
                tx = Transaction(connection, self.clock.now())
                yield tx
                await tx.finish()

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()
