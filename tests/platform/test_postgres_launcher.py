"""The embedded server with real binaries: kept alive, never confused by a stale pid, closed to everybody else."""

import asyncio
import contextlib
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from qiao.platform.postgres import EmbeddedPostgres, ServerDidNotStart
from qiao.platform.postgres.account import server_account
from qiao.platform.postgres.places import outside_home, socket_folder
from qiao.platform.postgres.processes import is_postmaster, postmaster, serving
from tests.looking import a_moment

pytestmark = pytest.mark.slow


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedPostgres]:
    """A server that is not started yet, over a folder with spaces and Chinese in its path."""
    made = EmbeddedPostgres(tmp_path / "桥 的 data's folder", durable=False)
    yield made
    await made.discard()


def cluster(server: EmbeddedPostgres) -> Path:
    return (outside_home(server.folder) or server.folder / "server") / "data"


async def ask(server: EmbeddedPostgres, question: str) -> object:
    async with await psycopg.AsyncConnection.connect(server.url, autocommit=True) as connection:
        found = await connection.execute(question)  # type: ignore[call-overload]
        row = await found.fetchone() if found.description else None
        return row[0] if row else None


async def comes_back(server: EmbeddedPostgres, seconds: float = 15) -> object:
    """Ask until somebody answers."""
    async with asyncio.timeout(seconds):
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                return await ask(server, "select n from kept")
            await a_moment()


async def test_a_new_server_answers_and_says_what_it_was_set_to(server: EmbeddedPostgres) -> None:
    await server.start()
    assert await ask(server, "select datlocale from pg_database where datname = current_database()") == "C.UTF-8"
    assert await ask(server, "show listen_addresses") == ""
    assert await ask(server, "show max_connections") == "200"
    assert await ask(server, "select current_user") == "qiao"
    assert await ask(server, "show fsync") == "off"


async def test_stop_and_start_again_keeps_what_was_written(server: EmbeddedPostgres) -> None:
    await server.start()
    await ask(server, "create table kept as select 7 as n")
    await server.stop()
    assert serving(cluster(server)) == []
    await server.start()
    assert await ask(server, "select n from kept") == 7


async def test_stop_takes_seconds_even_with_clients_at_work(server: EmbeddedPostgres) -> None:
    await server.start()
    busy = await psycopg.AsyncConnection.connect(server.url)
    await busy.execute("create table half_done (n int)")
    began = time.monotonic()
    await server.stop()
    assert time.monotonic() - began < 5
    assert serving(cluster(server)) == []
    await busy.close()


async def test_a_killed_server_comes_back_by_itself(server: EmbeddedPostgres) -> None:
    await server.start()
    await ask(server, "create table kept as select 7 as n")
    await ask(server, "checkpoint")
    keeping = asyncio.create_task(server.supervise())
    await asyncio.sleep(0)
    killed = server.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert await comes_back(server) == 7
    assert server.pid != killed
    keeping.cancel()


async def test_a_server_whose_parent_was_killed_is_joined_by_the_next(server: EmbeddedPostgres) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import asyncio, os, sys, signal; from pathlib import Path\n"
        "from qiao.platform.postgres import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)\n"
        "asyncio.run(server.start()); os.kill(os.getpid(), signal.SIGKILL)",
        str(server.folder),
    )
    assert await parent.wait() == -signal.SIGKILL
    left = postmaster(cluster(server))
    assert left is not None
    await server.start()
    assert server.pid == left
    assert await ask(server, "select 1") == 1
    await server.stop()
    assert not is_postmaster(left, cluster(server))


