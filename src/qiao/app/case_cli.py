"""`qiao case`: one case as a signed file, made here, checked anywhere."""

import asyncio
import getpass
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from qiao import cases
from qiao.app.house import NoDatabase, open_house
from qiao.platform.settings import Settings
from qiao.platform.signing import Keys

FILE_BYTES_MAX: Final = 512 * 1024 * 1024


@click.group()
def case() -> None:
    """One case as a signed, self-contained file."""


@case.command("export")
@click.argument("number")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--reason", required=True, help="why it leaves the house; kept in the audit and in the file")
@click.option("--language", default="zh-CN", help="of the readable part: zh-CN or en")
def export(number: str, file: Path, reason: str, language: str) -> None:
    """Write case NUMBER to FILE, signed by this house; the audit has it before it leaves."""
    by = f"system:shell-{getpass.getuser()}"[:80]

    async def work() -> bytes:
        async with open_house(Settings()) as house:
            async with house.database.transaction() as tx:
                found = await cases.case_by_number(tx, number)
            if found is None:
                raise click.ClickException(f"there is no case {number}")
            return await cases.make_archive(house, case_id=found.id, by=by, reason=reason, language=language)

    try:
        file.write_bytes(asyncio.run(work()))
    except NoDatabase:
        raise click.ClickException("no database: set QIAO_DATABASE_URL") from None
    click.echo(f"{file}: signed by {cases.fingerprint_of(_public())}")


@case.command("key")
def key() -> None:
    """The fingerprint of this house's key, to be given to whoever checks its files, in another way than the file."""
    click.echo(cases.fingerprint_of(_public()))


def _public() -> bytes:
    return cases.public_of(Keys.of(Settings()).key(cases.ARCHIVE_PURPOSE))


@case.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", "trusted", default="", help="fingerprint that the file must be signed with")
@click.option("--json", "as_json", is_flag=True, help="one JSON object")
def verify(file: Path, trusted: str, *, as_json: bool) -> None:
    """Check FILE offline: every part as it was signed, none missing, none added; exit 1 and name each fault."""
    if file.stat().st_size > FILE_BYTES_MAX:
        raise click.ClickException("this file is larger than any archive of ours")
    found = cases.examine(file.read_bytes(), trusted=trusted)
    if as_json:
        click.echo(json.dumps({**asdict(found), "ok": found.ok}, ensure_ascii=False))
    else:
        for fault in found.faults:
            click.echo(f"{fault.code}: {fault.part}: {fault.told}")
        if found.about:
            click.echo(", ".join(f"{name} {told}" for name, told in found.about.items()))
        if found.fingerprint:
            click.echo(f"signed by {found.fingerprint}" + ("" if trusted else " (compare it with what we told you)"))
        click.echo("the file is whole" if found.ok else "THE FILE IS NOT WHOLE")
    sys.exit(0 if found.ok else 1)
