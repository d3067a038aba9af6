"""An owner of routing as a process of its own, to be killed, frozen and thawed: `owner_process.py DATABASE_URL`.

Says "ready" when its hub listens; which epoch it owns is in the lease's row.
"""

import asyncio
import os
import sys
from pathlib import Path

from qiao.platform.clock import HouseClock
from qiao.platform.database import Database
from qiao.platform.files import FolderStore
from qiao.platform.house import House
from qiao.platform.live import Hub
from qiao.platform.settings import Settings
from qiao.routing.owner import own


async def main(url: str) -> None:
    settings = Settings(database_url=url, mode="test", secret_key="test-only-" + "0" * 32)  # type: ignore[arg-type]
    clock = HouseClock()
    database = Database(url, clock, pool_size=2)
    house = House(settings, clock, database, FolderStore(Path(os.devnull)), Hub(url))
    hub = asyncio.create_task(house.hub.run())
    await house.hub.connected.wait()
    sys.stderr.write("ready\n")
    sys.stderr.flush()
    await asyncio.gather(own(house), hub)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
