"""Fixtures: one template database a run, a clone of it for each test module, a clock that tests move."""

import asyncio
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.async_api import Browser, async_playwright
from psycopg import sql
from sqlalchemy.engine import make_url

from qiao.app.rooms import all_rooms
from qiao.app.schema import create_tables
from qiao.platform.clock import HouseClock
from qiao.platform.database import Database, Transaction, metadata
from qiao.platform.files import FolderStore
from qiao.platform.house import House
from qiao.platform.live import Hub
from qiao.platform.settings import Settings

SERVER = "QIAO_TEST_DATABASE_URL"


class StillClock(HouseClock):
    """Stands at one instant until a test moves it."""

    def __init__(self, at: datetime = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at + self.offset

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server: the one named in the environment, else the embedded one, started for this run."""
    if given := os.environ.get(SERVER):
        yield given
        return
    from qiao.platform.postgres import EmbeddedPostgres

    loop = asyncio.new_event_loop()
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), durable=False)
    loop.run_until_complete(server.start())
    try:
        yield server.url
    finally:
        loop.run_until_complete(server.discard())
        loop.close()


def _admin(server_url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(server_url, autocommit=True)


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """The name of a database with all tables and nothing in it."""
    name = f"qiao_template_{uuid.uuid4().hex[:12]}"
    with _admin(server_url) as admin:
        admin.execute(sql.SQL("create database {} template template0 encoding 'UTF8'").format(sql.Identifier(name)))

    async def fill() -> None:
        database = Database(at_database(server_url, name), StillClock(), pool_size=2)
        await create_tables(database)
        await database.close()

    asyncio.run(fill())
    yield name
    with _admin(server_url) as admin:
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def at_database(server_url: str, name: str) -> str:
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def own_database(server_url: str, template: str) -> Iterator[str]:
    """The address of a database with all tables that nobody else uses, while the block lasts."""
    name = f"qiao_test_{uuid.uuid4().hex[:12]}"
    with _admin(server_url) as admin:
        admin.execute(sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template)))
    yield at_database(server_url, name)
    with _admin(server_url) as admin:
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def database_url(server_url: str, template: str) -> Iterator[str]:
    """A database of this module's own, with all tables; shared by the tests of the module."""
    with own_database(server_url, template) as url:
        yield url


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
async def database(database_url: str, clock: StillClock) -> AsyncIterator[Database]:
    """The module's database, through a pool that ends with the test; what is committed stays for the module."""
    all_rooms()
    assert metadata.tables
    opened = Database(database_url, clock, pool_size=8)
    yield opened
    await opened.close()


class _RolledBack(Exception):
    pass


@pytest.fixture
async def tx(database: Database) -> AsyncIterator[Transaction]:
    """An open transaction that is rolled back after the test."""
    try:
        async with database.transaction() as opened:
            yield opened
            raise _RolledBack
    except _RolledBack:
        pass


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url,
        data_folder=tmp_path,
        mode="test",
        secret_key="test-only-" + "0" * 32,  # type: ignore[arg-type]
    )


@pytest.fixture
def house(settings: Settings, clock: StillClock, database: Database, tmp_path: Path) -> House:
    """A house without ports, its hub not running; a room's own conftest adds what it needs."""
    return House(
        settings=settings, clock=clock, database=database, files=FolderStore(tmp_path / "files"), hub=Hub(database.url)
    )


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium: the one that QIAO_CHROMIUM names, else the machine's."""
    async with async_playwright() as playwright:
        path = os.environ.get("QIAO_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        opened = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        await opened.close()
