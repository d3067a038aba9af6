"""kill -9 at every failpoint of this room: nothing of the step stays, and the same step again does it once."""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from qiao import cases
from qiao.cases.asking import ANSWER_WRITTEN
from qiao.cases.operations import OPEN_WRITTEN
from qiao.cases.promising import BREACH_WRITTEN
from qiao.cases.store import cases as rows
from qiao.cases.store import promise_breaches, request_answers
from qiao.platform.failpoints import KILLED
from tests.cases.matter_at_hand import Days, agent, customer, opened

ROOT = Path(__file__).parents[2]


async def lived(days: Days, step: str, known: UUID, failpoint: str = "") -> int:
    """The exit code of a process that does the step."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.cases.doomed_process", days.database.url, days.clock.now().isoformat(), step,
        str(known), cwd=ROOT, env={**os.environ, "QIAO_FAILPOINT": failpoint},
    )  # fmt: skip
    async with asyncio.timeout(60):
        return await process.wait()


async def before(days: Days, failpoint: str) -> UUID:
    """What must stand before the step: a customer, a request to him, or a promise whose time has passed."""
    if failpoint == OPEN_WRITTEN:
        return customer()
    me = agent()
    case_id = await days.do(opened, category_code="inquiry/other", agent_id=me)
    if failpoint == ANSWER_WRITTEN:
        asked = {"case_id": case_id, "items": ["topic"], "interaction_id": None, "agent_id": me}
        return await days.do(cases.request_information, **asked)
    due_at = days.clock.now() + timedelta(hours=1)
    promise_id = await days.do(cases.promise, case_id=case_id, what="Call", due_at=due_at, agent_id=me)
    days.clock.forward(hours=2)
    return promise_id


async def done(days: Days, failpoint: str, known: UUID) -> int:
    """How often the step stands on record."""
    table, fits = {
        OPEN_WRITTEN: (rows, rows.c.customer_id == known),
        ANSWER_WRITTEN: (request_answers, request_answers.c.request_id == known),
        BREACH_WRITTEN: (promise_breaches, promise_breaches.c.promise_id == known),
    }[failpoint]
    async with days.database.transaction() as tx:
        return await tx.scalar(select(func.count()).select_from(table).where(fits))


@pytest.mark.slow
@pytest.mark.parametrize("failpoint", [OPEN_WRITTEN, ANSWER_WRITTEN, BREACH_WRITTEN])
async def test_a_step_that_is_killed_left_nothing_and_is_done_once_by_the_next(days: Days, failpoint: str) -> None:
    known = await before(days, failpoint)
    assert await lived(days, failpoint, known, failpoint) == KILLED
    assert await done(days, failpoint, known) == 0
    for _ in range(2):
        assert await lived(days, failpoint, known) == 0
        assert await done(days, failpoint, known) == 1
