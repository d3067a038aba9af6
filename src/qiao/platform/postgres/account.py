"""The operating-system user that the server runs as: ourselves, or an unprivileged user when we are root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from qiao.platform.postgres.refusal import ServerDidNotStart

UNPRIVILEGED = ("qiao", "nobody")  # the first that exists; PostgreSQL refuses to run as root


@dataclass(frozen=True)
class Account:
    """Who the server runs as, and whether that is somebody else than us."""

    uid: int
    gid: int
    name: str
    other: bool

    def run_as(self) -> dict[str, object]:
        """Arguments for subprocess that make a child this user, without our groups."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.other else {}

    def own(self, path: Path) -> None:
        """Give a file or folder of ours to the server's user."""
        if self.other:
            os.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """True when the server's user can enter this folder by its full path."""
        if not self.other:
            return True
        asked = subprocess.run(  # noqa: S603
            ["/usr/bin/env", "test", "-x", str(path)],
            check=False,
            cwd="/",
            **self.run_as(),  # type: ignore[call-overload]
        )
        return bool(asked.returncode == 0)


def server_account() -> Account:
    """Ourselves; as root the user "qiao" if there is one, else "nobody". Raises ServerDidNotStart."""
    uid = os.geteuid()
    if uid != 0:
        return Account(uid, os.getegid(), own_name(), other=False)
    for name in UNPRIVILEGED:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid:
            return Account(found.pw_uid, found.pw_gid, name, other=True)
    raise ServerDidNotStart(
        "PostgreSQL does not run as root and this machine has neither a user “qiao” nor “nobody”; "
        "add one with: useradd --system qiao"
    )


def own_name() -> str:
    """Our own user name, as the server will see it at the other end of its socket."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise ServerDidNotStart(
            f"user id {os.geteuid()} has no name on this machine, and PostgreSQL needs one; "
            "run as a user that /etc/passwd lists, or set QIAO_DATABASE_URL"
        ) from None
