"""kill -9 at every failpoint of this room: nothing of the step stays, and the same step again does it once."""

import asyncio
import os
import sys
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from qiao import interactions, outreach, post
from qiao.kernel.ids import AgentId, new_id
from qiao.outreach import calling, notifying
from qiao.outreach.answering import STOPPED
from qiao.outreach.room import ROOM
from qiao.outreach.store import attempts, callbacks, consents, notices
from qiao.platform.failpoints import KILLED
from tests.outreach.doomed_process import promise, tell
from tests.outreach.reached import House

ROOT = Path(__file__).parents[2]


async def lived(outside: House, step: str, known: UUID, failpoint: str = "") -> int:
    """The exit code of a process that does the step."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.outreach.doomed_process", outside.database.url, outside.clock.now().isoformat(),
        step, str(known), cwd=ROOT, env={**os.environ, "QIAO_FAILPOINT": failpoint},
    )  # fmt: skip
    async with asyncio.timeout(60):
        return await process.wait()


async def before(outside: House, failpoint: str) -> UUID:
    """What must stand before the step; returns what the step is about."""
    person = await outside.customer()
    await outside.desk("doomed")
    if failpoint == notifying.RELEASED:
        outside.clock.forward(hours=12)
        await outside.do(tell, person.id)
        outside.clock.forward(hours=10)
    elif failpoint == STOPPED:
        await outside.do(post.received, person.numbers[0], "STOP", f"doomed-{person.id}")
    elif failpoint in (calling.QUEUED, calling.MISSED, calling.SETTLED):
        callback_id = await outside.do(promise, person.id)
        outside.clock.forward(hours=1)
        if failpoint == calling.QUEUED:
            return person.id
        await outside.settle()
        attempt = (await outside.do(outreach.callback, callback_id)).open_attempt
        assert attempt is not None
        if failpoint == calling.MISSED:
            outside.clock.forward(hours=1)
            return person.id
        agent_id = AgentId(new_id())
        await outside.do(interactions.assign, interaction_id=attempt.interaction_id, agent_id=agent_id)
        await outside.do(calling.answered, interaction_id=attempt.interaction_id, agent_id=agent_id)
        return attempt.interaction_id
    return person.id


async def done(outside: House, failpoint: str, known: UUID) -> int:
    """How often the step stands on record."""
    of_person = select(callbacks.c.id).where(callbacks.c.customer_id == known)
    table, fits = {
        notifying.NOTIFIED: (notices, notices.c.customer_id == known),
        notifying.RELEASED: (notices, (notices.c.customer_id == known) & (notices.c.state == "sent")),
        STOPPED: (consents, (consents.c.customer_id == known) & (consents.c.purpose == "service")),
        calling.PROMISED: (callbacks, callbacks.c.customer_id == known),
        calling.QUEUED: (attempts, attempts.c.callback_id.in_(of_person)),
        calling.MISSED: (callbacks, (callbacks.c.customer_id == known) & callbacks.c.missed_at.is_not(None)),
        calling.SETTLED: (attempts, (attempts.c.interaction_id == known) & (attempts.c.outcome == "no_answer")),
    }[failpoint]
    async with outside.database.transaction() as tx:
        found: int = await tx.scalar(select(func.count()).select_from(table).where(fits))
        return found


@pytest.mark.slow
@pytest.mark.parametrize("failpoint", ROOM.failpoints)
async def test_a_step_that_is_killed_left_nothing_and_is_done_once_by_the_next(outside: House, failpoint: str) -> None:
    known = await before(outside, failpoint)
    assert await lived(outside, failpoint, known, failpoint) == KILLED
    assert await done(outside, failpoint, known) == 0
    for _ in range(2):
        assert await lived(outside, failpoint, known) == 0
        assert await done(outside, failpoint, known) == 1
