"""How soon a caller may choose, in every language: the sounds themselves, as long as they are."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from qiao import selfservice
from qiao.channels.voice import Speaker
from qiao.channels.voice.script import as_voice, say, voice_of
from qiao.kernel.languages import LANGUAGES
from qiao.selfservice import Begin
from tests.voice.conftest import voice_settings

if TYPE_CHECKING:
    from pathlib import Path

    from qiao.platform.house import House

pytestmark = pytest.mark.slow
FIRST_CHOICE_SECONDS = 12.0
"""What a caller is asked to listen to before he may choose at all."""


def seconds(path: Path) -> float:
    with wave.open(str(path), "rb") as sound:
        return sound.getnframes() / sound.getframerate()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("elderly", [False, True])
async def test_the_first_own_choice_is_offered_within_twelve_seconds_and_a_person_before_it(
    house: House, programs: str, voice_folder: Path, language: str, elderly: bool
) -> None:
    facts: dict[str, Any] = {"language": language, "level": 0} | ({"age_band": "elderly"} if elderly else {})
    async with house.database.transaction() as tx:
        running = await selfservice.begin_flow(
            tx, code="main_menu", channel="voice", subject=f"call:{uuid4()}", facts=facts
        )
    moved = await selfservice.advance(house, session_id=running.id, told=Begin())
    texts = as_voice(moved.outputs, language).texts
    person = texts.index(say("press", language, key="0"))
    assert person <= 2, "a greeting and two prompts at most"
    speaker = Speaker(voice_settings(programs, voice_folder))
    sounds = [await speaker.prompt(one, voice_of(one, language)) for one in texts[: person + 3]]
    assert sum(seconds(one.path) for one in sounds) < FIRST_CHOICE_SECONDS
