"""Runs the web process on uvicorn."""

import asyncio
import contextlib
import signal

import uvicorn

from qiao.app.house import open_house
from qiao.app.listening import uvicorn_config
from qiao.app.web import build_web
from qiao.app.worker import run_worker
from qiao.platform.house import House
from qiao.platform.settings import Settings
from qiao.platform.telemetry import set_up_logging
from qiao.post import Outlet


def open_outlets(house: House) -> None:
    """Give the house the ways its messages leave; without any they wait in the ledger."""
    if house.settings.mode == "demo" and not house.settings.smpp_links:
        from qiao.app.demo.handset import Handset  # with the pages of web.py, all that is mounted of the demo

        house.ports[Outlet] = Handset()


async def serve_web(settings: Settings) -> None:
    """Serve until told to stop."""
    set_up_logging(settings)
    async with open_house(settings) as house:
        open_outlets(house)
        await uvicorn.Server(uvicorn_config(build_web(house), settings)).serve()


async def serve_worker(settings: Settings) -> None:
    """Work until told to stop."""
    set_up_logging(settings)
    async with open_house(settings) as house:
        open_outlets(house)
        task = asyncio.create_task(run_worker(house))
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task
