"""Processes of calls as an operator runs them, so that they can be killed."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from qiao.app.demo.hotline import by_voice
from tests.voice.conftest import SECRET

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.voice.centre import Hotline


@asynccontextmanager
async def qiao(hotline: Hotline, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`qiao voice worker` and the like; killed at the end if it still runs."""
    settings = hotline.house.settings
    env = os.environ | by_voice(settings)
    env |= {
        "QIAO_DATABASE_URL": settings.database_url,
        "QIAO_DATA_FOLDER": str(settings.data_folder),
        "QIAO_ASTERISK": settings.asterisk,
        "QIAO_SECRET_KEY": SECRET,
        "QIAO_MODE": "test",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "qiao.app.cli", *words, env=env, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
