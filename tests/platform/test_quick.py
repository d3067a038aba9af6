"""Statements run on the driver give what SQLAlchemy's own way gives, and fail as that fails."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
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
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.exc import DBAPIError, IntegrityError

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
