"""What the dialplan says by itself while no worker takes a caller: in the house's language, then in English."""

import asyncio
from typing import Final

import structlog

from qiao.channels.voice.programs import ProgramMissing
from qiao.channels.voice.script import say
from qiao.channels.voice.server import CompanyWords
from qiao.channels.voice.speech import NotSpoken, Speaker
from qiao.platform.settings import Settings

log = structlog.get_logger(__name__)
TOO: Final = "en"


async def company_words(settings: Settings) -> CompanyWords | None:
    """Spoken once as all prompts are; None where they could not be, and Asterisk's own English stays."""
    languages = dict.fromkeys((settings.default_language, TOO))
    try:
        speaker = Speaker(settings)  # which speaks a few side by side
        names = [(name, one) for name in ("company_wait", "company_goodbye") for one in languages]
        spoken = await asyncio.gather(*(speaker.prompt(say(name, one), one) for name, one in names))
    except (NotSpoken, ProgramMissing) as error:
        log.warning("voice.company_not_spoken", why=str(error)[:200])
        return None
    paths = [prompt.path for prompt in spoken]
    return CompanyWords(tuple(paths[: len(languages)]), tuple(paths[len(languages) :]))
