"""Periodic work of the chat."""

from qiao.channels.chat import assistant, operations
from qiao.platform.house import House


async def forget_tickets(house: House) -> None:
    """Used tickets are remembered only while they could be tried again."""
    async with house.database.transaction() as tx:
        await operations.forget_tickets(tx)


async def answer(
    house: House, interaction_id: str, seq: int, reply: str = "", hidden: bool = False, begun: bool = False
) -> None:
    """The assistant answers one message."""
    await assistant.answer(house, interaction_id, seq, reply, hidden, begun)
