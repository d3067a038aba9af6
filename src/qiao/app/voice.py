"""The processes around calls: Asterisk kept alive, a worker of calls, and prompts spoken beforehand."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from qiao import selfservice, staff
from qiao.app.house import open_house
from qiao.channels import voice
from qiao.kernel.languages import LANGUAGES
from qiao.kernel.refused import NotFound
from qiao.platform.house import House
from qiao.platform.settings import Settings
from qiao.platform.telemetry import set_up_logging

log = structlog.get_logger(__name__)
SPEAK_AGAIN_SECONDS: Final = 60.0


async def keep_asterisk(settings: Settings) -> None:
    """Asterisk, until told to stop; then every call is hung up. Raises AsteriskDidNotStart, ProgramMissing."""
    set_up_logging(settings)
    server = voice.AsteriskServer(settings, await voice.company_words(settings))
    await server.start()
    try:
        await _until_told(server.supervise())
    finally:
        await server.stop()


async def run_worker(settings: Settings) -> None:
    """A worker of calls, until told to stop; its callers are taken over by another. Raises NoDatabase."""
    set_up_logging(settings)
    async with open_house(settings) as house:
        await _until_told(_serve_and_speak(house, settings))


async def _serve_and_speak(house: House, settings: Settings) -> None:
    async with asyncio.TaskGroup() as group:
        if settings.voice.speak_ahead:
            group.create_task(_speak_ahead(house, settings))
        group.create_task(_serve_calls(house, settings))


async def _speak_ahead(house: House, settings: Settings) -> None:
    """Whatever goes wrong with it, calls go on: a sentence is then spoken when it is wanted."""
    while True:
        try:
            await voice.speak_ahead(house, voice.Speaker(settings, gently=True))
        except Exception:
            log.exception("voice.speaking_ahead_broke")
        await asyncio.sleep(SPEAK_AGAIN_SECONDS)


async def _serve_calls(house: House, settings: Settings) -> None:
    """Whoever loses his lease, the database being away for long, has lost his calls: anew, under another name."""
    while True:
        await voice.Switchboard(house, voice.Speaker(settings)).run()


async def speak_prompts(settings: Settings, languages: tuple[str, ...], say: Callable[[str], None]) -> None:
    """Have what the flows that came with the house say spoken beforehand. Raises ProgramMissing."""
    speaker = voice.Speaker(settings)
    flows = {**selfservice.built_in_texts(), **selfservice.service_texts()}
    for language in languages or LANGUAGES:
        many, failed = await voice.publish(speaker, flows, language)
        say(f"{language}: {many} sentences" + (f", {failed} could not be spoken" if failed else ""))


async def set_up_telephone(settings: Settings, login: str, verb: str, by: str, say: Callable[[str], None]) -> None:
    """`verb`: set-up, renew or remove, of the SIP telephone of an agent. Raises NoDatabase, Refused."""
    async with open_house(settings) as house:
        async with house.database.transaction() as tx:
            person = await staff.agent_by_login(tx, login)
            if person is None:
                raise NotFound
            telephone, secret = await voice.change_telephone(tx, house, person=person, verb=verb, by=by)
        told = await voice.told_to_asterisk(house)
    if telephone is None:
        say(f"{login}: removed; calls ring in the browser")
    else:
        server = voice.server_address(settings.voice, socket.gethostname())
        say(f"server     {server} (UDP)\nuser name  {telephone.login}\nsecret     {secret}  (not shown again)")
    if not told:
        say("Asterisk does not answer; it is told within a minute of its return")


async def _until_told(work: Awaitable[None]) -> None:
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task
