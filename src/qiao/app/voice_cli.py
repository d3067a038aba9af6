"""`qiao voice`: Asterisk kept alive, workers of calls, prompts spoken beforehand."""

import asyncio
import getpass
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


@voice.command()
@click.argument("login")
@click.option("--renew", "verb", flag_value="renew", help="give it another user name and secret")
@click.option("--remove", "verb", flag_value="remove", help="have none any more")
def telephone(login: str, verb: str | None) -> None:
    """Set up a SIP telephone for agent LOGIN; its secret is shown once."""
    from qiao.app.house import NoDatabase
    from qiao.app.voice import set_up_telephone
    from qiao.kernel.refused import Refused

    by = f"system:shell-{getpass.getuser()}"[:80]
    try:
        asyncio.run(set_up_telephone(Settings(), login, verb or "set-up", by, click.echo))
    except NoDatabase:
        raise click.ClickException("no database: set QIAO_DATABASE_URL") from None
    except Refused as refused:
        raise click.ClickException(refused.text) from None


def _run(work: Coroutine[Any, Any, None]) -> None:
    from qiao.channels.voice import AsteriskDidNotStart, ProgramMissing

    try:
        quickly(work)
    except (AsteriskDidNotStart, ProgramMissing) as missing:
        raise click.ClickException(str(missing)) from None
