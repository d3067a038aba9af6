"""The event loop that our processes run on."""

import asyncio
from collections.abc import Coroutine
from typing import Any


def quickly(work: Coroutine[Any, Any, None]) -> None:
    """Run it on the fastest loop this machine has."""
    try:
        import uvloop
    except ImportError:  # not on every system
        asyncio.run(work)
    else:
        uvloop.run(work)
