"""The embedded server's life: started or found running, kept alive, stopped by the last one who uses it."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psycopg
import structlog

from qiao.platform.postgres.account import server_account
from qiao.platform.postgres.cluster import ENVIRONMENT, OWNER, ensure_cluster, write_settings
from qiao.platform.postgres.locks import Use, one_at_a_time
from qiao.platform.postgres.places import Places, find_places, forget_places
from qiao.platform.postgres.processes import (
    clear_orphans,
    drop_foreign_pid_file,
    exists,
    gone,
    is_postmaster,
    other_postgres,
    postmaster,
)
from qiao.platform.postgres.refusal import ServerDidNotStart

JOIN_SECONDS_MAX: Final = 10.0
START_SECONDS_MAX: Final = 120.0  # crash recovery replays at most max_wal_size
STOP_SECONDS: Final = 8.0
ASK_AGAIN_SECONDS: Final = 0.03
RESTART_PAUSE_SECONDS_MAX: Final = 30.0
log = structlog.get_logger(__name__)


class EmbeddedPostgres:
    """One PostgreSQL server over a folder. `durable=False` trades safety against power cuts for speed, for tests."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = Path(folder).absolute()
        self.durable = durable
        self._places: Places | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None
        self._use = Use(self.folder)

    @property
    def url(self) -> str:
        """Where clients connect, for psycopg; valid after start()."""
        return self._url("qiao")

    @property
    def pid(self) -> int | None:
        """The server's process id, as last seen."""
        return self._pid

    async def start(self) -> None:
        """Return when a connection answers; a server that already runs is joined. Raises ServerDidNotStart."""
        account = await asyncio.to_thread(server_account)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            async with one_at_a_time(self.folder):
                self._places = await asyncio.to_thread(find_places, self.folder, account)
                await self._ensure()
                self._use.take()
        except OSError as error:
            raise ServerDidNotStart(
                f"{error.filename or self.folder}: {error.strerror}; nothing was changed"
            ) from error

    async def stop(self) -> None:
        """Stop the server within seconds, clients or not, unless somebody else still uses it."""
        if self._places is None:
            return
        async with one_at_a_time(self.folder):
            if self._use.let_go():
                await self._end(self._places)
        self._pid = None

    async def supervise(self) -> None:
        """Start the server again whenever it ends; runs until cancelled."""
        pause = 0.0
        while True:
            if self._pid is not None and self._places is not None:
                await gone(self._pid, self._places.cluster)
                log.warning("postgres.ended", pid=self._pid)
            await asyncio.sleep(pause)
            try:
                async with one_at_a_time(self.folder):
                    await self._ensure()
            except (ServerDidNotStart, OSError) as refused:
                self._pid = None
                pause = min(max(1.0, pause * 2), RESTART_PAUSE_SECONDS_MAX)
                log.warning("postgres.did_not_come_back", reason=str(refused), next_try_seconds=pause)
            else:
                pause = 0.0
                log.warning("postgres.came_back", pid=self._pid)

    async def discard(self) -> None:
        """Stop the server and remove everything it kept."""
        if self.folder.is_dir():
            places = await asyncio.to_thread(find_places, self.folder, server_account())
            self._use.let_go()
            await self._end(places)
        await asyncio.to_thread(forget_places, self.folder)

    async def _ensure(self) -> None:
        """A live, answering server; call it under the start-and-stop lock."""
        places = self._places
        assert places is not None
        self._reap()
        if (pid := postmaster(places.cluster)) is not None:
            self._pid = pid
            if await self._answers(places, JOIN_SECONDS_MAX):
                return
            await self._shut(pid, places.cluster)  # half stopped by a parent that was killed, or cut from its socket
            self._reap()
        self._pid = await self._begin(places)
        if not await self._answers(places, START_SECONDS_MAX):
            raise ServerDidNotStart(f"PostgreSQL does not answer. Its last words:\n{_last_words(places)}")

    async def _begin(self, places: Places) -> int:
        account = server_account()
        if (other := other_postgres(places.cluster)) is not None:
            raise ServerDidNotStart(
                f"{places.pid_file} names process {other}, a PostgreSQL that seems to serve another folder. "
                "Nothing was changed. Stop that server, or remove the file if it is not this folder's."
            )
        await clear_orphans(places.cluster)
        await asyncio.to_thread(ensure_cluster, places, account, durable=self.durable)
        drop_foreign_pid_file(places.cluster)
        write_settings(places, account, durable=self.durable)
        first_words = places.log / "start.log"
        with first_words.open("wb") as out:
            self._child = subprocess.Popen(  # noqa: S603, ASYNC220
                [str(places.binaries / "bin" / "postgres"), "-D", str(places.cluster)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd="/",
                env=ENVIRONMENT,
                start_new_session=True,  # a Ctrl-C in the terminal is for us; we end the server ourselves
                umask=0o077,
                **account.run_as(),  # type: ignore[call-overload]
            )
        return self._child.pid

    async def _answers(self, places: Places, seconds: float) -> bool:
        """True once the server answers, our database made if it is new; False when it ended or the time is up."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._reap() and self._pid is not None and exists(self._pid):
            try:
                admin = await psycopg.AsyncConnection.connect(self._url("postgres"), autocommit=True, connect_timeout=5)
            except psycopg.OperationalError:
                await asyncio.sleep(ASK_AGAIN_SECONDS)
                continue
            async with admin:
                found = await admin.execute("select 1 from pg_database where datname = %s", [OWNER])
                if await found.fetchone() is None:
                    await admin.execute("create database qiao template template0 encoding 'UTF8'")
            return True
        return False

    async def _end(self, places: Places) -> None:
        if (pid := postmaster(places.cluster)) is not None:
            await self._shut(pid, places.cluster)
        await clear_orphans(places.cluster)
        self._reap()
        with contextlib.suppress(OSError):
            places.sockets.rmdir()

    async def _shut(self, pid: int, cluster: Path) -> None:
        """Fast shutdown, then immediate, then none of its choice; the write-ahead log keeps what was committed."""
        for name, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 3.0), (signal.SIGKILL, 3.0)):
            if not is_postmaster(pid, cluster):
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, name)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await gone(pid, cluster)
                return

    def _reap(self) -> bool:
        """True when the server was our child and has ended; its zombie is gone then."""
        if self._child is None or self._child.poll() is None:
            return False
        self._child = None
        return True

    def _url(self, database: str) -> str:
        assert self._places is not None, "the server has not been started"
        folder = _recorded_sockets(self._places) or str(self._places.sockets)
        return f"postgresql://{OWNER}@/{database}?host={quote(folder, safe='')}&port=5432"


def _recorded_sockets(places: Places) -> str | None:
    """The socket folder of the running server, which another parent may have started with another environment."""
    try:
        lines = places.pid_file.read_text("utf-8", "replace").split("\n")
    except OSError:
        return None
    return lines[4] if len(lines) > 4 and lines[4].startswith("/") else None


def _last_words(places: Places) -> str:
    """The end of what the server wrote, at most 20 lines."""
    told: list[Any] = []
    for path in sorted(places.log.glob("*.log"), key=lambda found: found.stat().st_mtime):
        told += path.read_text("utf-8", "replace").splitlines()
    return "\n".join(told[-20:])
