"""Trunks as the real Asterisk keeps them: who must answer a challenge, and how many calls there may be at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qiao.channels.voice import AsteriskServer
from qiao.channels.voice.sandbox import Softphone
from qiao.channels.voice.sandbox.sound import loud
from tests.voice.conftest import voice_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.slow
SEA = {"name": "sea", "host": "127.0.0.1", "allow": ["127.0.0.1"]}


@pytest.fixture
async def asterisk(programs: str, voice_folder: Path, request: Any) -> AsyncIterator[AsteriskServer]:
    server = AsteriskServer(voice_settings(programs, voice_folder, trunks=[{**SEA, **request.param}]))
    await server.start()
    yield server
    await server.stop()


async def status(server: AsteriskServer, **more: Any) -> int:
    phone = await Softphone.open(("127.0.0.1", server.voice.sip_port), "+8613700009999", **more)
    call = await phone.call("10086", seconds=15)
    await phone.close()
    return call.status


@pytest.mark.parametrize("asterisk", [{"username": "op", "password": "s3cret"}], indirect=True)
async def test_a_trunk_with_a_password_is_let_in_with_it_only(asterisk: AsteriskServer) -> None:
    assert await status(asterisk) == 401
    assert await status(asterisk, name="op", password="wrong") == 401
    assert await status(asterisk, name="op", password="s3cret") == 200


@pytest.mark.parametrize("asterisk", [{"calls_max": 1}], indirect=True)
async def test_one_call_more_than_agreed_is_congestion_and_the_first_goes_on(asterisk: AsteriskServer) -> None:
    phone = await Softphone.open(("127.0.0.1", asterisk.voice.sip_port), "+8613700009999")
    first = await phone.call("10086")
    assert first.status == 200
    assert await status(asterisk) == 503
    before = len(first.heard.sound)
    await first.heard.until(lambda: loud(first.heard.samples(before)) > 4000, 20)
    await phone.close()
