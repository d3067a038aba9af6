"""kill -9 while money is given: nothing of the step stays, and the same request again gives it once."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from qiao.catalogue.room import ROOM as CATALOGUE
from qiao.compensation.room import ROOM
from qiao.compensation.store import grants, spendings
from qiao.kernel.ids import AgentId
from qiao.platform.failpoints import KILLED
from tests.compensation.doomed_process import MINOR
from tests.compensation.test_compensation_room import Purse, purse

__all__ = ["purse"]
ROOT = Path(__file__).parents[2]


async def lived(purse: Purse, agent_id: AgentId, key: str, failpoint: str = "") -> int:
    """The exit code of a process that gives the money."""
    house = purse.house
    told = (house.database.url, house.clock.now().isoformat(), str(house.settings.data_folder))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.compensation.doomed_process", *told, str(purse.customer), str(agent_id), key,
        cwd=ROOT, env={**os.environ, "QIAO_FAILPOINT": failpoint},
    )  # fmt: skip
    async with asyncio.timeout(60):
        return await process.wait()


async def stands(purse: Purse) -> tuple[int, int]:
    """Grants and spendings on record."""
    async with purse.house.database.transaction() as tx:
        counts = [await tx.scalar(select(func.count()).select_from(table)) for table in (grants, spendings)]
    return counts[0], counts[1]


@pytest.mark.slow
@pytest.mark.parametrize("failpoint", [*ROOM.failpoints, *CATALOGUE.failpoints])
async def test_money_whose_giver_is_killed_is_given_once_by_the_next(purse: Purse, failpoint: str) -> None:
    wang = await purse.agent()
    code = await lived(purse, wang.id, "doomed", failpoint)
    if failpoint in ROOM.failpoints:
        assert code == KILLED
        assert await stands(purse) == ((0, 0) if failpoint == ROOM.failpoints[0] else (1, 0))
    assert code in (0, KILLED)
    assert await purse.billed() in (0, MINOR)
    for _ in range(2):
        assert await lived(purse, wang.id, "doomed") == 0
        assert await stands(purse) == (1, 1)
        assert await purse.billed() == await purse.booked() == MINOR
