"""Periodic work of self-service."""

from qiao.platform.house import House
from qiao.selfservice.operations import end_left


async def sweep(house: House) -> None:
    """End the sessions of customers who said no more."""
    while True:
        async with house.database.transaction() as tx:
            if not await end_left(tx):
                return
