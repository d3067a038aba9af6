"""A floor of a test's own, with and without the owner at work on it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from qiao.platform.database import Database
from qiao.platform.house import House
from qiao.routing.owner import Patience
from tests.conftest import StillClock
from tests.routing.floor import EMPTY, FREE, Floor, RunningClock, end, start_owner


@pytest.fixture
def clock() -> StillClock:
    return RunningClock()


@pytest.fixture
async def still(house: House, database: Database) -> AsyncIterator[Floor]:
    """An empty floor without an owner; the hub listens."""
    async with database.transaction() as tx:
        await tx.execute(EMPTY)
        await tx.execute(FREE)
    hub = asyncio.create_task(house.hub.run())
    await house.hub.connected.wait()
    yield Floor(house)
    await end(hub)


@pytest.fixture
def patience() -> Patience:
    return Patience()


@pytest.fixture
async def floor(still: Floor, patience: Patience) -> AsyncIterator[Floor]:
    """The same with the owner at work."""
    owning = await start_owner(still, patience)
    yield still
    await end(owning)
