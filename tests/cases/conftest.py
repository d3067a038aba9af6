"""Cases put their lines on the timeline; the lines are known as in a running house."""

import pytest

from qiao.cases.room import register
from qiao.platform.database import Database
from tests.cases.matter_at_hand import Days
from tests.conftest import StillClock


@pytest.fixture(autouse=True, scope="session")
def _lines_of_cases_are_known() -> None:
    register()


@pytest.fixture
def days(database: Database, clock: StillClock) -> Days:
    return Days(database, clock)
