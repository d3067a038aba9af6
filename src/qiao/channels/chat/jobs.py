"""Periodic work of the chat."""

from qiao.channels.chat import operations
from qiao.platform.house import House


async def forget_tickets(house: House) -> None:
    """Used tickets are remembered only while they could be tried again."""
    async with house.database.transaction() as tx:
        await operations.forget_tickets(tx)
