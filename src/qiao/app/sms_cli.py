"""`qiao sms`: the gateway to SMS centres, the sandbox's own centre, and texts as the network counts them."""

import asyncio
import json
import sys
from pathlib import Path

import click

from qiao.app.loop import quickly
from qiao.kernel.sms import as_sms
from qiao.platform.settings import Settings


@click.group()
def sms() -> None:
    """Links to SMS centres, and texts as the network counts them."""


@sms.command()
def count() -> None:
    """Read texts, a line each, and print alphabet, parts and units of each as a line of JSON."""
    sys.stdin.reconfigure(encoding="utf-8", errors="replace", newline="\n")  # type: ignore[union-attr]
    for line in sys.stdin:
        told = as_sms(line.removesuffix("\n").removesuffix("\r"))
        found = {"encoding": told.encoding, "segments": told.segments, "units": told.units, "left": told.left}
        click.echo(json.dumps(found))


@sms.command()
def gateway() -> None:
    """Carry texts between the ledger and the centres that the setting smpp_links names, until stopped."""
    from qiao.app.house import NoDatabase
    from qiao.app.smpp import run_gateway
    from qiao.channels.smpp import NoLinks

    try:
        quickly(run_gateway(Settings()))
    except NoLinks:
        raise click.ClickException(
            "no link to a centre: set smpp_links in qiao.toml, or QIAO_SMPP_LINKS as JSON (docs/sms.md)"
        ) from None
    except NoDatabase:
        raise click.ClickException("no database: set QIAO_DATABASE_URL") from None


@sms.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=2775, show_default=True, help="where links are taken; 0: any free one")
@click.option("--control", type=int, default=2776, show_default=True, help="where orders are taken; 0: any free one")
@click.option("--account", default="qiao:secret", show_default=True, help="system id and password")
@click.option("--ledger", type=click.Path(dir_okay=False, path_type=Path), help="append what happens, as JSON lines")
@click.option("--echo", is_flag=True, help="answer submissions without looking at them: a ceiling to measure against")
def centre(host: str, port: int, control: int, account: str, ledger: Path | None, echo: bool) -> None:
    """The sandbox's SMS centre: real SMPP, no radio. Prints its two ports as a line of JSON, then serves."""
    from qiao.app.smpp import serve_centre

    quickly(serve_centre(host, port, control, account, ledger, echo=echo))


@sms.command()
def unknown() -> None:
    """List the messages of which nobody knows whether they arrived, a line of JSON each, oldest first."""
    from qiao.app.smpp import list_unknown

    asyncio.run(list_unknown(Settings(), click.echo))
