"""kill -9 while a text comes in: it is not there, and the same text again is there once, to be heard."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from qiao.platform.failpoints import KILLED
from qiao.post import unheard
from qiao.post.receiving import RECEIVED
from qiao.post.store import post_texts

if TYPE_CHECKING:
    from qiao.platform.database import Database

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
async def test_a_text_whose_receiver_is_killed_is_received_once_by_the_next(database: Database) -> None:
    async def lived(failpoint: str = "") -> int:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.post.doomed_process", database.url, "doomed"),
            cwd=ROOT, env={**os.environ, "QIAO_FAILPOINT": failpoint},
        )  # fmt: skip
        async with asyncio.timeout(60):
            return await process.wait()

    async def stands() -> tuple[int, int]:
        async with database.transaction() as tx:
            texts = await tx.scalar(select(func.count()).where(post_texts.c.key == "doomed"))
            return texts, len(await unheard(tx))

    _, before = await stands()
    assert await lived(RECEIVED) == KILLED
    assert await stands() == (0, before)
    for _ in range(2):
        assert await lived() == 0
        assert await stands() == (1, before + 1)
