"""Prompts are spoken when flows are published, not while somebody listens: every sentence that has no gaps to fill.

Each machine with workers of calls speaks them for itself, since there Asterisk reads them; a job of the house's other
workers might run where there is no voice.
"""

import asyncio
import contextlib
import fcntl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from psycopg import Error as DriverError
from sqlalchemy.exc import DBAPIError

from qiao import selfservice
from qiao.channels.voice import line_phrases
from qiao.channels.voice.script import say, texts
from qiao.channels.voice.speech import NotSpoken, Speaker, key_of
from qiao.kernel.languages import LANGUAGES
from qiao.kernel.refused import NotFound
from qiao.platform.house import House
from qiao.platform.live import ALL, EVENTS, Subscription

log = structlog.get_logger(__name__)
KEYS: Final = "0123456789"
OWN: Final = ""
"""Stands for the room's own sentences among flows."""
LOOK_SECONDS: Final = 30.0
AGAIN: Final = timedelta(days=1)
"""So often what was spoken is looked at again: the sweep leaves it, and what is gone is spoken anew."""
NEWS: Final = {ALL, selfservice.FlowPublished.wire_name()}
Part = tuple[str, int, str]
"""A flow, its version, and a language."""


def sentences_of(flow_text: str) -> dict[str, set[str]]:
    """A flow's sentences by language; those with {gaps} are spoken when they are filled."""
    tree, _, _ = selfservice.read_tree(flow_text)
    found: dict[str, set[str]] = {language: set() for language in LANGUAGES}
    for texts_told in _texts(tree):
        for language, words in texts_told.items():
            if "{" not in words:
                found[language].add(words)
    return found


def own_sentences(language: str) -> set[str]:
    """The room's own without gaps, and each key."""
    whole = {
        words
        for told in (texts(), line_phrases.texts())
        for name in told.keys()  # noqa: SIM118
        if "{" not in (words := told.sentences[name][language])
    }
    asked = {say("press_for_language", language, key=key) for key in KEYS[1:]}
    return whole | asked | {say("press", language, key=key) for key in KEYS}


async def publish(speaker: Speaker, flows: Mapping[str, str], language: str) -> tuple[int, int]:
    """Have all sentences of these flows spoken in a language; how many there are, and how many could not be."""
    wanted = own_sentences(language).union(*(sentences_of(text)[language] for text in flows.values()))
    return len(wanted), await _speak(speaker, wanted, language)


async def _speak(speaker: Speaker, wanted: set[str], language: str) -> int:
    """Speak them; how many could not be."""
    failed = 0
    for words in sorted(wanted):
        try:
            await speaker.prompt(words, language)
        except NotSpoken as error:
            failed += 1
            log.warning("voice.not_spoken", language=language, key=key_of(words, language), why=str(error)[:200])
    return failed


async def speak_ahead(house: House, speaker: Speaker) -> None:
    """Until cancelled, have all flows in force spoken: at the start, and again as soon as one is published."""
    spoken: dict[Part, datetime] = {}
    async with house.hub.subscribe(EVENTS) as hints:
        while True:
            with contextlib.suppress(DBAPIError, DriverError, OSError):
                async with _alone(speaker) as mine:
                    while mine and (part := await _next(house, spoken)) is not None:
                        await _speak(speaker, await _sentences(house, part), part[2])
                        spoken[part] = house.clock.now()
            await _something_new(hints)


async def _something_new(hints: Subscription) -> None:
    """Return once a flow was published, or after a while."""
    loop = asyncio.get_running_loop()
    until = loop.time() + LOOK_SECONDS
    while (left := until - loop.time()) > 0:
        if not NEWS.isdisjoint(await hints.get(left)):
            return


async def _next(house: House, spoken: Mapping[Part, datetime]) -> Part | None:
    """What is to be spoken next: what was written here before what came with the house, the house's language first."""
    async with house.database.transaction() as tx:
        flows = await selfservice.published(tx)
    now, first = house.clock.now(), house.settings.default_language
    parts = [(code, version, language) for code, version in {OWN: 0, **flows}.items() for language in LANGUAGES]
    due = [part for part in parts if part not in spoken or now - spoken[part] >= AGAIN]
    return min(due, key=lambda part: (part[1] == 0, part[2] != first, part[0] != OWN), default=None)


async def _sentences(house: House, part: Part) -> set[str]:
    code, version, language = part
    if code == OWN:
        return own_sentences(language)
    try:
        async with house.database.transaction() as tx:
            return sentences_of(await selfservice.flow_text(tx, code, version))[language]
    except NotFound:  # it came with a house that is not this one any more
        return set()


@asynccontextmanager
async def _alone(speaker: Speaker) -> AsyncIterator[bool]:
    """Whether no other worker of this machine speaks ahead now; its death lets go."""
    speaker.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (speaker.folder.parent / "prompts.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _texts(tree: Any) -> Iterator[dict[str, str]]:
    """Every mapping that has a text in each of the nine languages."""
    if isinstance(tree, dict):
        if all(isinstance(tree.get(language), str) for language in LANGUAGES):
            yield {language: tree[language] for language in LANGUAGES}
            return
        for part in tree.values():
            yield from _texts(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from _texts(part)
