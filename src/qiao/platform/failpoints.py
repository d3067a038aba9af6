"""Failpoints: named places at which a test can kill the process, to see that nothing is lost there."""

import os
from typing import Final

KILLED: Final = 137
_armed = os.environ.get("QIAO_FAILPOINT", "")


def failpoint(name: str) -> None:
    """Die here, at once and without any clean-up, when QIAO_FAILPOINT names this place; else nothing."""
    if _armed and _armed == name:
        os._exit(KILLED)
