"""`qiao`: everything an operator starts or asks from a shell."""

import asyncio
import importlib
from collections.abc import Coroutine
from typing import Any

import click

from qiao.app.loop import quickly
from qiao.platform.settings import Settings, origins

_LATER = {
    "demo": "qiao.app.demo.cli:demo",
    "replay": "qiao.app.replay.cli:replay",
    "audit": "qiao.app.audit_cli:audit",
    "import": "qiao.app.import_cli:import_group",
    "case": "qiao.app.case_cli:case",
    "sms": "qiao.app.sms_cli:sms",
    "voice": "qiao.app.voice_cli:voice",
    "docs": "qiao.app.docs_cli:docs",
    "flow": "qiao.app.flow_cli:flow",
    "insight": "qiao.app.insight_cli:figures",
}


class LaterGroup(click.Group):
    """Imports a command's module only when it is asked for, so that `qiao --help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_LATER])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _LATER:
            module, _, name = _LATER[cmd_name].partition(":")
            found: click.Command = getattr(importlib.import_module(module), name)
            return found
        return super().get_command(ctx, cmd_name)


@click.group(cls=LaterGroup)
@click.version_option(package_name="qiao")
def main() -> None:
    """Qiao: a customer service platform for telecom operators."""


def _run(work: Coroutine[Any, Any, None]) -> None:
    from qiao.app.house import NoDatabase

    try:
        quickly(work)
    except NoDatabase:
        raise click.ClickException(
            "no database: set QIAO_DATABASE_URL to a PostgreSQL 15 or newer, or try `qiao demo`, which brings its own"
        ) from None


@main.command()
@click.option("--host", help="address to bind to")
@click.option("--port", type=int, help="port to bind to")
def serve(**options: Any) -> None:
    """Serve the web: desk, portal, chat."""
    from qiao.app.serve import serve_web

    _run(serve_web(Settings(**{name: value for name, value in options.items() if value is not None})))


@main.command()
def worker() -> None:
    """Work off events, timers and jobs, and take turns at routing."""
    from qiao.app.serve import serve_worker

    _run(serve_worker(Settings()))


@main.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the newest schema."""
    from qiao.app.migrate import newest, upgrade
    from qiao.platform.clock import MachineClock
    from qiao.platform.database import Database

    settings = Settings()
    if not settings.database_url:
        raise click.ClickException("no database: set QIAO_DATABASE_URL")

    async def work() -> None:
        database = Database(settings.database_url, MachineClock(), pool_size=2)
        try:
            await upgrade(database)
        finally:
            await database.close()

    asyncio.run(work())
    click.echo(f"the database is at {newest()}")


@main.group("config")
def config_group() -> None:
    """Settings."""


@config_group.command("show")
def config_show() -> None:
    """Each setting with its value and where it came from; secrets are never shown."""
    told = origins(Settings())
    width = max(len(name) for name, _, _ in told)
    values = max(len(value) for _, value, _ in told)
    for name, value, origin in told:
        click.echo(f"{name:<{width}}  {value:<{values}}  {origin}")


if __name__ == "__main__":
    main()
