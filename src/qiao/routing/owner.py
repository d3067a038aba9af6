"""The owner: the one process that writes offers."""

from typing import Final

from qiao.platform.house import House
from qiao.platform.leases import Lease, hold

TURN_DECIDED: Final = "routing.owner.decided"
OFFERS_WRITTEN: Final = "routing.owner.offers_written"


async def own(house: House) -> None:
    """Take turns at owning routing, for ever."""

    async def work(lease: Lease) -> None:
        await lease.lost.wait()

    await hold(house.database, "routing", work)
