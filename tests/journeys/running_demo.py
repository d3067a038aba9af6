"""A whole demo for a journey: web and worker as processes of their own, on a database of the journey's own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from qiao.app.demo.cast import fill
from qiao.app.demo.hotline import by_voice
from qiao.app.house import open_house
from qiao.platform.clock import HouseClock, advance
from qiao.platform.database import Database
from qiao.platform.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from datetime import datetime, timedelta

    from qiao.app.demo.cast import Login

SANDBOX_CUSTOMERS = 60


@dataclass
class RunningDemo:
    """The running house and what a test may do to it from outside."""

    settings: Settings
    logins: Sequence[Login]
    folder: Path
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return self.settings.address

    async def start(self, name: str, **environment: str) -> None:
        """Start "serve", "worker" or "demo provider", with more environment for failpoints."""
        with (self.folder / f"{name.replace(' ', '-')}.log").open("ab") as log:
            self.processes[name] = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "qiao.app.cli",
                *name.split(),
                env={**os.environ, **_environment(self.settings), **environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def ready(self, seconds: float = 60) -> None:
        """Return when the pages answer."""
        until = time.monotonic() + seconds
        async with httpx2.AsyncClient(trust_env=False) as client:
            while time.monotonic() < until:
                with contextlib.suppress(httpx2.HTTPError):
                    if (await client.get(f"{self.address}/readyz", timeout=2)).status_code == 200:
                        return
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await self.processes["serve"].wait()
                    break  # it ended
        raise AssertionError(f"the demo did not come up:\n{self.logs()}")

    async def stop(self) -> None:
        """End all processes."""
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                async with asyncio.timeout(10):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()

    async def stop_one(self, name: str, how: signal.Signals = signal.SIGTERM) -> None:
        """End one process, and wait until it has ended."""
        self.processes[name].send_signal(how)
        await self.processes[name].wait()

    async def advance(self, by: timedelta) -> None:
        """Move the demo's clock."""
        database = Database(self.settings.database_url, HouseClock(), pool_size=2)
        async with database.transaction() as tx:
            await advance(tx, by)
        await database.close()

    async def now(self) -> datetime:
        """What time it is in the demo, UTC."""
        clock = HouseClock()
        async with self._database(clock) as database, database.transaction() as tx:
            await clock.load(tx)
        return clock.now()

    async def until(self, at: datetime) -> None:
        """Move the demo's clock on to an instant."""
        await self.advance(at - await self.now())

    async def at_the_operator(self, verb: Callable[..., Awaitable[Any]], *given: Any, **more: Any) -> Any:
        """Have something happen on the operator's side."""
        clock = HouseClock()
        async with self._database(clock) as database:
            async with database.transaction() as tx:
                await clock.load(tx)
            async with database.transaction() as tx:
                return await verb(tx, *given, **more)

    @asynccontextmanager
    async def _database(self, clock: HouseClock) -> AsyncIterator[Database]:
        database = Database(self.settings.database_url, clock, pool_size=1)
        try:
            yield database
        finally:
            await database.close()

    def logs(self) -> str:
        """The end of what the processes said."""
        return "\n".join(f"{path.name}:\n{path.read_text('utf-8')[-6000:]}" for path in self.folder.glob("*.log"))


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "QIAO_MODE": "demo",
        "QIAO_DATABASE_URL": settings.database_url,
        "QIAO_DATA_FOLDER": str(settings.data_folder),
        "QIAO_PORT": str(settings.port),
        "QIAO_DEMO_PAY_PORT": str(settings.demo_pay_port),
        "QIAO_SECRET_KEY": "test-only-" + "0" * 32,
        "QIAO_ASTERISK": settings.asterisk,
        **(by_voice(settings) if settings.voice.trunks else {}),
    }


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def running_demo(database_url: str, folder: Path, **more: Any) -> AsyncIterator[RunningDemo]:
    """A demo on this database, which has its tables already; `more` are settings."""
    settings = Settings(
        database_url=database_url,
        data_folder=folder / "demo",
        mode="demo",
        port=free_port(),
        demo_pay_port=free_port(),
        sandbox_customers=SANDBOX_CUSTOMERS,
        secret_key="test-only-" + "0" * 32,  # type: ignore[arg-type]
        **more,
    )
    async with open_house(settings) as house:
        logins = await fill(house, say=lambda _: None)
    demo = RunningDemo(settings, logins, folder)
    try:
        await demo.start("serve")
        await demo.start("worker")
        await demo.ready()
        yield demo
    finally:
        await demo.stop()
