"""Money given in a process of its own, to be killed in it: `tests.compensation.doomed_process URL AT FOLDER IDS…`.

The same key as always: asked for, spent through the catalogue, performed at the operator.
"""

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from uuid import UUID

from qiao import catalogue, compensation, staff
from qiao.app.rooms import all_rooms
from qiao.bss import Operator
from qiao.bss.sandbox import CAST, SandboxOperator
from qiao.catalogue.jobs import perform
from qiao.kernel.ids import AgentId, CustomerId
from qiao.kernel.money import Money
from qiao.kernel.origin import Origin
from qiao.platform.clock import HouseClock
from qiao.platform.database import Database
from qiao.platform.files import FolderStore
from qiao.platform.house import House
from qiao.platform.live import Hub
from qiao.platform.settings import Settings

SHI = CAST[0].service
MINOR = 1_500


class OneInstant(HouseClock):
    """The instant of the test that started this process."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at


async def give(house: House, customer_id: CustomerId, agent_id: AgentId, key: str) -> None:
    """One credit, by one key, as often as it is asked for."""
    async with house.database.transaction() as tx:
        agent = await staff.agent(tx, agent_id)
        given = await compensation.ask_grant(
            tx, customer_id=customer_id, target=SHI, amount=Money(MINOR), agent=agent, matter="case:doomed",
            severity=2, code="give_credit", reason="long wait", key=key,
        )  # fmt: skip
    async with house.database.transaction() as tx:
        order = await catalogue.place_order(
            tx, customer_id=customer_id, actor_ref=f"agent:{agent_id}", level=0, basis="case", origin=Origin("desk"),
            confirmed=True, rights=frozenset({"catalogue.perform"}), listed_by_case=True, code="give_credit",
            target=SHI, parameters={"amount": str(given.amount)}, key=f"grant:{given.id}", grant_id=str(given.id),
        )  # fmt: skip
    await perform(house, order_id=str(order.id))


async def main(url: str, at: str, folder: str, customer_id: str, agent_id: str, key: str) -> None:
    for room in all_rooms():
        if room.register is not None:
            room.register()
    clock = OneInstant(datetime.fromisoformat(at))
    database = Database(url, clock, pool_size=2)
    house = House(Settings(database_url=url), clock, database, FolderStore(Path(folder)), Hub(url))
    house.ports[Operator] = SandboxOperator(database)
    await give(house, CustomerId(UUID(customer_id)), AgentId(UUID(agent_id)), key)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:7]))
