"""Outreach's lines on the timeline are known as in a running house."""

import pytest

from qiao.platform.database import Database
from tests.conftest import StillClock
from tests.outreach.reached import House


@pytest.fixture
async def outside(database: Database, clock: StillClock) -> House:
    """Monday, 10:00 in Shanghai."""
    made = House(database, clock)
    await made.begin()
    return made
