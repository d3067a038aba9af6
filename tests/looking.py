"""Looking again and again at what others bring about, where nothing tells of it."""

from __future__ import annotations

import asyncio
from typing import Final

LOOK_SECONDS: Final = 0.03


async def a_moment() -> None:
    """Between two looks. Whoever looks without a pause takes the processor from those for whom he waits."""
    await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=LOOK_SECONDS)
