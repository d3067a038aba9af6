"""A text that comes in, in a process of its own to be killed in it: `tests.post.doomed_process URL KEY`."""

import asyncio
import sys

from qiao import post
from qiao.kernel.service_ids import ServiceId
from qiao.platform.clock import HouseClock
from qiao.platform.database import Database


async def main(url: str, key: str) -> None:
    database = Database(url, HouseClock(), pool_size=1)
    async with database.transaction() as tx:
        await post.received(tx, ServiceId("mobile", "+8613912345678"), "STOP", key)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
