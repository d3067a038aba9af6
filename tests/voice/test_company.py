"""While no worker takes a call its caller hears us, in his house's language; then somebody else's telephone rings."""

from __future__ import annotations

from socket import SOCK_DGRAM
from typing import TYPE_CHECKING

import pytest

from qiao.channels.voice import Speaker, company_words, configuration
from qiao.channels.voice.sandbox import Softphone
from qiao.channels.voice.sandbox.answering import AnsweringPhone
from qiao.channels.voice.sandbox.sound import share_of, tone
from qiao.channels.voice.script import say
from qiao.channels.voice.server import AsteriskServer
from tests.voice.centre import HOTLINE
from tests.voice.conftest import free_port, voice_settings

if TYPE_CHECKING:
    from pathlib import Path

    from qiao.platform.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
DUTY = "4008001000"
THERE = 1000.0


def one_try(programs: str, folder: Path, monkeypatch: pytest.MonkeyPatch, port: int) -> Settings:
    """A house without workers, whose dialplan offers a caller twice, with somebody on duty behind its trunk."""
    monkeypatch.setattr(configuration, "TRIES_MAX", 1)
    trunk = {"name": "sea", "host": "127.0.0.1", "port": port, "allow": ["127.0.0.1/32"]}
    return voice_settings(programs, folder, trunks=[trunk], fallback=DUTY)


@pytest.mark.parametrize("answers", [True, False])
async def test_a_caller_without_a_worker_hears_our_words_then_the_fallback_desk_or_why_nobody_comes(
    programs: str, voice_folder: Path, monkeypatch: pytest.MonkeyPatch, answers: bool
) -> None:
    port = free_port(SOCK_DGRAM)
    settings = one_try(programs, voice_folder, monkeypatch, port)
    words, speaker = await company_words(settings), Speaker(settings)
    assert words is not None
    server = AsteriskServer(settings, words)
    await server.start()
    here = ("127.0.0.1", settings.voice.sip_port)
    duty = await AnsweringPhone.listen(here, DUTY, port=port, answers=answers)
    phone = await Softphone.open(here, "+8613700009999")
    try:
        call = await phone.call(HOTLINE)
        told = await call.heard.hear((await speaker.prompt(say("company_wait", "zh-CN"), "zh-CN")).path, seconds=60)
        told = await call.heard.hear((await speaker.prompt(say("company_wait", "en"), "en")).path, since=told)
        if answers:
            there = await duty.pick_up(seconds=60)
            there.media.say(tone(THERE, 30))
            await call.heard.until(lambda: share_of(call.heard.samples()[-4000:], THERE) > 0.5, 60)
        else:
            bye = (await speaker.prompt(say("company_goodbye", "zh-CN"), "zh-CN")).path
            await call.heard.hear(bye, seconds=60, since=told)
    finally:
        await phone.close()
        await duty.close()
        await server.stop()
