"""`qiao replay dialogues`: real dialogues through chat, over the wire."""

import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click

from qiao.app.demo.cast import PASSWORD
from qiao.app.demo.running import find_running
from qiao.app.demo.supervisor import hidden_demo
from qiao.app.replay.dialogues import Dialogue, DialoguesNotUnderstood, Played, as_json, play_all, read_dialogues
from qiao.bss.sandbox import CAST
from qiao.platform.settings import Settings


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_object", is_flag=True, help="one JSON object")
def dialogues(file: Path, *, as_object: bool) -> None:
    """Play dialogues (a list of {"id", "content": [{"[SPEAKER 1]", "[SPEAKER 2]"}]}) as customer and agent.

    Uses the demo that runs here; without one it starts a demo of its own and stops it after.
    """
    try:
        found, broken = read_dialogues(file)
    except DialoguesNotUnderstood as refused:
        raise click.UsageError(f"{refused}; nothing was played") from None
    for line in broken:
        click.echo(f"left out: {line}", err=True)
    played = asyncio.run(_play(found, quiet=as_object))
    whole = sum(one.complete for one in played)
    if as_object:
        click.echo(json.dumps(as_json(played, broken), ensure_ascii=False))
    else:
        click.echo(f"{whole} of {len(played)} dialogues are complete interactions; {len(broken)} entries left out")
    sys.exit(0 if whole == len(played) else 1)


async def _play(found: list[Dialogue], *, quiet: bool) -> list[Played]:
    async with _address() as address:
        return await play_all(address, PASSWORD, CAST, found, (lambda _: None) if quiet else _tell)


@asynccontextmanager
async def _address() -> AsyncIterator[str]:
    running = find_running(Settings(mode="demo"))
    if running is not None:
        yield running.address
        return
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(sys.stderr):
        async with hidden_demo(Path(folder)) as settings:
            yield settings.address


def _tell(one: Played) -> None:
    steps = ("identified", "routed", "answered", "wrapped_up", "on_timeline")
    told = ", ".join(name.replace("_", " ") for name in steps if getattr(one, name))
    panel = ", ".join(f"{name} {'shown' if shown else 'NOT SHOWN'}" for name, shown in one.shown.items())
    click.echo(f"{one.id}  {one.turns} turns  {told}  [{panel}]  {one.milliseconds} ms")
    if one.broke:
        click.echo(f"  broke: {one.broke}", err=True)
