"""The centre that is texted."""

import pytest

from qiao.platform.house import House
from tests.conftest import StillClock
from tests.sms.texting import Centre, centre


@pytest.fixture
async def here(house: House, clock: StillClock) -> Centre:
    return await centre(house, clock)
