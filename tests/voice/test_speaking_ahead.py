"""What flows say is spoken before anybody calls: at the start, when a flow is published on the desk, and in order."""

from __future__ import annotations

import asyncio
import contextlib
import html
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from qiao import selfservice
from qiao.channels.voice import Speaker, speak_ahead
from qiao.channels.voice.publishing import own_sentences, sentences_of
from qiao.channels.voice.script import say
from qiao.channels.voice.speech import Prompt, key_of
from qiao.kernel.languages import LANGUAGES
from tests.desk.screens import screens  # noqa: F401 - a fixture
from tests.voice.conftest import voice_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.desk.screens import Browser, Screens

pytestmark = pytest.mark.slow
EDIT = "/desk/flows/edit"
CODE = "satisfaction"
BEFORE, AFTER = "Thank you!", "Thank you very much indeed!"


class Telling(Speaker):
    """The real one, who tells of each sentence that he has spoken."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.news = asyncio.Condition()
        self.said = 0

    async def prompt(self, text: str, language: str) -> Prompt:
        made = await super().prompt(text, language)
        self.said += 1
        async with self.news:
            self.news.notify_all()
        return made

    def sound(self, words: str, language: str) -> Path:
        """Where that sentence is, once it is spoken."""
        return self.folder / language / f"{key_of(words, language)}.wav"

    async def has_spoken(self, paths: list[Path]) -> None:
        """Wait until all these sounds are there."""
        async with asyncio.timeout(180), self.news:
            await self.news.wait_for(lambda: all(path.exists() for path in paths))


@pytest.fixture
def speaker(programs: str, voice_folder: Path) -> Telling:
    return Telling(voice_settings(programs, voice_folder))


@asynccontextmanager
async def speaking(screens: Screens, speaker: Telling) -> AsyncIterator[None]:  # noqa: F811
    """The house hears what is published, and this machine's worker speaks ahead."""
    tasks = [asyncio.create_task(screens.house.hub.run()), asyncio.create_task(speak_ahead(screens.house, speaker))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def published_on_the_desk(boss: Browser) -> str:
    """Change a sentence of a flow and put it in force, as its page does; returns the flow's new text."""
    page = (await boss.get(f"{EDIT}?flow={CODE}&version=")).text
    written = re.search(r'<textarea[^>]*id="flow-text"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    newest = re.search(r'name="newest" value="(\d+)"', page)
    assert written and newest
    text = html.unescape(written[1]).replace(BEFORE, AFTER)
    told: dict[str, Any] = {"flow": CODE, "text": text, "newest": newest[1], "act": "keep"}
    assert (await boss.send(EDIT, told, htmx=False)).status_code == 303
    now = str(int(newest[1]) + 1)
    told = {"flow": CODE, "act": "publish", "version": now, "in_force": "0", "newest": now}
    assert (await boss.send(EDIT, told, htmx=False)).status_code == 303
    return text


async def test_what_is_published_on_the_desk_is_spoken_in_every_language_before_any_call(
    screens: Screens,  # noqa: F811
    speaker: Telling,
) -> None:
    boss = await screens.signed_in(await screens.agent("Boss", role="administrator"))
    async with speaking(screens, speaker):
        await speaker.has_spoken(
            [speaker.sound(say("wait_unknown", "zh-CN"), "zh-CN")]
        )  # it has begun with what came with the house
        new = speaker.sound(AFTER, "en")
        assert not new.exists()
        text = await published_on_the_desk(boss)
        told = sentences_of(text)
        assert AFTER in told["en"] and all(told[language] for language in LANGUAGES)
        await speaker.has_spoken([speaker.sound(words, language) for language in LANGUAGES for words in told[language]])
        assert new.stat().st_size > 8000, "more than half a second"
        # It went before what came with the house: much of that is still to be said.
        others = sentences_of(selfservice.built_in_texts()["main_menu"])["ko"]
        assert not all(speaker.sound(words, "ko").exists() for words in others)


async def test_two_workers_of_a_machine_do_not_speak_the_same_at_once(
    screens: Screens,  # noqa: F811
    speaker: Telling,
    programs: str,
    voice_folder: Path,
) -> None:
    other = Telling(voice_settings(programs, voice_folder))
    async with speaking(screens, speaker):
        await speaker.has_spoken([speaker.sound(say("wait_unknown", "zh-CN"), "zh-CN")])
        async with speaking(screens, other):
            own = sorted(own_sentences("zh-CN"))
            await speaker.has_spoken([speaker.sound(words, "zh-CN") for words in own])
    assert other.said == 0 and speaker.said >= len(own)
