"""Brings the demo up, keeps its processes alive, and takes it down."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
import httpx2
from sqlalchemy import text

from qiao.app.demo import hotline, radio
from qiao.app.demo.cast import Login, fill
from qiao.app.demo.running import Running, find_running, forget_running, write_running
from qiao.app.house import open_house
from qiao.app.migrate import upgrade
from qiao.app.ports import payment_pages
from qiao.platform.clock import HouseClock
from qiao.platform.database import Database
from qiao.platform.postgres import EmbeddedPostgres, ServerDidNotStart
from qiao.platform.settings import Settings

STOP_SECONDS = 8.0


@dataclass
class Child:
    """One process of the demo, started again when it dies."""

    name: str
    arguments: Sequence[str]
    environment: dict[str, str]
    log: Path
    process: asyncio.subprocess.Process | None = None
    stopping: bool = field(default=False)

    async def keep(self) -> None:
        """Run it until told to stop; a crash is told and answered with a restart."""
        pause = 0.5
        while not self.stopping:
            with self.log.open("ab") as out:
                self.process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "qiao.app.cli",
                    *self.arguments,
                    env=self.environment,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,
                )
            began = time.monotonic()
            code = await self.process.wait()
            if self.stopping:
                return
            click.echo(f"  {self.name} ended ({code}); starting it again (log: {self.log})", err=True)
            pause = 0.5 if time.monotonic() - began > 30 else min(pause * 2, 10)
            await asyncio.sleep(pause)

    async def stop(self) -> None:
        """Ask it to end; insist after a few seconds."""
        self.stopping = True
        process = self.process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


@asynccontextmanager
async def _server(settings: Settings) -> AsyncIterator[str]:
    """The database's address: the one that is set, else our own server for as long as the block lasts."""
    if settings.database_url:
        yield settings.database_url
        return
    server = EmbeddedPostgres(settings.data_folder / "postgres")
    await server.start()
    keeping = asyncio.create_task(server.supervise())
    try:
        yield server.url
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping
        await server.stop()


async def run_demo(settings: Settings, *, reset: bool, smoke: bool, voice: bool = False) -> int:
    """The whole demo; returns the exit code."""
    if (running := find_running(settings)) is not None:
        click.echo(f"a demo runs here already: {running.address} (process {running.pid})", err=True)
        return 1
    began = time.monotonic()
    if voice:
        settings = hotline.with_voice(settings, free_port, played=smoke)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    if (reset or smoke) and not settings.database_url:
        await EmbeddedPostgres(settings.data_folder / "postgres").discard()
        shutil.rmtree(settings.data_folder, ignore_errors=True)
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    try:
        click.echo("PostgreSQL …")
        async with _server(settings) as url:
            return await _on_database(settings, url, reset=reset or smoke, smoke=smoke, stop=stop, began=began)
    except ServerDidNotStart as refused:
        click.echo(f"the embedded PostgreSQL did not start: {refused}", err=True)
        return 1
    finally:
        forget_running(settings)


async def _on_database(
    settings: Settings, url: str, *, reset: bool, smoke: bool, stop: asyncio.Event, began: float
) -> int:
    house_settings = with_provider(with_radio(settings.model_copy(update={"database_url": url})))
    if reset and settings.database_url:
        await _empty(url)
    logins = await _filled(house_settings, click.echo)
    async with _serving(house_settings, stop) as ready:
        if not ready:
            click.echo(f"the pages did not come up; see {settings.data_folder}/serve.log", err=True)
            return 1
        write_running(settings, Running(os.getpid(), url, house_settings.address))
        _tell(house_settings, logins, time.monotonic() - began)
        if smoke:
            from qiao.app.demo.smoke import play

            return await play(house_settings, logins)
        await stop.wait()
        click.echo("\nstopping …")
        return 0


async def _filled(settings: Settings, say: Callable[[str], None]) -> Sequence[Login]:
    """Tables, sandbox operator and service centre on the database that the settings name."""
    say("tables …")
    database = Database(settings.database_url, HouseClock(), pool_size=2)
    await upgrade(database)
    await database.close()
    async with open_house(settings) as house:
        return await fill(house, say=say)


@asynccontextmanager
async def _serving(settings: Settings, stop: asyncio.Event) -> AsyncIterator[bool]:
    """Web and worker for as long as the block lasts; whether the pages came up."""
    children = _children(settings)
    keeping = [asyncio.create_task(child.keep()) for child in children]
    try:
        yield await _ready(settings, stop)
    finally:
        await asyncio.gather(*(child.stop() for child in children))
        for task in keeping:
            task.cancel()


