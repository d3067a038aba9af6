"""`qiao voice`: Asterisk kept alive, workers of calls, prompts spoken beforehand."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import click

from qiao.app.loop import quickly
from qiao.kernel.languages import LANGUAGES
from qiao.platform.settings import Settings


@click.group()
def voice() -> None:
    """Calls: Asterisk and the workers that serve them."""


@voice.command()
def asterisk() -> None:
    """Configure Asterisk from the settings, start it and keep it alive, until stopped."""
    from qiao.app.voice import keep_asterisk

    _run(keep_asterisk(Settings()))


@voice.command()
def worker() -> None:
    """Serve calls. Start as many as you like; each call belongs to one, and none is lost with it."""
    from qiao.app.house import NoDatabase
    from qiao.app.voice import run_worker

    try:
        _run(run_worker(Settings()))
    except NoDatabase:
        raise click.ClickException("no database: set QIAO_DATABASE_URL") from None


@voice.command()
@click.option("--language", "languages", multiple=True, type=click.Choice(LANGUAGES), help="only this; may be repeated")
def prompts(languages: tuple[str, ...]) -> None:
    """Have everything that flows say spoken beforehand, so that nobody on the line waits for it."""
    from qiao.app.voice import speak_prompts

    asyncio.run(speak_prompts(Settings(), languages, click.echo))


def _run(work: Coroutine[Any, Any, None]) -> None:
    from qiao.channels.voice import AsteriskDidNotStart, ProgramMissing

    try:
        quickly(work)
    except (AsteriskDidNotStart, ProgramMissing) as missing:
        raise click.ClickException(str(missing)) from None
