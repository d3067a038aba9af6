"""Bring a database to the newest schema, once, however many processes ask at the same time."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, pool, text

from qiao.app.schema import prepare
from qiao.platform.database import Database, async_url

_LOCK = 0x51A0  # any number of our own: one upgrade at a time
FOLDER = Path(__file__).parent / "migrations"


def alembic_config(url: str) -> Config:
    """Alembic's settings without a file of their own."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("sqlalchemy.url", async_url(url).replace("%", "%%"))
    return config


def newest() -> str | None:
    """The revision this code was written for."""
    return ScriptDirectory(str(FOLDER)).get_current_head()


def _upgrade(url: str) -> None:
    engine = create_engine(async_url(url), poolclass=pool.NullPool)
    with engine.connect() as connection, connection.begin():
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        config = alembic_config(url)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


async def upgrade(database: Database) -> None:
    """Apply what is missing, then make partitions and cursors."""
    await asyncio.to_thread(_upgrade, database.url)
    if newest() is None:
        return  # no migration is written yet
    async with database.transaction() as tx:
        await prepare(tx)
