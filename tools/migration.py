"""Write a migration: upgrade an empty database to what is written so far, and compare it with the rooms' tables."""

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command

from qiao.app.migrate import alembic_config, upgrade
from qiao.platform.clock import HouseClock
from qiao.platform.database import Database
from qiao.platform.postgres import EmbeddedPostgres


async def main(message: str) -> None:
    """`message` says what the migration changes; its words become the file's name."""
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres", durable=False)
        await server.start()
        try:
            database = Database(server.url, HouseClock(), pool_size=2)
            await upgrade(database)
            await database.close()
            config = alembic_config(server.url)
            await asyncio.to_thread(command.revision, config, message, autogenerate=True)
            print("written; read it before you commit it")
        finally:
            await server.discard()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
