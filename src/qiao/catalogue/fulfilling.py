"""Performing orders as they come: many are in hand at once, and what is known by then is written down together.

The operator is called outside any transaction; killed anywhere, an order is taken in hand again under the same key.
Any number of processes may run this.
"""

import asyncio
import contextlib
from typing import Final

import structlog
from psycopg import Error as DriverError
from sqlalchemy.exc import DBAPIError

from qiao import customers
from qiao.bss import Outcome
from qiao.catalogue import outcomes
from qiao.catalogue.jobs import ANSWERED, BEGUN, outcome_of
from qiao.catalogue.model import Order
from qiao.platform.failpoints import failpoint
from qiao.platform.house import House
from qiao.platform.live import ORDERS

log = structlog.get_logger(__name__)
AT_ONCE: Final = 64
LOOK_SECONDS: Final = 1.0
GATHER_SECONDS: Final = 0.03
"""Under load so long is waited for more, so that many share one transaction."""
STOP_SECONDS: Final = 8.0
"""What is in hand is given so long when the process stops."""
Known = tuple[Order, Outcome | None]


async def run(house: House) -> None:
    """Take orders in hand as they are placed, for ever."""
    in_hand: set[asyncio.Task[Known]] = set()
    async with house.hub.subscribe(ORDERS) as told:
        try:
            while True:
                in_hand |= await _take(house, AT_ONCE - len(in_hand))
                news = asyncio.ensure_future(told.get(LOOK_SECONDS))
                try:
                    await asyncio.wait({*in_hand, news}, return_when=asyncio.FIRST_COMPLETED)
                    await asyncio.sleep(GATHER_SECONDS)
                finally:
                    news.cancel()
                in_hand = await _write(house, in_hand)
        finally:
            if in_hand:
                await asyncio.wait(in_hand, timeout=STOP_SECONDS)
                for task in await _write(house, in_hand):
                    task.cancel()


async def turn(house: House) -> int:
    """Perform what waits now, at most AT_ONCE orders; returns how many."""
    in_hand = await _take(house, AT_ONCE)
    if in_hand:
        await asyncio.wait(in_hand)
        await _write(house, in_hand)
    return len(in_hand)


async def _take(house: House, most: int) -> set[asyncio.Task[Known]]:
    if most <= 0:
        return set()
    async with house.database.transaction() as tx:
        taken = await outcomes.claim(tx, most=most)
        people = await customers.customers_by_ids(tx, {order.customer_id for order in taken}) if taken else {}
    if taken:
        failpoint(BEGUN)
    return {asyncio.create_task(_perform(house, one, people[one.customer_id].operator_ref)) for one in taken}


async def _perform(house: House, order: Order, ref: str) -> Known:
    """What became of it; None where that cannot be written down now: it is taken in hand again."""
    try:
        return order, await outcome_of(house, order, ref)
    except (DBAPIError, DriverError, OSError) as error:
        log.warning("catalogue.not_performed", order_id=str(order.id), error=type(error).__name__)
        return order, None
    except Exception:
        log.exception("catalogue.order_failed", order_id=str(order.id), code=order.code)
        return order, Outcome("unknown", reason="fault")


async def _write(house: House, in_hand: set[asyncio.Task[Known]]) -> set[asyncio.Task[Known]]:
    """Write down those that are over; returns the others. What cannot be written is asked again when in doubt."""
    over = {task for task in in_hand if task.done()}
    told = [(order, outcome) for order, outcome in (task.result() for task in over) if outcome is not None]
    if told:
        failpoint(ANSWERED)
        with contextlib.suppress(DBAPIError, DriverError, OSError):
            async with house.database.transaction() as tx:
                await outcomes.settle_all(tx, told)
    return in_hand - over
