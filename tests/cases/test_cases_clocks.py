"""Clocks of real cases: started, stopped, retargeted; what is due is done once, whoever is killed meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from qiao import cases
from qiao.cases.clock_book import built_in_book
from qiao.cases.clocks import CLOCK_DUE
from qiao.cases.store_clocks import case_clocks
from qiao.kernel.ids import new_id
from qiao.platform.timers import timers
from tests.cases.matter_at_hand import WHY, agent, customer, opened

if TYPE_CHECKING:
    from qiao.cases import ClockShown
    from qiao.kernel.ids import CaseId
    from tests.cases.matter_at_hand import Days

FAULT = "fault/broadband/down"


async def clocks(days: Days, case_id: CaseId) -> dict[str, ClockShown]:
    async with days.database.transaction() as tx:
        return {one.kind: one for one in (await cases.clocks_of(tx, [case_id]))[case_id]}


async def waits(days: Days, case_id: CaseId) -> set[str]:
    """Clocks of the case that a timer waits for."""
    async with days.database.transaction() as tx:
        found = select(timers.c.ref).where(timers.c.kind == CLOCK_DUE, timers.c.ref.startswith(str(case_id)))
        return {row["ref"].rpartition(":")[2] for row in await tx.rows(found)}


async def kinds(days: Days, case_id: CaseId) -> list[str]:
    return [line.kind for line in (await days.whole(case_id)).history]


async def test_a_case_has_the_clocks_of_the_first_rule_that_holds(days: Days) -> None:
    fault = await days.do(opened, category_code=FAULT)
    shown = await clocks(days, fault)
    assert {kind: one.target_seconds for kind, one in shown.items()} == {
        "first_answer": 1800,
        "next_update": 4 * 3600,
        "solution": 24 * 3600,
    }
    assert await waits(days, fault) == set(shown)
    thanks = await days.do(opened, category_code="thanks/service")
    assert await clocks(days, thanks) == {}


async def test_they_stand_while_the_customer_is_asked_and_stop_when_it_is_resolved(days: Days) -> None:
    whose, me = customer(), agent()
    case_id = await days.do(opened, category_code=FAULT, customer_id=whose, agent_id=me)
    days.clock.forward(minutes=9)
    asked = {"case_id": case_id, "items": ["lights"], "interaction_id": None, "agent_id": me}
    request = await days.do(cases.request_information, **asked)
    shown = await clocks(days, case_id)
    assert shown["first_answer"].met_at is not None, "a question is an answer"
    assert (shown["solution"].standing, shown["solution"].left_seconds) == (True, 24 * 3600 - 600)
    assert await waits(days, case_id) == set()
    days.clock.forward(hours=50)
    by = f"customer:{whose}"
    await days.do(cases.answer_request, request_id=request, item="lights", value="red", by=by)
    assert not (await clocks(days, case_id))["solution"].standing
    await days.do(cases.resolve_case, case_id=case_id, kind="remedied", what="done", agent_id=me, **WHY)
    solved = (await clocks(days, case_id))["solution"]
    assert (solved.standing, solved.breach_at, solved.left_seconds) == (True, None, 24 * 3600 - 660)
    assert solved.met_at is not None
    await days.do(cases.reopen_case, case_id=case_id, reason="again", by=f"agent:{me}")
    again = (await clocks(days, case_id))["solution"]
    assert (again.met_at, again.standing, again.left_seconds) == (None, False, 24 * 3600 - 660)


async def test_each_step_is_taken_once_in_its_time_and_told_on_the_case(days: Days) -> None:
    me = agent()
    case_id = await days.do(opened, category_code=FAULT, agent_id=me, severity=2)
    await days.do(cases.say_answer, case_id=case_id, text="We look into it.", agent_id=me)
    days.clock.forward(hours=3)
    await days.run_timers()
    assert (await kinds(days, case_id))[-1] == "clock_warned"
    days.clock.forward(hours=1)
    await days.run_timers()
    await days.run_timers()
    told = await kinds(days, case_id)
    assert (told.count("clock_warned"), told.count("clock_breached")) == (1, 1)
    assert (await clocks(days, case_id))["next_update"].breached_at is not None
    days.clock.forward(hours=2)
    await days.run_timers()
    whole = await days.whole(case_id)
    assert whole.case.severity == 1, "half as late again, and the severity is raised"
    emitted = await days.emitted(case_id)
    assert {"ClockWarned", "ClockBreached", "CaseSeverityChanged"} <= set(emitted)


async def test_a_clock_that_moved_before_its_timer_ran_does_nothing(days: Days) -> None:
    me = agent()
    case_id = await days.do(opened, category_code=FAULT, agent_id=me)
    from qiao.cases.clocks_due import clocks_fall_due

    await days.do(clocks_fall_due, refs=[f"{case_id}:first_answer", f"{new_id()}:solution"])
    assert "clock_warned" not in await kinds(days, case_id)


async def test_another_severity_brings_other_targets_and_keeps_what_was_used(days: Days) -> None:
    me = agent()
    case_id = await days.do(opened, category_code=FAULT, severity=3, agent_id=me)
    assert (await clocks(days, case_id))["solution"].target_seconds == 48 * 3600
    days.clock.forward(hours=10)
    await days.do(cases.set_severity, case_id=case_id, severity=1, agent_id=me)
    solution = (await clocks(days, case_id))["solution"]
    assert (solution.target_seconds, round(solution.left_seconds / 60)) == (24 * 3600, 24 * 60 - 601)


async def test_an_edited_book_is_for_new_cases_and_old_ones_keep_theirs(days: Days) -> None:
    old = await days.do(opened, category_code=FAULT)
    edited: dict[str, Any] = {
        "calendars": built_in_book()["calendars"],
        "rules": [{"code": "all", "calendar": "always", "targets": {"solution": "3h"}}],
    }
    await days.do(cases.keep_book, definition=edited, by="agent:x")
    new = await days.do(opened, category_code=FAULT)
    assert (await clocks(days, old))["solution"].target_seconds == 24 * 3600
    assert {kind: one.target_seconds for kind, one in (await clocks(days, new)).items()} == {"solution": 3 * 3600}
    with pytest.raises(cases.ClocksNotUnderstood, match="there is no calendar none"):
        broken = {**edited, "rules": [{"code": "all", "calendar": "none", "targets": {"solution": "3h"}}]}
        await days.do(cases.keep_book, definition=broken, by="agent:x")
    await days.do(cases.keep_book, definition=dict(built_in_book()), by="agent:x")
    assert (await clocks(days, await days.do(opened, category_code=FAULT))).keys() > {"solution"}


async def test_two_workers_at_once_take_each_step_once(days: Days) -> None:
    made = [await days.do(opened, category_code=FAULT) for _ in range(12)]
    days.clock.forward(minutes=31)
    await asyncio.gather(*(days.run_timers() for _ in range(3)))
    async with days.database.transaction() as tx:
        rows = await tx.rows(select(case_clocks).where(case_clocks.c.case_id.in_(made)))
    first = [row for row in rows if row["kind"] == "first_answer"]
    assert [row["steps_done"] for row in first] == [2] * len(made)
    for case_id in made:
        told = await kinds(days, case_id)
        assert told.count("clock_breached") == 1
        assert told.count("clock_warned") == 0, "both steps were due at once: one line"
