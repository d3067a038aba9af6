"""One house for all tests of a module, with demo pages, an operator that can be recognised, and a clock that stands."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from qiao import routing, staff
from qiao.app.demo.handset import make_tables
from qiao.app.ports import fill_ports
from qiao.app.web import build_web
from qiao.bss import Operator
from qiao.kernel.ids import CustomerId, new_id
from qiao.platform.database import Database
from qiao.platform.files import FolderStore
from qiao.platform.house import House
from qiao.platform.live import Hub
from qiao.platform.settings import Settings
from tests.access.scenes import World
from tests.access.telltale import TelltaleOperator
from tests.conftest import StillClock
from tests.desk.centre import Centre


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing_house(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house of the module's own."""
    clock = StillClock()
    database = Database(database_url, clock, pool_size=8)
    folder: Path = tmp_path_factory.mktemp("house")
    settings = Settings(
        database_url=database_url,
        data_folder=folder,
        mode="demo",
        secret_key="test-only-" + "0" * 32,  # type: ignore[arg-type]
    )
    house = House(
        settings=settings, clock=clock, database=database, files=FolderStore(folder / "files"), hub=Hub(database.url)
    )
    fill_ports(house)
    yield house
    await database.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(standing_house: House) -> AsyncIterator[World]:
    """The people of two organisation units, and nobody's matters yet."""
    house, operator = standing_house, TelltaleOperator()
    house.ports[Operator] = operator
    app = build_web(house)
    async with house.database.transaction() as tx:
        await make_tables(tx)
        here = await staff.ensure_unit(tx, code="centre", name="Centre")
        there = await staff.ensure_unit(tx, code="elsewhere", name="Elsewhere")
        desk_id = await routing.ensure_desk(
            tx, code="vip", names={"en": "VIP desk"}, unit_id=here, entry_points=("portal",)
        )
    nobody = CustomerId(new_id())
    made = World(Centre(house, app, operator, here, there, desk_id, nobody, nobody), operator)
    await made.people_it()
    yield made
    for person in made.centre.people:
        await person.http.aclose()
