"""The migrations make exactly the tables that the rooms declare."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import sql
from sqlalchemy import create_engine, pool

from qiao.app.migrate import newest, upgrade
from qiao.app.schema import declare_tables
from qiao.platform.clock import HouseClock
from qiao.platform.database import Database, async_url, metadata
from tests.conftest import at_database

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def empty_url(server_url: str) -> Iterator[str]:
    name = f"qiao_empty_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(sql.SQL("create database {} template template0 encoding 'UTF8'").format(sql.Identifier(name)))
    yield at_database(server_url, name)
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.mark.filterwarnings("ignore:Did not recognize type .xid8")
async def test_an_empty_database_gets_what_the_rooms_declare_however_many_ask_at_once(empty_url: str) -> None:
    databases = [Database(empty_url, HouseClock(), pool_size=2) for _ in range(3)]
    await asyncio.gather(*(upgrade(database) for database in databases))
    await upgrade(databases[0])  # again, with nothing to do
    for database in databases:
        await database.close()
    assert newest() is not None
    declare_tables()
    engine = create_engine(async_url(empty_url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name in (None, "sandbox"),
                "include_object": _ours,
            },
        )
        assert compare_metadata(context, metadata) == []


def _ours(_object: object, name: str | None, kind: str, reflected: bool, _other: object) -> bool:
    """What is in the database only: the job queue's own tables and the partitions of each month."""
    if kind != "table" or not reflected or name is None:
        return True
    return not name.startswith("procrastinate_") and not any(
        name.startswith(f"{table}_") and (name.endswith("_default") or name[-7:].replace("_", "").isdigit())
        for table in metadata.tables
    )
