"""Waiting a moment for an outcome, so that a door can show it."""

import asyncio

from qiao.catalogue.model import Order
from qiao.catalogue.queries import order
from qiao.kernel.ids import OrderId
from qiao.platform.house import House
from qiao.platform.live import TOPICS


async def wait_for_order(house: House, order_id: OrderId, *, seconds: float = 2.0) -> Order:
    """The order as soon as something became of it, or as it stands after `seconds`. Raises NotFound."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    async with house.hub.subscribe(TOPICS) as told:
        while True:
            async with house.database.transaction() as tx:
                found = await order(tx, order_id)
            left = until - loop.time()
            if found.state not in ("placed", "performing") or left <= 0:
                return found
            await told.get(min(left, 0.5))
