"""The processes around SMPP: the gateway, the sandbox's centre, and the list of what is unknown."""

import asyncio
import contextlib
import json
import signal
from collections.abc import Callable
from pathlib import Path

import click

from qiao import post
from qiao.app.demo.running import database_of_running_demo
from qiao.app.house import open_house
from qiao.channels import smpp
from qiao.channels.smpp.sandbox import Centre, Control, Ledger
from qiao.platform.clock import HouseClock
from qiao.platform.database import Database
from qiao.platform.settings import Settings
from qiao.platform.telemetry import set_up_logging

PAGE = 1_000


async def run_gateway(settings: Settings) -> None:
    """Until told to stop: then links are left politely. Raises NoLinks, NoDatabase."""
    set_up_logging(settings)
    async with open_house(settings) as house:
        task = asyncio.create_task(smpp.run(house))
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def serve_centre(host: str, port: int, control: int, account: str, ledger: Path | None, *, echo: bool) -> None:
    """The sandbox's centre until told to stop."""
    system_id, _, password = account.partition(":")
    centre = Centre({system_id: password}, Ledger(ledger), echo=echo)
    ports = {"port": await centre.listen(host, port), "control": await Control(centre).listen(host, control)}
    click.echo(json.dumps(ports))
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await stop.wait()
    await centre.stop()


async def list_unknown(settings: Settings, say: Callable[[str], None]) -> None:
    """Print what is unknown, page by page; numbers are masked, texts are not told."""
    database = Database(settings.database_url or database_of_running_demo(), HouseClock(), pool_size=2)
    after = None
    try:
        while True:
            async with database.transaction() as tx:
                found = await post.unknowns(tx, after=after, limit=PAGE)
            for one in found:
                assert one.settled_at is not None
                after = (one.settled_at, one.id)
                told = {
                    "message": str(one.id),
                    "purpose": one.purpose,
                    "to": one.recipient.masked(),
                    "accepted_at": one.accepted_at.isoformat(),
                    "unknown_at": one.settled_at.isoformat(),
                    "reason": one.reason,
                }
                say(json.dumps(told))
            if len(found) < PAGE:
                return
    finally:
        await database.close()
