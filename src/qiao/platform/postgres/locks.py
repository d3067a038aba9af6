"""Two file locks in the data folder: one start or stop at a time, and a count of who uses the server.

The kernel drops them with the process that held them, so a killed parent leaves nothing to clean up.
"""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

ASK_AGAIN_SECONDS: Final = 0.05


@asynccontextmanager
async def one_at_a_time(folder: Path) -> AsyncIterator[None]:
    """Hold the folder's start-and-stop lock."""
    descriptor = _open(folder / "lock")
    try:
        while not _take(descriptor, fcntl.LOCK_EX):
            await asyncio.sleep(ASK_AGAIN_SECONDS)
        yield
    finally:
        os.close(descriptor)


class Use:
    """Our share in a running server; the last one to let go stops it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor: int | None = None

    def take(self) -> None:
        """Count us in; a second call changes nothing."""
        if self._descriptor is None:
            self._descriptor = _open(self._folder / "users")
            _take(self._descriptor, fcntl.LOCK_SH)

    def let_go(self) -> bool:
        """Count us out; True when nobody else is left. Call it under the start-and-stop lock."""
        if self._descriptor is None:
            return False
        try:
            return _take(self._descriptor, fcntl.LOCK_EX)
        finally:
            os.close(self._descriptor)
            self._descriptor = None


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _take(descriptor: int, kind: int) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        return True
    return False
