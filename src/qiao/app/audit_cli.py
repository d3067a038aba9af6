"""`qiao audit`: is the record of who saw what still whole?"""

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from qiao.platform.audit_chain import Verified, kept_heads, verify
from qiao.platform.clock import HouseClock
from qiao.platform.database import Database
from qiao.platform.settings import Settings


@click.group()
def audit() -> None:
    """The audit of views and privileged acts."""


@audit.command("verify")
@click.option("--heads", type=click.Path(exists=True, file_okay=False, path_type=Path), help="folder with audit-heads/")
@click.option("--json", "as_json", is_flag=True, help="one JSON object")
def audit_verify(heads: Path | None, *, as_json: bool) -> None:
    """Recompute the chain; exit 1 and name each row when something was edited, deleted or inserted."""
    settings = Settings()
    if not settings.database_url:
        raise click.ClickException("no database: set QIAO_DATABASE_URL")
    try:
        kept = kept_heads(heads or settings.data_folder)
    except ValueError as error:
        raise click.ClickException(str(error)) from None

    async def work() -> Verified:
        database = Database(settings.database_url, HouseClock(), pool_size=1)
        try:
            async with database.transaction(isolation="REPEATABLE READ") as tx:
                return await verify(tx, kept)
        finally:
            await database.close()

    found = asyncio.run(work())
    click.echo(json.dumps(asdict(found), ensure_ascii=False) if as_json else report(found, len(kept)))
    if not found.ok:
        sys.exit(1)


def report(found: Verified, heads: int) -> str:
    """The finding in words."""
    lines = [f"{bad.what}: {bad.told}" for bad in found.bad]
    lines.append(f"{found.sealed} entries sealed, {heads} exported heads compared")
    if found.unsealed:
        lines.append(f"{found.unsealed} newest entries are not sealed yet; nothing protects them so far")
    lines.append("the audit is whole" if found.ok else "THE AUDIT IS NOT WHOLE")
    return "\n".join(lines)
