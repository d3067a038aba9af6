"""kill -9 at every step of a proof, a watch, a clock and the customer's word: the same final state, each step once."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from qiao import outreach, routing
from qiao.bss.sandbox import plant_unwanted_subscription
from qiao.bss.sandbox.doing import cancel
from qiao.cases import jobs, verifying, watching
from qiao.cases.asking import ANSWER_WRITTEN
from qiao.cases.charges import HELD
from qiao.cases.clocks_due import STEPS_WRITTEN
from qiao.cases.confirming import ANSWERED
from qiao.cases.operations import OPEN_WRITTEN
from qiao.cases.promising import BREACH_WRITTEN
from qiao.cases.resting import RESTED
from qiao.cases.room import ROOM
from qiao.cases.store import verifications
from qiao.platform.failpoints import KILLED
from tests.cases.proving import Centre, centre

if TYPE_CHECKING:
    from qiao.kernel.ids import CaseId
    from qiao.platform.house import House
    from tests.conftest import StillClock

ROOT = Path(__file__).parents[2]
ELSEWHERE = {OPEN_WRITTEN, ANSWER_WRITTEN, BREACH_WRITTEN, "cases.import.after_batch"}
"""tests/cases/test_cases_crash.py walks these, test_cases_import.py that of an import."""
OF_A_BILL = (jobs.CHECK_BEGUN, jobs.CHECK_SEEN, verifying.SETTLED, HELD)
OF_A_WATCH = (jobs.WATCH_SEEN, watching.FOUND)
OF_A_WORD = (verifying.SCHEDULED, ANSWERED, RESTED)
OF_A_CLOCK = (STEPS_WRITTEN,)


@pytest.fixture
async def here(house: House, clock: StillClock) -> Centre:
    return await centre(house, clock)


async def lived(here: Centre, step: str, known: CaseId, failpoint: str = "") -> int:
    """The exit code of a process that does the step at the centre's instant."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.cases.doomed_work", here.database.url, here.clock.now().isoformat(), step,
        str(known), cwd=ROOT, env={**os.environ, "QIAO_FAILPOINT": failpoint},
    )  # fmt: skip
    async with asyncio.timeout(90):
        return await process.wait()


async def killed_then_done(here: Centre, step: str, known: CaseId, failpoint: str) -> None:
    """Killed at the failpoint; what is done after it, twice, is done by processes that live."""
    assert await lived(here, step, known, failpoint) == KILLED
    assert await lived(here, step, known) == 0


def test_every_failpoint_of_the_room_is_walked_here_or_there() -> None:
    assert set(ROOM.failpoints) == ELSEWHERE | {*OF_A_BILL, *OF_A_WATCH, *OF_A_WORD, *OF_A_CLOCK}


@pytest.mark.slow
@pytest.mark.parametrize("failpoint", OF_A_BILL)
async def test_a_charge_is_seen_once_and_held_once_whoever_is_killed(here: Centre, failpoint: str) -> None:
    case_id = await here.open()
    await here.work()
    here.at(2026, 11, 18, 3)
    ref = await here.act(plant_unwanted_subscription, here.service)
    here.at(2026, 11, 19, 3)
    await here.act(cancel(here.service, ref))
    await here.resolve(case_id)
    await here.until(2026, 12, 1, 12)
    here.at(2026, 12, 3, 8)
    await killed_then_done(here, "work", case_id, failpoint)
    assert await lived(here, "work", case_id) == 0
    history = await here.history(case_id)
    assert (history.count("check_failed"), history.count("charge_held")) == (1, 1)
    assert len((await here.proof(case_id)).charges) == 1
    assert (await here.whole(case_id)).case.status == "open"
    async with here.database.transaction() as tx:
        told = select(func.count()).where(verifications.c.case_id == case_id, verifications.c.outcome == "failed")
        assert await tx.scalar(told) == 1


@pytest.mark.slow
@pytest.mark.parametrize("failpoint", OF_A_WATCH)
async def test_a_watch_finds_a_thing_once_whoever_is_killed(here: Centre, failpoint: str) -> None:
    case_id = await here.open()
    await here.until(2026, 11, 18, 2)
    await here.act(plant_unwanted_subscription, here.service)
    here.at(2026, 11, 18, 20)
    await killed_then_done(here, "work", case_id, failpoint)
    assert await lived(here, "work", case_id) == 0
    assert (await here.history(case_id)).count("watch_found_subscription") == 1


@pytest.mark.slow
async def test_a_solution_that_was_killed_is_not_there_and_then_there_once(here: Centre) -> None:
    case_id = await here.open()
    assert await lived(here, "resolve", case_id, verifying.SCHEDULED) == KILLED
    assert (await here.whole(case_id)).resolutions == ()
    assert await lived(here, "resolve", case_id) == 0
    assert len((await here.whole(case_id)).resolutions) == 1
    assert len((await here.proof(case_id)).checks) == 4


@pytest.mark.slow
@pytest.mark.parametrize(("failpoint", "step", "ends"), [(ANSWERED, "confirm", "closed"), (RESTED, "work", "dormant")])
async def test_his_word_or_his_silence_counts_once_whoever_is_killed(
    here: Centre, failpoint: str, step: str, ends: str
) -> None:
    desk = {"code": "vip", "names": {"en": "vip"}, "unit_id": None, "entry_points": ["portal"], "rules": {}}
    await here.do(routing.ensure_desk, **desk)
    case_id = await here.open()
    await here.resolve(case_id)
    await here.until(2027, 1, 3, 8)
    assert await here.status(case_id) == "verified"
    if failpoint == RESTED:
        await here.until(2027, 1, 14, 8)
        async with here.database.transaction() as tx:
            [owed] = await outreach.callbacks_about(tx, f"case:{case_id}")
        assert owed.preferred_agent_id == here.me, "one human call is owed before the case may rest"
        here.at(2027, 1, 20, 8)
    assert await lived(here, step, case_id, failpoint) == KILLED
    assert await here.status(case_id) == "verified"
    assert await lived(here, step, case_id) == 0
    assert await here.status(case_id) == ends


@pytest.mark.slow
async def test_a_step_of_a_clock_is_taken_once_whoever_is_killed(here: Centre) -> None:
    case_id = await here.open(category_code="fault/broadband/down", facts={})
    await here.work()
    here.clock.forward(minutes=35)
    assert await lived(here, "work", case_id, STEPS_WRITTEN) == KILLED
    assert "clock_breached" not in await here.history(case_id)
    assert await lived(here, "work", case_id) == 0
    assert await lived(here, "work", case_id) == 0
    assert (await here.history(case_id)).count("clock_breached") == 1
