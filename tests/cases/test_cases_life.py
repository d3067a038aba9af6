"""Promises make a case red or green, solving it needs proof, and two people who change it at once do not overwrite."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from qiao import cases, interactions
from qiao.cases.promising import DUE, LONGEST, promises_fall_due
from qiao.kernel.ids import CaseId, DeskId, new_id
from qiao.kernel.refused import InputNotUnderstood
from qiao.platform.database import Transaction
from qiao.platform.timers import timers
from tests.cases.matter_at_hand import WHY, Days, agent, customer, emitted, opened, timeline_of


async def promised(days: Days, case_id: CaseId, **ahead: float) -> UUID:
    due_at = days.clock.now() + timedelta(**(ahead or {"hours": 2}))
    return await days.do(cases.promise, case_id=case_id, what="Call back", due_at=due_at, agent_id=agent())


async def test_a_promise_kept_in_time_leaves_the_case_as_it_was(days: Days) -> None:
    who = customer()
    case_id = await days.do(opened, customer_id=who)
    promise_id = await promised(days, case_id)
    [matter] = await days.read(who, "en")
    assert (matter.late, matter.next_text.startswith("You hear from us by 11/23/26, 12:0")) == (False, True)
    assert (await days.whole(case_id)).case.due_at is not None
    for _ in range(2):
        await days.do(cases.keep_promise, promise_id=promise_id, how="Called", by="agent:1")
    days.clock.forward(days=1)
    assert await days.run_timers() == 0
    whole = await days.whole(case_id)
    [kept] = whole.promises
    assert (kept.state, kept.how, kept.broken_at) == ("kept", "Called", None)
    assert (whole.case.red, whole.case.due_at) == (False, None)
    assert (await days.emitted(case_id)).count("PromiseKept") == 1


async def test_a_promise_whose_time_passes_makes_the_case_red_until_it_is_kept(days: Days) -> None:
    who, me = customer(), agent()
    case_id = await days.do(opened, customer_id=who, agent_id=me)
    promise_id = await promised(days, case_id, hours=1)
    later = await promised(days, case_id, hours=3)
    assert await days.run_timers() == 0
    days.clock.forward(hours=1)
    [matter] = await days.read(who, "en")
    assert matter.late  # even before anybody has noted it
    assert await days.run_timers() == 1
    whole = await days.whole(case_id)
    assert (whole.case.red, whole.case.red_since) == (True, whole.promises[0].due_at)
    assert [one.state for one in whole.promises] == ["broken", "open"]
    assert whole.next_step.say("en") == "Keep the promise that is overdue: Call back"
    assert whole.case.due_at == whole.promises[1].due_at
    async with days.database.transaction() as tx:
        await promises_fall_due(tx, [str(promise_id), str(later), str(new_id())])  # at least once, and no more
        assert (await cases.count_of_agent(tx, me)) == cases.Counted(open=1, red=1)
        assert (await timeline_of(tx, who)).count("case.promise_broken") == 1
    assert (await days.emitted(case_id)).count("PromiseBroken") == 1

    await days.do(cases.keep_promise, promise_id=promise_id, how="", by=f"agent:{me}")
    whole = await days.whole(case_id)
    assert (whole.case.red, whole.promises[0].state) == (False, "kept_late")
    assert "late" not in (await days.read(who, "en"))[0].next_text


async def test_a_promise_is_made_for_a_time_ahead_and_with_words(days: Days) -> None:
    case_id = await days.do(opened)
    now, naive = days.clock.now(), datetime(2026, 12, 1)  # noqa: DTZ001
    for due_at in (now, now - timedelta(seconds=1), now + LONGEST + timedelta(minutes=5), naive):
        with pytest.raises(InputNotUnderstood) as refused:
            await days.do(cases.promise, case_id=case_id, what=" ", due_at=due_at, agent_id=agent())
        assert set(refused.value.fields) == {"what", "due_at"}
    assert (await days.whole(case_id)).promises == ()


async def test_a_promise_may_be_owned_by_another_and_its_timer_goes_with_it(tx: Transaction) -> None:
    case_id, colleague = await opened(tx), agent()
    due_at = tx.now + timedelta(hours=1)
    promise_id = await cases.promise(
        tx, case_id=case_id, what="Look", due_at=due_at, agent_id=agent(), owner_id=colleague
    )
    assert (await cases.case(tx, case_id)).promises[0].owner_id == colleague
    waiting = select(timers.c.due_at).where(timers.c.kind == DUE, timers.c.ref == str(promise_id))
    assert await tx.scalar(waiting) == due_at
    with pytest.raises(InputNotUnderstood):
        await cases.keep_promise(tx, promise_id=promise_id, how="x" * 501, by="agent:1")
    await cases.keep_promise(tx, promise_id=promise_id, how="", by="agent:1")
    assert await tx.scalar(waiting) is None


async def test_what_is_resolved_waits_for_proof_and_can_be_reopened(days: Days) -> None:
    who, me = customer(), agent()
    case_id = await days.do(opened, customer_id=who, agent_id=me)
    with pytest.raises(cases.CaseIsOpen):
        await days.do(cases.reopen_case, case_id=case_id, reason="again", by=f"agent:{me}")
    solving = {"case_id": case_id, "kind": "remedied", "what": "Removed", "agent_id": me, **WHY}
    await days.do(cases.resolve_case, **solving)
    with pytest.raises(cases.CaseIsResolved):
        await days.do(cases.resolve_case, **solving)
    with pytest.raises(InputNotUnderstood):
        await days.do(cases.reopen_case, case_id=case_id, reason=" ", by=f"customer:{who}")
    await days.do(cases.reopen_case, case_id=case_id, reason="还在扣费", by=f"customer:{who}")
    whole = await days.whole(case_id)
    assert (whole.case.status, whole.reopenings[0].reason) == ("waiting_for_us", "还在扣费")
    await days.do(cases.resolve_case, **solving)
    assert (await days.whole(case_id)).case.status == "resolved"
    assert [name for name in await days.emitted(case_id) if name in ("CaseResolved", "CaseReopened")] == [
        "CaseResolved", "CaseReopened", "CaseResolved",
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "what"), [("solved", "x"), ("remedied", ""), ("remedied", "x" * 8_001)])
async def test_a_resolution_needs_a_known_kind_and_words(tx: Transaction, kind: str, what: str) -> None:
    case_id = await opened(tx)
    with pytest.raises(InputNotUnderstood):
        await cases.resolve_case(tx, case_id=case_id, kind=kind, what=what, agent_id=agent(), **WHY)
    assert (await cases.case_alone(tx, case_id)).status == "open"


@pytest.mark.parametrize(("outcome", "solved"), [("failed", None), ("passed", "no")])
async def test_a_failed_check_or_the_customers_no_opens_it_again(days: Days, outcome: str, solved: str | None) -> None:
    case_id = await days.do(opened)
    solving = {"case_id": case_id, "kind": "remedied", "what": "Removed", "agent_id": agent(), **WHY}
    await days.do(cases.resolve_case, **solving)
    await days.proved(case_id, outcome="unknown")
    assert (await days.whole(case_id)).case.status == "resolved"
    await days.proved(case_id, outcome=outcome, solved=solved)
    whole = await days.whole(case_id)
    assert whole.case.status == "open"
    assert (whole.resolutions[0].verified, whole.resolutions[0].confirmed) == (
        outcome == "passed",
        None if solved is None else False,
    )
    await days.do(cases.resolve_case, **solving)


async def test_a_closed_case_takes_nothing_but_notes_until_it_is_reopened(days: Days) -> None:
    who, me = customer(), agent()
    case_id = await days.do(opened, customer_id=who, agent_id=me)
    asking = {"case_id": case_id, "items": ["short_code"], "interaction_id": None, "agent_id": me}
    request_id = await days.do(cases.request_information, **asking)
    await days.do(cases.resolve_case, case_id=case_id, kind="remedied", what="Removed", **WHY, agent_id=me)
    await days.proved(case_id, solved="yes")
    mine = {"case_id": case_id, "by": f"customer:{who}"}
    ours = {"case_id": case_id, "agent_id": me}
    due_at = days.clock.now() + timedelta(hours=1)
    async with days.database.transaction() as tx:
        for attempt in (
            cases.add_words(tx, text="x", **mine),
            cases.add_fact(tx, key="place", value="x", **mine),
            cases.add_tried(tx, step="x", outcome="", **mine),
            cases.add_declaration(tx, declaration="x", **mine),
            cases.answer_request(tx, request_id=request_id, item="short_code", value="3737", by=f"customer:{who}"),
            cases.request_information(tx, **{**asking, "items": ["place"]}),
            cases.promise(tx, what="x", due_at=due_at, **ours),
            cases.say_answer(tx, text="x", **ours),
            cases.withdraw_fact(tx, fact_id=new_id(), reason="x", **ours),
            cases.set_severity(tx, severity=1, **ours),
            cases.take_over(tx, case_id=case_id, agent_id=agent()),
            cases.hand_to_desk(tx, desk_id=DeskId(new_id()), **ours),
        ):
            with pytest.raises(cases.CaseIsClosed):
                await attempt
        await cases.add_note(tx, text="Seen again", **ours)
    await days.do(cases.reopen_case, reason="又来了", **mine)
    assert (await days.whole(case_id)).case.status == "waiting_for_us"
    await days.do(cases.add_words, text="又来了", **mine)


async def test_an_owner_a_desk_and_a_severity_change_once_and_are_told(tx: Transaction) -> None:
    first, second, desk = agent(), agent(), DeskId(new_id())
    case_id = await opened(tx, agent_id=first)
    for _ in range(2):
        await cases.take_over(tx, case_id=case_id, agent_id=second)
        await cases.hand_to_desk(tx, case_id=case_id, desk_id=desk, agent_id=second)
        await cases.set_severity(tx, case_id=case_id, severity=1, agent_id=second)
    found = await cases.case_alone(tx, case_id)
    assert (found.owner_id, found.desk_id, found.severity) == (second, desk, 1)
    await cases.set_severity(tx, case_id=case_id, severity=99, agent_id=second)
    assert (await cases.case_alone(tx, case_id)).severity == 4
    assert await emitted(tx, case_id) == [
        "CaseOpened", "CaseTakenOver", "CaseTakenOver", "CaseSeverityChanged", "CaseSeverityChanged",
    ]  # fmt: skip


async def test_whoever_saw_an_older_state_overwrites_nothing(tx: Transaction) -> None:
    case_id, me = await opened(tx), agent()
    seen = (await cases.case_alone(tx, case_id)).version
    await cases.take_over(tx, case_id=case_id, agent_id=me, seen_version=seen)
    for attempt in (
        cases.take_over(tx, case_id=case_id, agent_id=agent(), seen_version=seen),
        cases.set_severity(tx, case_id=case_id, severity=1, agent_id=me, seen_version=seen),
        cases.hand_to_desk(tx, case_id=case_id, desk_id=DeskId(new_id()), agent_id=me, seen_version=seen),
        cases.resolve_case(tx, case_id=case_id, kind="remedied", what="x", **WHY, agent_id=me, seen_version=seen),
        cases.reopen_case(tx, case_id=case_id, reason="x", by=f"agent:{me}", seen_version=seen),
    ):
        with pytest.raises(cases.CaseChangedMeanwhile):
            await attempt
    found = await cases.case_alone(tx, case_id)
    assert (found.owner_id, found.status, found.version) == (me, "open", seen + 1)


async def test_of_two_who_take_over_at_once_one_wins_and_the_other_is_told(days: Days) -> None:
    case_id = await days.do(opened)
    seen = (await days.whole(case_id)).case.version

    async def take() -> bool:
        async with days.database.transaction() as tx:
            try:
                await cases.take_over(tx, case_id=case_id, agent_id=agent(), seen_version=seen)
            except cases.CaseChangedMeanwhile:
                return False
        return True

    assert sorted(await asyncio.gather(*(take() for _ in range(4)))) == [False, False, False, True]


async def test_ten_things_told_at_once_are_all_kept(days: Days) -> None:
    case_id = await days.do(opened)

    async def tell(code: int) -> None:
        async with days.database.transaction() as tx:
            await cases.add_fact(tx, case_id=case_id, key="short_code", value=str(1000 + code), by="agent:1")

    await asyncio.gather(*(tell(code) for code in range(10)))
    case = (await days.whole(case_id)).case
    assert sorted(case.watch_terms) == [str(1000 + code) for code in range(10)]
    assert case.version == 12


async def test_the_timeline_tells_each_thing_in_a_line_that_leads_to_the_case(days: Days) -> None:
    who, me = customer(), agent()
    case_id = await days.do(opened, customer_id=who, own_words="Odd {text}", title="Odd {title}", agent_id=me)
    asking = {"case_id": case_id, "items": ["short_code"], "interaction_id": None, "agent_id": me}
    request_id = await days.do(cases.request_information, **asking)
    await days.do(cases.answer_request, request_id=request_id, item="short_code", value="3737", by=f"customer:{who}")
    promise_id = await promised(days, case_id, hours=1)
    days.clock.forward(hours=1)
    await days.run_timers()
    await days.do(cases.keep_promise, promise_id=promise_id, how="", by=f"agent:{me}")
    await days.do(cases.resolve_case, case_id=case_id, kind="remedied", what="Gone", **WHY, agent_id=me)
    await days.do(cases.reopen_case, case_id=case_id, reason="Not {gone}", by=f"customer:{who}")
    async with days.database.transaction() as tx:
        entries = (await interactions.timeline(tx, who)).entries
        number = (await cases.case_alone(tx, case_id)).number
    assert [interactions.line_of(entry, lambda words: words).replace(number, "7") for entry in entries] == [
        "case 7 opened: Odd {title}",
        "case 7, questions asked: 1",
        "case 7, the customer answered what was asked",
        "case 7, promised: “Call back”",
        "case 7, promise broken: “Call back”",
        "case 7, promise kept: “Call back”",
        "case 7, remedied: “Gone”",
        "case 7 reopened: “Not {gone}”",
    ]
    assert {interactions.entry_kind(entry.kind).href(entry) for entry in entries} == {f"/desk/cases/{case_id}"}
