"""What Asterisk writes of itself, kept within a bound: whatever strangers send, its answers do not fill the disk."""

import os
from pathlib import Path
from typing import Final

LOG_OCTETS_MAX: Final = 10_000_000
LOOK_SECONDS: Final = 30.0


def keep_within(path: Path, most: int) -> bool:
    """Once it has more than `most` octets its last half goes to `<name>.1` (what is there goes), and it begins anew.

    Whoever writes it must have opened it to append. Returns whether that was done.
    """
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return False
    if size <= most:
        return False
    with path.open("rb") as read:
        read.seek(-(most // 2), os.SEEK_END)
        last = read.read(most // 2)
    before = path.with_name(f"{path.name}.1")
    before.write_bytes(last.partition(b"\n")[2] or last)
    before.chmod(0o600)
    os.truncate(path, 0)
    return True
