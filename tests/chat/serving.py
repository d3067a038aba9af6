"""A chat server as a process of its own, to be killed: `python -m tests.chat.serving DATABASE_URL FOLDER`.

Prints its port when it listens.
"""

import asyncio
import sys
from pathlib import Path

from qiao.channels.chat import waiting
from qiao.platform.clock import HouseClock
from qiao.platform.database import Database
from qiao.platform.files import FolderStore
from qiao.platform.house import House
from qiao.platform.live import Hub
from qiao.platform.settings import Settings
from qiao.platform.signing import Keys
from tests.chat.conftest import ScriptedRouting, open_shop, put_below


async def serve(url: str, folder: str) -> None:
    """Listen until killed."""
    put_below(ScriptedRouting(), lambda name, does: setattr(waiting, name, does))
    clock = HouseClock()
    settings = Settings(database_url=url, mode="test", secret_key="test-only-" + "0" * 32)  # type: ignore[arg-type]
    database = Database(url, clock)
    house = House(settings, clock, database, FolderStore(Path(folder)), Hub(url))
    house.ports[Keys] = Keys.of(settings)
    hub = asyncio.create_task(house.hub.run())
    running = await open_shop(house, {})
    serving = asyncio.create_task(running.serve())
    while not running.started:
        await asyncio.sleep(0)
    sys.stdout.write(f"{running.servers[0].sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.gather(serving, hub)


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:3]))
