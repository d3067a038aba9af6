"""Opens the house for one process: clock, database, files, live hub and the ports."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from psycopg import Error as DriverError
from sqlalchemy.exc import DBAPIError

from qiao.app.ports import fill_ports
from qiao.app.rooms import all_rooms
from qiao.platform.clock import HouseClock
from qiao.platform.database import Database
from qiao.platform.files import FolderStore
from qiao.platform.house import House
from qiao.platform.live import CLOCK, Hub
from qiao.platform.settings import Settings

log = structlog.get_logger(__name__)


class NoDatabase(Exception):
    """No database is named: `qiao demo` brings its own; serve and worker want QIAO_DATABASE_URL."""


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncIterator[House]:
    """A house whose clock follows the offset row and whose hub listens. Raises NoDatabase."""
    if not settings.database_url:
        raise NoDatabase
    all_rooms()
    clock = HouseClock()
    database = Database(settings.database_url, clock, pool_size=settings.database_pool_size)
    hub = Hub(database.url)
    house = House(settings, clock, database, FolderStore(settings.data_folder / "files"), hub)
    fill_ports(house)
    tasks: list[asyncio.Task[None]] = []
    try:
        async with database.transaction() as tx:
            await clock.load(tx)
        tasks = [asyncio.create_task(hub.run()), asyncio.create_task(follow_clock(house))]
        async with asyncio.timeout(30):
            await hub.connected.wait()
        yield house
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await database.close()


async def follow_clock(house: House) -> None:
    """Read the offset again whenever somebody moves the clock."""
    async with house.hub.subscribe(CLOCK) as moved:
        while True:
            await moved.get()
            try:
                async with house.database.transaction() as tx:
                    await house.clock.load(tx)
            except (DBAPIError, DriverError, OSError):
                log.warning("clock.not_read")
                await asyncio.sleep(0.5)
