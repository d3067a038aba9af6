"""What the dialplan says by itself while no worker takes a caller: in the house's language, then in English."""

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
        speaker = Speaker(settings)
        wait = [(await speaker.prompt(say("company_wait", one), one)).path for one in languages]
        goodbye = [(await speaker.prompt(say("company_goodbye", one), one)).path for one in languages]
    except (NotSpoken, ProgramMissing) as error:
        log.warning("voice.company_not_spoken", why=str(error)[:200])
        return None
    return CompanyWords(tuple(wait), tuple(goodbye))
