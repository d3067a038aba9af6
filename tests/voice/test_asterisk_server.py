"""Asterisk is configured, started, found again, restarted and stopped."""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qiao.channels.voice import log_bound
from qiao.channels.voice.programs import ProgramMissing, find_programs
from qiao.channels.voice.server import AsteriskServer, ari_password
from tests.looking import a_moment
from tests.voice.conftest import voice_settings

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow


async def until(found: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not found():
            await a_moment()


async def test_it_answers_when_it_is_started_and_nothing_of_it_is_left_when_it_is_stopped(
    programs: str, voice_folder: Path
) -> None:
    server = AsteriskServer(voice_settings(programs, voice_folder))
    began = time.monotonic()
    await server.start()
    assert time.monotonic() - began < 20
    pid = server.pid
    assert pid is not None and Path(f"/proc/{pid}").exists()
    if os.geteuid() == 0:
        assert pwd.getpwuid(Path(f"/proc/{pid}").stat().st_uid).pw_name in {"qiao", "nobody"}
    await server.stop()
    assert not Path(f"/proc/{pid}").exists()
    told = (voice_folder / "voice" / "asterisk" / "log" / "start.log").read_text("utf-8")
    assert [
        line for line in told.splitlines() if "ERROR" in line or "WARNING" in line or "Unable to load" in line
    ] == []


async def test_a_launcher_that_comes_later_finds_the_one_that_runs(asterisk: AsteriskServer, programs: str) -> None:
    later = AsteriskServer.__new__(AsteriskServer)
    later.__dict__ |= {**asterisk.__dict__, "_child": None, "_pid": None}
    await later.start()
    assert later.pid == asterisk.pid


async def test_it_comes_back_by_itself_when_it_is_killed(asterisk: AsteriskServer) -> None:
    watching = asyncio.create_task(asterisk.supervise())
    first = asterisk.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: asterisk.pid not in {None, first})
    watching.cancel()
    assert asterisk.pid is not None and asterisk._is_ours(asterisk.pid)


async def test_what_it_writes_stays_within_a_bound_and_its_last_words_are_kept(
    asterisk: AsteriskServer, programs: str, voice_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 4000
    monkeypatch.setattr(log_bound, "LOG_OCTETS_MAX", most)
    monkeypatch.setattr(log_bound, "LOOK_SECONDS", 0.05)
    log = voice_folder / "voice" / "asterisk" / "log" / "start.log"
    main_file = voice_folder / "voice" / "asterisk" / "etc" / "asterisk.conf"
    command = [*find_programs(programs).command("asterisk"), "-C", str(main_file), "-rx"]
    keeper = asyncio.create_task(asterisk.supervise())
    before = log.with_name("start.log.1")
    async with asyncio.timeout(60):
        number = 0
        while not before.exists():
            number += 1
            told = await asyncio.create_subprocess_exec(*command, f"module load no_such_{number}")
            assert await told.wait() is not None
    assert before.stat().st_size <= most // 2 and b"no_such" in before.read_bytes()
    lines = log.stat().st_size
    await (await asyncio.create_subprocess_exec(*command, "module load no_such_again")).wait()
    await until(lambda: log.stat().st_size > lines)
    assert b"\0" not in log.read_bytes(), "it goes on where it was cut"
    keeper.cancel()


@pytest.mark.parametrize("many", [0, 100, 101])
def test_a_log_is_cut_only_when_it_is_longer_than_its_bound(tmp_path: Path, many: int) -> None:
    log = tmp_path / "start.log"
    assert not log_bound.keep_within(log, 100), "none was written yet"
    log.write_bytes(b"x" * many)
    assert log_bound.keep_within(log, 100) is (many > 100)
    assert log.stat().st_size == (0 if many > 100 else many)


async def test_its_secret_is_made_once_and_is_ours_alone(voice_folder: Path) -> None:
    settings = voice_settings("", voice_folder)
    first = ari_password(settings)
    assert len(first) >= 24 and ari_password(settings) == first
    assert (voice_folder / "voice" / "ari.secret").stat().st_mode & 0o077 == 0


async def test_whoever_starts_meanwhile_never_reads_half_a_secret(
    voice_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = voice_settings("", voice_folder)
    path = voice_folder / "voice" / "ari.secret"
    make = secrets.token_urlsafe
    others: list[str] = []

    def slowly(length: int) -> str:
        assert not path.exists(), "a file without its words"
        if not others:
            others.append("begun")
            others.append(ari_password(settings))  # another process, which is quicker
        return make(length)

    monkeypatch.setattr(secrets, "token_urlsafe", slowly)
    assert ari_password(settings) == others[1] != ""
    assert [one.name for one in path.parent.iterdir()] == ["ari.secret"]


def test_all_processes_of_a_first_start_have_the_same_secret(voice_folder: Path) -> None:
    settings = voice_settings("", voice_folder)
    many = 16
    together = threading.Barrier(many)

    def starts(_: int) -> str:
        together.wait()
        return ari_password(settings)

    with ThreadPoolExecutor(many) as pool:
        told = set(pool.map(starts, range(many)))
    assert len(told) == 1 and len(told.pop()) >= 24


def test_a_program_that_is_not_there_is_told_with_what_to_do(voice_folder: Path) -> None:
    with pytest.raises(ProgramMissing, match="QIAO_ASTERISK"):
        find_programs(str(voice_folder / "nowhere"))
    with pytest.raises(ProgramMissing, match="QIAO_ASTERISK"):
        find_programs(str(voice_folder))
