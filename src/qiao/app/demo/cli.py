"""`qiao demo`: everything running, with logins printed; `advance` moves its clock."""

import asyncio
import re
import sys
from datetime import timedelta

import click

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Span(click.ParamType[timedelta]):
    """A span of time such as 90s, 4m, 2h, 1d, or several: 1d12h."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        parts = re.findall(r"(\d{1,6})([smhdw])", str(value))
        if not parts or "".join(n + unit for n, unit in parts) != str(value):
            self.fail(f"“{value}” is no span; write it like 4m, 2h, 1d or 1d12h", param, ctx)
        return sum((timedelta(**{_UNITS[unit]: int(n)}) for n, unit in parts), timedelta())


@click.group(invoke_without_command=True)
@click.option("--reset", is_flag=True, help="forget yesterday's work and begin anew")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="port of the web pages (8420)")
@click.option(
    "--voice", is_flag=True, help="calls too: Asterisk and a worker of calls; `./dev demo --voice` fetches it"
)
@click.option("--smoke", is_flag=True, help="play the main story headlessly on a fresh demo, then stop")
@click.pass_context
def demo(ctx: click.Context, *, reset: bool, port: int | None, voice: bool, smoke: bool) -> None:
    """Start everything on this machine and print the logins. Ctrl-C stops it."""
    if ctx.invoked_subcommand is not None:
        return
    from qiao.app.demo.supervisor import run_demo
    from qiao.platform.settings import Settings

    chosen = {"mode": "demo"} | ({"port": port} if port is not None else {})
    settings = Settings(**chosen)  # type: ignore[arg-type]
    sys.exit(asyncio.run(run_demo(settings, reset=reset, smoke=smoke, voice=voice)))


@demo.command(hidden=True)
def radio() -> None:
    """The demo's SMS centre and telephones, a process of the demo."""
    from qiao.app.demo.radio import serve
    from qiao.app.loop import quickly
    from qiao.platform.settings import Settings

    quickly(serve(Settings(mode="demo")))


@demo.command(hidden=True)
def provider() -> None:
    """The sandbox's payment provider and his pages, a process of the demo."""
    from qiao.app.demo.provider import serve
    from qiao.app.loop import quickly
    from qiao.platform.settings import Settings

    quickly(serve(Settings(mode="demo")))


@demo.command()
@click.argument("by", type=Span())
def advance(by: timedelta) -> None:
    """Move the demo's clock forward: 4m, 2h, 1d …"""
    from qiao.app.demo.running import NotRunning, database_of_running_demo
    from qiao.platform.clock import HouseClock
    from qiao.platform.clock import advance as move
    from qiao.platform.database import Database

    async def work() -> str:
        clock = HouseClock()
        database = Database(database_of_running_demo(), clock, pool_size=2)
        try:
            async with database.transaction() as tx:
                clock.offset = await move(tx, by)
            return clock.now().astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
        finally:
            await database.close()

    try:
        click.echo(f"the demo's clock now says {asyncio.run(work())}")
    except NotRunning:
        raise click.ClickException("no demo is running here; start one with `qiao demo`") from None
