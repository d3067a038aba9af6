"""Which processes serve a cluster: told by what they run and where, never by a number in a file alone.

PostgreSQL's postmaster.pid outlives a killed server, and its number may by then belong to anybody. The command line is
what everybody may read of a process; its working folder only its own user and a root with all capabilities.
"""

import asyncio
import contextlib
import hashlib
import os
import signal
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
LOOK_AGAIN_SECONDS: Final = 0.05


def cluster_name(cluster: Path) -> str:
    """The name that the server's children carry in their titles."""
    return "qiao-" + hashlib.sha256(str(cluster).encode()).hexdigest()[:12]


def exists(pid: int) -> bool:
    """True when any process, a zombie included, has this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_postmaster(pid: int, cluster: Path) -> bool:
    """True when the process is the live server of this cluster itself, not one of its children."""
    words = _command(pid)
    return _is_server(words) and (
        words[words.index("-D") + 1 :][:1] == [str(cluster)] or _works_in(pid, cluster)  # a moved folder keeps its cwd
    )


def serves(pid: int, cluster: Path) -> bool:
    """True when the process is a live PostgreSQL process of this cluster, the server or a child."""
    title = " ".join(_command(pid))
    return title.startswith(f"postgres: {cluster_name(cluster)}: ") or is_postmaster(pid, cluster)


def serving(cluster: Path) -> list[int]:
    """Every live PostgreSQL process of this cluster."""
    numbers = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    return [pid for pid in numbers if serves(pid, cluster)]


def postmaster(cluster: Path) -> int | None:
    """The live server that the cluster's pid file names; None when the file is missing, stale or another's."""
    pid = recorded(cluster)
    return pid if pid is not None and is_postmaster(pid, cluster) else None


def recorded(cluster: Path) -> int | None:
    """The number in postmaster.pid, whoever has it now."""
    try:
        return int((cluster / "postmaster.pid").read_text("utf-8", "replace").split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def other_postgres(cluster: Path) -> int | None:
    """The live PostgreSQL that has the recorded number but seems to serve another folder; None when there is none."""
    pid = recorded(cluster)
    return pid if pid is not None and _is_server(_command(pid)) and not is_postmaster(pid, cluster) else None


def drop_foreign_pid_file(cluster: Path) -> None:
    """Remove postmaster.pid when its number now belongs to something else; PostgreSQL itself drops a dead one."""
    pid = recorded(cluster)
    if pid is not None and exists(pid) and not _is_postgres(_command(pid)):
        (cluster / "postmaster.pid").unlink(missing_ok=True)


async def gone(pid: int, cluster: Path) -> None:
    """Return once the process no longer runs; it need not be our child."""
    loop = asyncio.get_running_loop()
    try:
        descriptor = os.pidfd_open(pid)
    except (OSError, AttributeError):
        while is_postmaster(pid, cluster):
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        return
    ended = asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def clear_orphans(cluster: Path, seconds: float = 2) -> None:
    """End what a killed server left behind: a busy child may not have noticed, and blocks the next start."""
    for name in (signal.SIGQUIT, signal.SIGKILL):
        for pid in serving(cluster):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, name)
        for _ in range(int(seconds / LOOK_AGAIN_SECONDS)):
            if not serving(cluster):
                return
            await asyncio.sleep(LOOK_AGAIN_SECONDS)


def _command(pid: int) -> list[str]:
    """The words of a live process's command line; empty for one that is gone or a zombie."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().rstrip(b"\0").decode("utf-8", "surrogateescape").split("\0")
    except OSError:
        return []


def _is_server(words: list[str]) -> bool:
    return bool(words) and Path(words[0]).name == "postgres" and "-D" in words


def _is_postgres(words: list[str]) -> bool:
    """The server or a child of any cluster; children write a title over their command line."""
    return _is_server(words) or " ".join(words).startswith("postgres: ")


def _works_in(pid: int, cluster: Path) -> bool:
    try:
        return (PROC / str(pid) / "cwd").samefile(cluster)
    except OSError:
        return False
