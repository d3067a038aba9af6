"""`qiao sms`: texts as the network counts them."""

import json
import sys

import click

from qiao.post import as_sms


@click.group()
def sms() -> None:
    """Texts as the network counts them."""


@sms.command()
def count() -> None:
    """Read texts, a line each, and print alphabet, parts and units of each as a line of JSON."""
    sys.stdin.reconfigure(encoding="utf-8", errors="replace", newline="\n")  # type: ignore[union-attr]
    for line in sys.stdin:
        told = as_sms(line.removesuffix("\n").removesuffix("\r"))
        found = {"encoding": told.encoding, "segments": told.segments, "units": told.units, "left": told.left}
        click.echo(json.dumps(found))
