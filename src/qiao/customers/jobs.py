"""Periodic work of customers."""

from qiao.customers import proving, tries
from qiao.platform.house import House


async def forget_codes(house: House) -> None:
    """Codes are kept only as long as they are good, wrong answers only as long as they stick."""
    async with house.database.transaction() as tx:
        await proving.forget_codes(tx)
        await tries.forget_tries(tx)
