"""Asterisk's life: configured, started or found running, kept alive, stopped.

It outlives a launcher that is killed, since calls go on in it; the next launcher finds and watches it.
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2
import structlog

from qiao.channels.voice import log_bound
from qiao.channels.voice.configuration import ARI_USER, ASTERISKS_OWN, Company, RunFolder, files
from qiao.channels.voice.music import write_music
from qiao.channels.voice.programs import Programs, find_programs
from qiao.platform.postgres.account import Account, server_account
from qiao.platform.postgres.places import socket_folder
from qiao.platform.settings import Settings
from qiao.platform.settings_voice import VoiceSettings

log = structlog.get_logger(__name__)
START_SECONDS_MAX: Final = 20.0
STOP_SECONDS: Final = 5.0
ASK_AGAIN_SECONDS: Final = 0.03
RESTART_PAUSE_SECONDS_MAX: Final = 30.0
WORDS_MAX: Final = 20


class AsteriskDidNotStart(Exception):
    """It does not run; the text has its last words."""


def voice_folder(settings: Settings) -> Path:
    """Where calls keep their files."""
    return (settings.data_folder / "voice").absolute()


def ari_password(settings: Settings) -> str:
    """The secret between Asterisk and our workers of this machine, made at first use, readable by us alone."""
    path = voice_folder(settings) / "ari.secret"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _made_whole(path, secrets.token_urlsafe(24))
    return path.read_text("ascii")


def host_id(settings: Settings) -> str:
    """What this machine's workers of calls have in their names, and no other machine's; made at first use."""
    path = voice_folder(settings) / "host.id"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _made_whole(path, secrets.token_hex(4))
    return path.read_text("ascii")


def _made_whole(path: Path, secret: str) -> None:
    """Have this file, if nobody was quicker: it is there with all its words or not at all, whoever looks meanwhile."""
    mine = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(secret)
            out.flush()
            os.fsync(out.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(mine, path)
    finally:
        mine.unlink()


def asterisk_account(folder: Path) -> Account:
    """Whom Asterisk runs as: an unprivileged user where he can reach the folder, else ourselves."""
    account = server_account()
    if not account.other or account.reaches(folder):
        return account
    log.warning("asterisk.runs_as_root", folder=str(folder), why="an unprivileged user cannot enter it")
    return Account(os.geteuid(), os.getegid(), "root", other=False)


@dataclass(frozen=True)
class CompanyWords:
    """Sounds for a caller whom no worker takes: first while he waits for one, at last when none came."""

    wait: tuple[Path, ...]
    goodbye: tuple[Path, ...]


class AsteriskServer:
    """One Asterisk over a folder."""

    def __init__(self, settings: Settings, words: CompanyWords | None = None) -> None:
        """`words`: what callers hear whom no worker takes; Asterisk's own English without them."""
        self.voice: VoiceSettings = settings.voice
        self._words = words
        self.folder = voice_folder(settings)
        self._told = settings.asterisk
        self._password = ari_password(settings)
        self._child: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None
        self._run: RunFolder | None = None

    @property
    def pid(self) -> int | None:
        """Its process id, as last seen."""
        return self._pid

    async def start(self) -> None:
        """Return when ARI answers. Raises AsteriskDidNotStart, ProgramMissing."""
        programs = find_programs(self._told)
        await asyncio.to_thread(self.folder.mkdir, parents=True, exist_ok=True)
        account = await asyncio.to_thread(asterisk_account, self.folder)
        run = self._run = await asyncio.to_thread(self._places, account)
        if (pid := self._found_running()) is not None:
            self._pid = pid
            if await self._answers():
                return
            await self.stop()
        await asyncio.to_thread(self._write, programs, run, account)
        with run.log.open("ab") as out:  # appended, so that it may be cut while it is written
            self._child = subprocess.Popen(  # noqa: S603, ASYNC220
                [*programs.command("asterisk"), "-f", "-C", str(run.main_file)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd="/",
                env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": str(run.folder)},
                start_new_session=True,  # a Ctrl-C in the terminal is for us; we end it ourselves
                umask=0o077,
                **account.run_as(),  # type: ignore[call-overload]
            )
        self._pid = self._child.pid
        self._pid_file.write_text(str(self._pid), "ascii")
        if not await self._answers():
            words = await asyncio.to_thread(self._last_words)
            await self.stop()
            raise AsteriskDidNotStart(f"Asterisk does not answer. Its last words:\n{words}")

    async def stop(self) -> None:
        """Hang up every call and end it."""
        pid = self._pid
        if pid is None:
            return
        for name, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, 3.0)):
            if not self._is_ours(pid):
                break
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, name)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await _gone(pid)
        self._reap()
        self._pid = None
        self._pid_file.unlink(missing_ok=True)

    async def supervise(self) -> None:
        """Start it again whenever it ends; runs until cancelled."""
        pause = 0.0
        while True:
            if self._pid is not None:
                await self._while_it_runs(self._pid)
                self._reap()
                log.warning("asterisk.ended", pid=self._pid)
                self._pid = None
            await asyncio.sleep(pause)
            try:
                await self.start()
            except (AsteriskDidNotStart, OSError) as refused:
                pause = min(max(1.0, pause * 2), RESTART_PAUSE_SECONDS_MAX)
                log.warning("asterisk.did_not_come_back", reason=str(refused), next_try_seconds=pause)
            else:
                pause = 0.0
                log.warning("asterisk.came_back", pid=self._pid)

    async def _while_it_runs(self, pid: int) -> None:
        """Return once it has ended; meanwhile what it writes is kept within its bound."""
        assert self._run is not None
        ended = asyncio.ensure_future(_gone(pid))
        try:
            while not ended.done():
                await asyncio.to_thread(log_bound.keep_within, self._run.log, log_bound.LOG_OCTETS_MAX)
                await asyncio.wait({ended}, timeout=log_bound.LOOK_SECONDS)
        finally:
            ended.cancel()

    def _places(self, account: Account) -> RunFolder:
        return RunFolder(self.folder / "asterisk", socket_folder(self.folder, account))

    def _write(self, programs: Programs, run: RunFolder, account: Account) -> None:
        for folder in run.folders:
            folder.mkdir(mode=0o700, exist_ok=True)
            account.own(folder)
        company = self._company(run, account) if self._words is not None else ASTERISKS_OWN
        for name, told in files(self.voice, programs, run, self._password, company).items():
            path = run.etc / name
            path.write_text(told, "utf-8")
            path.chmod(0o600)
            account.own(path)
        music = run.folder / "moh" / "chords.wav"
        if not music.exists():
            write_music(music)
            account.own(music)

    def _company(self, run: RunFolder, account: Account) -> Company:
        """The words where Asterisk finds them whatever becomes of the prompts they are of."""
        assert self._words is not None
        names = []
        for what, paths in (("wait", self._words.wait), ("goodbye", self._words.goodbye)):
            kept = [run.folder / "lib" / "sounds" / f"company-{what}-{number}.wav" for number in range(len(paths))]
            for path, here in zip(paths, kept, strict=True):
                shutil.copyfile(path, here)
                account.own(here)
            names.append("&".join(str(here.with_suffix("")) for here in kept))
        return Company(*names)

    @property
    def _pid_file(self) -> Path:
        return self.folder / "asterisk.pid"

    def _found_running(self) -> int | None:
        try:
            pid = int(self._pid_file.read_text("ascii"))
        except (OSError, ValueError):
            return None
        return pid if self._is_ours(pid) else None

    def _is_ours(self, pid: int) -> bool:
        """Whether this process is the live Asterisk of this folder, told by its command line."""
        assert self._run is not None
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return str(self._run.main_file).encode() in words

    async def _answers(self) -> bool:
        """True once ARI answers; False when it ended or the time is up."""
        until = time.monotonic() + START_SECONDS_MAX
        address = f"http://127.0.0.1:{self.voice.http_port}/ari/asterisk/ping"
        async with httpx2.AsyncClient(auth=(ARI_USER, self._password), timeout=2.0, trust_env=False) as client:
            while time.monotonic() < until and self._pid is not None and not self._reap() and self._is_ours(self._pid):
                with contextlib.suppress(httpx2.HTTPError):
                    if (await client.get(address)).status_code == 200:
                        return True
                await asyncio.sleep(ASK_AGAIN_SECONDS)
        return False

    def _reap(self) -> bool:
        """True when it was our child and has ended."""
        if self._child is None or self._child.poll() is None:
            return False
        self._child = None
        return True

    def _last_words(self) -> str:
        assert self._run is not None
        told = self._run.log.read_text("utf-8", "replace").splitlines()
        return "\n".join(told[-WORDS_MAX:])


async def _gone(pid: int) -> None:
    """Return once the process no longer runs; it need not be our child."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