@asynccontextmanager
async def hidden_demo(folder: Path) -> AsyncIterator[Settings]:
    """A small demo of its own in this folder, on a free port, for as long as the block lasts. Raises TimeoutError."""
    settings = Settings(mode="demo", data_folder=folder, port=free_port(), sandbox_customers=60)
    async with _server(settings) as url:
        house_settings = settings.model_copy(update={"database_url": url})
        await _filled(house_settings, lambda _: None)
        async with _serving(house_settings, asyncio.Event()) as ready:
            if not ready:
                raise TimeoutError("the pages did not come up")
            yield house_settings


def _children(settings: Settings) -> list[Child]:
    environment = {
        **os.environ,
        "QIAO_MODE": "demo",
        "QIAO_DATABASE_URL": settings.database_url,
        "QIAO_DATA_FOLDER": str(settings.data_folder.absolute()),
        "QIAO_PORT": str(settings.port),
    }
    folder = settings.data_folder
    names = {"web": "serve", "worker": "worker"}
    if settings.smpp_links:
        names |= {"radio": "demo radio", "gateway": "sms gateway"}
        environment |= by_smpp(settings)
    if settings.demo_pay_port:
        names |= {"provider": "demo provider"}
        environment |= {"QIAO_DEMO_PAY_PORT": str(settings.demo_pay_port)}
    if settings.voice.trunks:
        names |= {"asterisk": "voice asterisk", "calls": "voice worker"}
        environment |= hotline.by_voice(settings)
    return [
        Child(name, words.split(), environment, folder / f"{_log_name(words)}.log") for name, words in names.items()
    ]


def _log_name(words: str) -> str:
    return "calls" if words == "voice worker" else words.rsplit(maxsplit=1)[-1]


def with_radio(settings: Settings) -> Settings:
    """The same demo with an SMS centre of its own, on free ports, to which its texts go by SMPP."""
    told = {"smpp_links": (radio.link(free_port()),), "demo_control_port": free_port()}
    return settings.model_copy(update=told)


def with_provider(settings: Settings) -> Settings:
    """The same demo with a payment provider of its own, on a port of his own beside that of the pages."""
    port = settings.demo_pay_port or free_port(prefer=settings.port + 1)
    return settings.model_copy(update={"demo_pay_port": port})


def by_smpp(settings: Settings) -> dict[str, str]:
    """What the processes of a demo with a centre of its own need to know of it."""
    (link,) = settings.smpp_links
    told = link.model_dump(mode="json", include={"name", "host", "port", "system_id", "sender"})
    links = [{**told, "password": link.password.get_secret_value()}]
    return {"QIAO_SMPP_LINKS": json.dumps(links), "QIAO_DEMO_CONTROL_PORT": str(settings.demo_control_port)}


def free_port(prefer: int = 0) -> int:
    """A port of loopback that nobody uses now: the preferred one if it is free."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", prefer))
        except (OSError, OverflowError):
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _ready(settings: Settings, stop: asyncio.Event, seconds: float = 60) -> bool:
    """True as soon as the web process answers for its database."""
    until = time.monotonic() + seconds
    async with httpx2.AsyncClient(trust_env=False) as client:
        while time.monotonic() < until and not stop.is_set():
            with contextlib.suppress(httpx2.HTTPError):
                if (await client.get(f"{settings.address}/readyz", timeout=2)).status_code == 200:
                    return True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await stop.wait()
    return False


async def _empty(url: str) -> None:
    """Drop what an earlier demo left in a database that is not ours to delete."""
    database = Database(url, HouseClock(), pool_size=1)
    async with database.transaction() as tx:
        for schema in ("sandbox", "demo", "public"):
            await tx.execute(text(f"drop schema if exists {schema} cascade"))
        await tx.execute(text("create schema public"))
    await database.close()


def _tell(settings: Settings, logins: Sequence[Login], seconds: float) -> None:
    width = max((len(login.login) for login in logins), default=8)
    click.echo(f"\nQiao is ready after {seconds:.1f} s.\n")
    click.echo(f"  customers   {settings.address}/            sign in with a number below; codes arrive on the handset")
    click.echo(f"  handset     {settings.address}/demo/handset")
    click.echo(f"  staff       {settings.address}/desk")
    click.echo(f"  payments    {payment_pages(settings)}/…   the sandbox's payment provider, a house of his own\n")
    if settings.voice.trunks:
        click.echo(f"  hotline     {hotline.address(settings)}   any SIP telephone of this machine\n")
    for login in logins:
        click.echo(f"  {login.login:<{width}}  {login.password:<18}  {login.about}")
    click.echo("\n  qiao demo advance 1d   moves the clock      Ctrl-C stops everything\n")