async def test_a_server_that_a_killed_parent_left_half_stopped_is_started_anew(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qiao.platform.postgres.server.JOIN_SECONDS_MAX", 0.5)
    await server.start()
    await ask(server, "create table kept as select 7 as n")
    lingering = await psycopg.AsyncConnection.connect(server.url)
    first = server.pid
    assert first is not None
    os.kill(first, signal.SIGTERM)  # a smart shutdown: waits for clients, lets nobody in
    following = EmbeddedPostgres(server.folder, durable=False)
    await following.start()
    assert following.pid != first
    assert await ask(following, "select n from kept") == 7
    await server.stop()
    await following.stop()
    await lingering.close()


async def test_a_server_whose_socket_was_swept_away_is_started_anew(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qiao.platform.postgres.server.JOIN_SECONDS_MAX", 0.5)
    await server.start()
    first = server.pid
    for path in socket_folder(server.folder, server_account()).iterdir():
        path.unlink()
    await server.start()
    assert server.pid != first
    assert await ask(server, "select 1") == 1


async def test_a_pid_file_that_names_somebody_elses_process_is_not_believed(server: EmbeddedPostgres) -> None:
    await server.start()
    await ask(server, "create table kept as select 7 as n")
    keeps = (cluster(server) / "postmaster.pid").read_text("utf-8").split("\n", 1)[1]
    await server.stop()
    stranger = subprocess.Popen(["/bin/sleep", "60"], cwd="/", **server_account().run_as())  # type: ignore[call-overload]
    try:
        stale = cluster(server) / "postmaster.pid"
        stale.write_text(f"{stranger.pid}\n{keeps}", "utf-8")
        server_account().own(stale)
        await server.start()
        assert await ask(server, "select n from kept") == 7
        assert server.pid != stranger.pid
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


async def test_a_killed_servers_busy_child_does_not_stand_in_the_way(server: EmbeddedPostgres) -> None:
    await server.start()
    await ask(server, "create table kept as select 7 as n")
    await ask(server, "checkpoint")
    busy = await psycopg.AsyncConnection.connect(server.url)
    child = busy.info.backend_pid
    os.kill(child, signal.SIGSTOP)  # notices nothing any more
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    async with asyncio.timeout(5):
        while postmaster(cluster(server)) is not None:
            await a_moment()
    assert child in serving(cluster(server))
    await server.start()
    assert await ask(server, "select n from kept") == 7
    assert child not in serving(cluster(server))
    await busy.close()


async def test_a_second_parent_joins_and_the_last_to_leave_stops_the_server(server: EmbeddedPostgres) -> None:
    second = EmbeddedPostgres(server.folder, durable=False)
    await asyncio.gather(server.start(), second.start())
    assert server.pid == second.pid
    assert server.url == second.url
    await server.stop()
    assert await ask(second, "select 1") == 1
    await second.stop()
    assert serving(cluster(server)) == []


async def test_the_socket_folder_is_short_and_closed_to_others(server: EmbeddedPostgres) -> None:
    await server.start()
    sockets = socket_folder(server.folder, server_account())
    assert len(str(sockets / ".s.PGSQL.5432")) < 100
    assert stat.S_IMODE(sockets.lstat().st_mode) == 0o700
    assert stat.S_IMODE((sockets / ".s.PGSQL.5432").stat().st_mode) == 0o700
    assert stat.S_IMODE(cluster(server).stat().st_mode) == 0o700


async def test_only_the_owner_gets_in(server: EmbeddedPostgres) -> None:
    await server.start()
    rules = (cluster(server) / "pg_hba.conf").read_text("utf-8")
    assert rules == "local all qiao peer map=qiao\n"
    with pytest.raises(psycopg.OperationalError, match="no pg_hba.conf entry"):
        await psycopg.AsyncConnection.connect(server.url.replace("qiao@", "postgres@"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
async def test_as_root_the_server_is_an_unprivileged_user_and_no_parent_folder_was_opened(
    server: EmbeddedPostgres,
) -> None:
    private = server.folder.parent
    private.chmod(0o700)
    await server.start()
    assert server.pid is not None
    assert Path(f"/proc/{server.pid}").stat().st_uid == server_account().uid != 0
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert outside_home(server.folder) is not None
    assert (server.folder / "log").is_dir()


async def test_a_folder_of_another_major_version_is_refused_and_left_alone(server: EmbeddedPostgres) -> None:
    await server.start()
    await server.stop()
    (cluster(server) / "PG_VERSION").write_text("16\n", "utf-8")
    with pytest.raises(
        ServerDidNotStart, match="was made by PostgreSQL 16, this Qiao brings 18; it was left untouched"
    ):
        await server.start()
    assert (cluster(server) / "base").is_dir()


async def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    account = server_account()
    sockets = socket_folder(tmp_path, account)
    sockets.rmdir()
    sockets.symlink_to(tmp_path)
    try:
        with pytest.raises(ServerDidNotStart, match="belongs to somebody else"):
            socket_folder(tmp_path, account)
    finally:
        sockets.unlink()


async def test_a_broken_setting_is_told_with_the_servers_own_words(server: EmbeddedPostgres) -> None:
    await server.start()
    await server.stop()
    (cluster(server) / "postgresql.auto.conf").write_text("max_connections = none\n", "utf-8")
    with pytest.raises(ServerDidNotStart, match="max_connections"):
        await server.start()


async def test_discard_leaves_nothing(server: EmbeddedPostgres) -> None:
    await server.start()
    home = cluster(server).parent
    sockets = socket_folder(server.folder, server_account())
    await server.discard()
    assert not sockets.exists()
    assert not server.folder.exists()
    assert not home.exists()
