"""An Asterisk of the tests' own, on free ports of the loopback, run by an unprivileged user when we are root."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qiao.channels.voice import Speaker
from qiao.channels.voice.programs import ProgramMissing, find_programs
from qiao.channels.voice.server import AsteriskServer
from qiao.platform.settings import Settings
from tests.voice.centre import Hotline, fill_hotline, open_hotline_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.voice.abroad import Abroad
    from tests.voice.network import Network

SECRET = "test-only-" + "0" * 32


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def programs() -> str:
    """What QIAO_ASTERISK says; `./dev test voice` sets it."""
    from tools.dev_voice import fetched

    told = os.environ.get("QIAO_ASTERISK") or str(fetched() or "")
    try:
        find_programs(told)
    except ProgramMissing as missing:
        pytest.skip(str(missing))
    return told


@pytest.fixture
def voice_folder() -> Iterator[Path]:
    """A folder that an unprivileged user can enter."""
    made = Path(tempfile.mkdtemp(prefix="qiao-voice-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def voice_settings(programs: str, folder: Path, **voice: Any) -> Settings:
    first = free_port(socket.SOCK_DGRAM) // 2 * 2
    first = min(max(first, 20_000), 60_000)
    told = {
        "sip_port": free_port(socket.SOCK_DGRAM),
        "http_port": free_port(),
        "rtp_first": first,
        "rtp_last": first + 399,
        "trunks": [{"name": "sea", "host": "127.0.0.1", "allow": ["127.0.0.1/32"]}],
        "speak_ahead": False,  # thousands of sentences, of which a test hears a few
        **voice,
    }
    return Settings(asterisk=programs, data_folder=folder, voice=told, mode="test", secret_key=SECRET)


@pytest.fixture
async def asterisk(programs: str, voice_folder: Path) -> AsyncIterator[AsteriskServer]:
    server = AsteriskServer(voice_settings(programs, voice_folder))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def hotline(programs: str, voice_folder: Path, database_url: str) -> AsyncIterator[Hotline]:
    """Asterisk and the house behind it, with nobody at work yet."""
    settings = voice_settings(programs, voice_folder).model_copy(update={"database_url": database_url})
    house = open_hotline_house(settings)
    await fill_hotline(house)
    server = AsteriskServer(settings)
    await server.start()
    yield Hotline(house, Speaker(settings), server)
    await server.stop()
    await house.database.close()


@pytest.fixture
async def network(programs: str, voice_folder: Path, database_url: str) -> AsyncIterator[Network]:
    """The hotline and the telephone network behind its trunk."""
    from tests.voice.network import open_network

    async with open_network(programs, voice_folder, database_url) as there:
        yield there


@pytest.fixture
async def abroad(programs: str, voice_folder: Path, database_url: str) -> AsyncIterator[Abroad]:
    """The hotline with a roaming number, and the network from which its callers come."""
    from tests.voice.abroad import open_abroad

    async with open_abroad(programs, voice_folder, database_url) as there:
        yield there
