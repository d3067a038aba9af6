"""Statements run on the driver give what SQLAlchemy's own way gives, and fail as that fails."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
import structlog
from psycopg import AsyncCursor
from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
    bindparam,
    delete,
    func,
    insert,
    null,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError, OperationalError, StatementError
from sqlalchemy.sql.compiler import SQLCompiler

from qiao.platform import quick
from qiao.platform.database import Database, Transaction

things = Table(
    "quick_things",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("told", JSONB),
    Column("at", DateTime(timezone=True)),
    Column("price", Numeric(10, 2)),
    Column("share", Float),
    Column("many", Integer),
    Column("yes", Boolean),
    Column("raw", LargeBinary),
    Column("words", ARRAY(Text)),
    prefixes=["TEMPORARY"],
)
ONE: dict[str, Any] = {
    "id": uuid4(),
    "name": "中文 % :x 'quoted'",
    "told": {"a": [1, None, "é"], "b": {"c": True}},
    "at": datetime(2026, 11, 30, 12, 0, tzinfo=UTC),
    "price": Decimal("12.30"),
    "share": 0.25,
    "many": 7,
    "yes": True,
    "raw": b"\x00\xff",
    "words": ["x", "y"],
}


async def made(tx: Transaction) -> None:
    await (await tx.driver()).execute("drop table if exists quick_things")
    await tx.connection.run_sync(things.create)
    await tx.execute(insert(things).values(ONE))
    await tx.execute(insert(things).values(id=UUID(int=1), name="empty"))


async def long_way(tx: Transaction, statement: Any, parameters: Any = None) -> list[dict[str, Any]]:
    return [dict(row) for row in (await tx.connection.execute(statement, parameters)).mappings().all()]


other = things.alias("other")
ASKED: list[tuple[Any, dict[str, Any] | None]] = [
    (select(things).order_by(things.c.name), None),
    (select(things.c.id, other.c.id).join(other, other.c.id == things.c.id), None),
    (select(things.c.told["a"].label("a"), things.c.name).order_by(things.c.name), None),
    (select(things.c.many + 1, func.max(things.c.price)).group_by(things.c.many), None),
    (select(things.c.name).where(things.c.name.in_(["empty", "x"])), None),
    (select(things.c.name).where(things.c.name == bindparam("named")), {"named": "empty"}),
    (select(things.c.name).where(things.c.name == "nobody"), None),
    (select(things.c.id).where(things.c.yes.is_(True)).with_for_update(), None),
    (text("select name, told, at from quick_things where many = :many"), {"many": 7}),
    (update(things).where(things.c.many == 7).values(told=[1]).returning(things.c.told, things.c.at), None),
    (delete(things).where(things.c.name == "nobody").returning(things), None),
]


@pytest.mark.parametrize("number", range(len(ASKED)))
async def test_rows_are_the_same_both_ways(database: Database, number: int) -> None:
    statement, parameters = ASKED[number]
    async with database.transaction() as tx:
        await made(tx)
        quickly = [dict(row) for row in await tx.rows(statement, parameters)]
    async with database.transaction() as tx:
        await made(tx)
        assert quickly == await long_way(tx, statement, parameters)


async def test_what_is_written_is_read_and_counted(database: Database) -> None:
    async with database.transaction() as tx:
        await made(tx)
        found = await tx.one(select(things).where(things.c.many == 7))
        assert found is not None and dict(found) == ONE
        assert (await tx.execute(update(things).values(many=1))).rowcount == 2
        assert (await tx.execute(delete(things).where(things.c.many == 9))).rowcount == 0
        assert await tx.scalar(select(func.count()).select_from(things)) == 2
        assert await tx.scalar(select(things.c.many).where(things.c.many == 9)) is None


async def test_an_in_of_several_values_goes_the_long_way_and_others_do_not(database: Database) -> None:
    async with database.transaction() as tx:
        sync = tx.connection.sync_connection
        assert sync is not None
        assert quick.ready(sync, select(things.c.id).where(things.c.many.in_([1, 2])), None) is None
        assert quick.ready(sync, select(things.c.id).where(things.c.many == 1), None) is not None


async def test_a_broken_rule_is_told_as_sqlalchemy_tells_it_and_a_savepoint_undoes_it_alone(database: Database) -> None:
    again = insert(things).values(id=uuid4(), name="empty")
    async with database.transaction() as tx:
        await made(tx)
        with pytest.raises(IntegrityError) as quickly:
            async with tx.savepoint():
                await tx.execute(again)
        with pytest.raises(IntegrityError) as slowly:
            async with tx.savepoint():
                await tx.connection.execute(again)
        assert str(quickly.value) == str(slowly.value) and "empty" not in str(quickly.value)
        assert quickly.value.orig.sqlstate == "23505"  # type: ignore[union-attr]
        assert await tx.scalar(select(func.count()).select_from(things)) == 2


async def test_whoever_is_cut_off_while_he_waits_leaves_a_pool_that_serves_the_next(database: Database) -> None:
    async def sleeps() -> None:
        async with database.transaction() as tx:
            await tx.rows(text("select pg_sleep(60)"))

    waiting = asyncio.create_task(sleeps())
    async with database.transaction() as tx:
        busy = text("select 1 from pg_stat_activity where query like 'select pg_sleep(60)' and state = 'active'")
        while not await tx.scalar(busy):
            await tx.rows(text("select pg_stat_clear_snapshot()"))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with database.transaction() as tx:
        assert await tx.scalar(text("select 1")) == 1


async def test_a_connection_that_the_server_ended_is_told_as_such_and_replaced(database: Database) -> None:
    with pytest.raises(DBAPIError) as gone:
        async with database.transaction() as tx:
            await tx.rows(text("select pg_terminate_backend(pg_backend_pid())"))
    assert gone.value.connection_invalidated
    async with database.transaction() as tx:
        assert await tx.scalar(text("select 1")) == 1


class NoRoute(AsyncCursor[Any]):
    async def execute(self, *_: Any, **__: Any) -> Any:
        raise OSError("no route to host")


async def test_what_is_none_of_the_drivers_own_errors_is_raised_as_it_is_both_ways(database: Database) -> None:
    async with database.transaction() as tx:
        driver = await tx.driver()
        driver.cursor_factory = NoRoute
        try:
            with pytest.raises(OSError, match="no route"):
                await tx.rows(text("select 1"))
            with pytest.raises(OSError, match="no route"):
                await tx.connection.execute(text("select 1"))
        finally:
            driver.cursor_factory = AsyncCursor
        assert await tx.scalar(text("select 1")) == 1


async def test_a_json_null_and_no_value_are_told_apart(database: Database) -> None:
    kinds = select(things.c.name, func.jsonb_typeof(things.c.told).label("kind"), things.c.told).order_by(things.c.name)
    async with database.transaction() as tx:
        await made(tx)
        for name, told in (("json null", None), ("no value", null()), ("words", "null")):
            await tx.execute(insert(things).values(id=uuid4(), name=name, told=told))
        quickly = [dict(row) for row in await tx.rows(kinds.where(things.c.many.is_(None)))]
        assert [(one["name"], one["kind"], one["told"]) for one in quickly] == [
            ("empty", None, None),
            ("json null", "null", None),
            ("no value", None, None),
            ("words", "string", "null"),
        ]
        assert quickly == await long_way(tx, kinds.where(things.c.many.is_(None)))


async def test_a_statement_that_takes_too_long_is_told_so_and_undone_alone(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.rows(text("select set_config('statement_timeout', '20ms', true)"))
        for ask in (tx.rows, tx.connection.execute):
            with pytest.raises(OperationalError) as late:
                async with tx.savepoint():
                    await ask(text("select pg_sleep(10)"))
            assert late.value.orig.sqlstate == "57014"  # type: ignore[union-attr]
            assert not late.value.connection_invalidated
        assert await tx.scalar(text("select 1")) == 1


async def test_nothing_is_asked_after_a_rollback(database: Database) -> None:
    with pytest.raises(InvalidRequestError, match="closed transaction"):
        async with database.transaction() as tx:
            await tx.connection.rollback()
            await tx.rows(text("select 1"))
    async with database.transaction() as tx:
        await made(tx)
        inner = await tx.connection.begin_nested()
        await inner.rollback()
        assert await tx.scalar(select(func.count()).select_from(things)) == 2


async def test_two_columns_of_one_name_are_refused_and_never_mixed_up(database: Database) -> None:
    named = select(things.c.name.label("x"), things.c.many.label("x")).where(things.c.many == 7)
    async with database.transaction() as tx:
        await made(tx)
        with pytest.raises(InvalidRequestError, match="Ambiguous"):
            _ = (await tx.rows(named))[0]["x"]
        with pytest.raises(InvalidRequestError, match="Ambiguous"):
            _ = (await tx.rows(text("select 1 as x, 2 as x")))[0]["x"]


async def test_a_table_that_gets_a_column_while_all_of_it_is_read_is_read_with_it(database: Database) -> None:
    everything = text("select * from quick_things where name = 'empty'")
    async with database.transaction() as tx:
        await made(tx)
        assert "extra" not in dict((await tx.rows(everything))[0])
        driver = await tx.driver()
        await driver.execute("alter table quick_things add column extra int default 3")
        assert (await tx.rows(everything))[0]["extra"] == 3
        await driver.execute("alter table quick_things drop column many")
        await driver.execute("alter table quick_things add column other int default 4")
        found = dict((await tx.rows(everything))[0])
        assert (found["extra"], found["other"], found["words"]) == (3, 4, None)


async def test_a_value_of_a_wrong_type_is_told_by_the_long_way_and_leaves_the_quick_one_on(database: Database) -> None:
    async with database.transaction() as tx:
        await made(tx)
        with pytest.raises(StatementError):
            await tx.execute(update(things).values(told={1, 2}, id=3))
        with pytest.raises(StatementError):
            await tx.rows(select(things.c.name).where(things.c.name == bindparam("named")))
        assert quick.SWITCH.on


async def test_a_sqlalchemy_that_has_changed_turns_the_quick_way_off_and_all_goes_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quick, "SWITCH", quick.Switch())
    monkeypatch.delattr(SQLCompiler, "construct_params")  # as if it had another name
    async with database.transaction() as tx:
        sync = tx.connection.sync_connection
        assert sync is not None
        with structlog.testing.capture_logs() as told:
            assert quick.ready(sync, select(things.c.id), None) is None
            assert quick.ready(sync, select(things.c.name), None) is None
        assert [one["event"] for one in told] == ["database.quick_off"]
        monkeypatch.undo()
        monkeypatch.setattr(quick, "SWITCH", quick.Switch(on=False))
        await made(tx)
        assert await tx.scalar(select(func.count()).select_from(things)) == 2


async def test_turned_off_everything_goes_the_long_way(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "SWITCH", quick.Switch(on=False))
    async with database.transaction() as tx:
        await made(tx)
        sync = tx.connection.sync_connection
        assert sync is not None and quick.ready(sync, select(things.c.id), None) is None
        found = await tx.one(select(things).where(things.c.many == 7))
        assert found is not None and dict(found) == ONE
        assert (await tx.execute(update(things).values(many=1))).rowcount == 2
        assert await tx.rows(text("update quick_things set many = 2")) == []
