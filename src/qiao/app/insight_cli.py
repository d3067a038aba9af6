"""`qiao insight`: figures made anew from the events that are kept."""

import asyncio

import click

from qiao import insight
from qiao.app.house import NoDatabase, open_house
from qiao.platform.settings import Settings


@click.group("insight")
def figures() -> None:
    """Figures of contacts: what they come to and what they cost."""


@figures.command("rebuild")
def rebuild() -> None:
    """Forget the figures of days of which every event is kept, and let the workers count them again."""
    try:
        since = asyncio.run(_rebuild())
    except NoDatabase:
        raise click.ClickException("no database: set QIAO_DATABASE_URL") from None
    click.echo("no event is kept: nothing to count" if since is None else f"counting again from {since}")


async def _rebuild() -> str | None:
    async with open_house(Settings()) as house, house.database.transaction() as tx:
        since = await insight.begin_anew(tx)
    return since.isoformat() if since is not None else None
