"""What a database needs before the house can stand on it, beyond the tables themselves."""

import importlib
import pkgutil

from sqlalchemy import text

import qiao.platform
from qiao.app.rooms import all_rooms
from qiao.platform.database import Database, Transaction, metadata
from qiao.platform.events import ensure_cursors
from qiao.platform.jobs import schema_sql
from qiao.platform.partitions import ensure_partitions
from qiao.staff import ensure_built_in_roles


def declare_tables() -> None:
    """Import whatever declares a table: all rooms, and the platform's own modules."""
    all_rooms()
    for module in pkgutil.iter_modules(qiao.platform.__path__, "qiao.platform."):
        if not module.ispkg:
            importlib.import_module(module.name)


async def create_tables(database: Database) -> None:
    """Make every table straight from the rooms' declarations, as the migrations do step by step."""
    declare_tables()
    async with database.transaction() as tx:
        for schema in sorted({table.schema for table in metadata.tables.values() if table.schema}):
            await tx.execute(text(f"create schema if not exists {schema}"))
        driver = await tx.driver()
        await driver.execute(schema_sql().encode())
        await tx.connection.run_sync(metadata.create_all)
        await prepare(tx)


async def prepare(tx: Transaction) -> None:
    """Partitions of the coming months, a cursor for each listener, the built-in roles; cheap, done at every start."""
    await ensure_partitions(tx)
    await ensure_cursors(tx, [listener for room in all_rooms() for listener in room.listeners])
    await ensure_built_in_roles(tx)
