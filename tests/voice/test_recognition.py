"""Speech recognition: the port's contract against the tests' own recognizer, and that one in a real call's sound."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from qiao.channels.voice import AsteriskServer
from qiao.channels.voice.ari import AriRefused
from qiao.channels.voice.ari_events import CallBroadcast, StasisStart
from qiao.channels.voice.configuration import modules
from qiao.channels.voice.ear import RecognitionOff, listening, recognized
from qiao.channels.voice.recognition import FRAME_OCTETS, Partial, Recognized, Sentence, SpeechEnded
from qiao.channels.voice.sandbox import Softphone
from qiao.channels.voice.sandbox.sound import SILENCE, tone
from qiao.platform.settings_voice import VoiceSettings
from tests.looking import a_moment
from tests.voice.conftest import voice_settings
from tests.voice.recognition_contract import PAUSE, RecognizerContract
from tests.voice.test_ari import listening as driving
from tests.voice.tone_words import ToneWords

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from qiao.channels.voice.recognition import Recognizer
    from qiao.platform.settings import Settings

YES, NO = tone(440.0, 0.6), tone(1000.0, 0.6)


class TestToneWords(RecognizerContract):
    """The tests' own keeps the contract, so the contract can be kept."""

    @pytest.fixture
    def recognizer(self) -> Recognizer:
        return ToneWords()

    @pytest.fixture
    def speech(self) -> Mapping[str, bytes]:
        return {"yes": YES, "no yes": NO + YES}


@pytest.fixture
async def hearing(programs: str, voice_folder: Path) -> AsyncIterator[tuple[AsteriskServer, Settings]]:
    settings = voice_settings(programs, voice_folder, speech_recognition=True)
    server = AsteriskServer(settings)
    await server.start()
    yield server, settings
    await server.stop()


async def answered(driver: Any, phone: Softphone) -> tuple[Any, str]:
    """Somebody calls and is answered; his telephone's call and our channel."""
    calling = asyncio.create_task(phone.call("10086"))
    told = await driver.event(CallBroadcast)
    assert await driver.ari.claim(told.channel.id)
    await driver.event(StasisStart)
    await driver.ari.answer(told.channel.id)
    return await calling, told.channel.id


def test_asterisk_has_no_such_channels_unless_they_are_wanted() -> None:
    assert "chan_websocket" not in modules(VoiceSettings())
    assert "chan_websocket" in modules(VoiceSettings(speech_recognition=True))


async def test_off_nothing_is_opened() -> None:
    settings: Any = type("Told", (), {"voice": VoiceSettings()})
    with pytest.raises(RecognitionOff):
        async with listening(settings, None, "channel"):  # type: ignore[arg-type]
            pass


@pytest.mark.slow
async def test_what_a_caller_says_is_recognized_while_he_talks_and_ends_when_he_hangs_up(
    hearing: tuple[AsteriskServer, Settings],
) -> None:
    server, settings = hearing
    async with driving(server) as driver:
        phone = await Softphone.open(("127.0.0.1", server.voice.sip_port), "+8613700009999")
        call, channel = await answered(driver, phone)
        told: list[Recognized] = []
        said_first = asyncio.Event()

        async def hear() -> None:
            stream = recognized(settings, driver.ari, channel, ToneWords(), language="en")
            async for one in stream:
                told.append(one)
                if isinstance(one, Sentence):
                    said_first.set()

        listens = asyncio.create_task(hear())
        await bridged(driver)
        call.media.say(YES + PAUSE)
        async with asyncio.timeout(30):
            await said_first.wait()
        assert told == [Partial("yes"), SpeechEnded(), Sentence("yes")]
        call.media.say(NO + PAUSE + YES)  # and he is cut off
        async with asyncio.timeout(30):
            while len(told) < 7:
                await a_moment()
        await call.hang_up()
        async with asyncio.timeout(30):
            await listens
        assert [one.words for one in told if isinstance(one, Sentence)] == ["yes", "no", "yes"]
        await there_are(driver, [])
        assert await driver.ari.bridges() == []
        await phone.close()


async def bridged(driver: Any) -> None:
    """Wait until somebody listens."""
    async with asyncio.timeout(20):
        while not any(len(bridge.channels) == 2 for bridge in await driver.ari.bridges()):
            await a_moment()


async def there_are(driver: Any, channels: list[str]) -> None:
    """Wait until Asterisk has these channels and no others."""
    async with asyncio.timeout(20):
        while [one.id for one in await driver.ari.channels()] != channels:
            await a_moment()


@pytest.mark.slow
async def test_frames_are_whole_and_an_ear_that_is_closed_leaves_the_call_alone(
    hearing: tuple[AsteriskServer, Settings],
) -> None:
    server, settings = hearing
    async with driving(server) as driver:
        phone = await Softphone.open(("127.0.0.1", server.voice.sip_port), "+8613700009999")
        call, channel = await answered(driver, phone)
        call.media.say(SILENCE * 500)
        async with asyncio.timeout(30), listening(settings, driver.ari, channel) as frames:
            for _ in range(100):
                assert len(await anext(frames)) == FRAME_OCTETS
            await frames.aclose()
        await there_are(driver, [channel])
        assert not call.ended.is_set()
        with pytest.raises(AriRefused) as refused:
            async with listening(settings, driver.ari, "no-such-channel"):
                pass
        assert refused.value.status == 404
        await call.hang_up()
        with contextlib.suppress(AriRefused):
            await driver.ari.hang_up(channel)
        await phone.close()
