"""A resolution is proved by what the operator's systems show, or it does not stand; what is seen is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text, update

from qiao import cases
from qiao.bss.sandbox import misbehave, plant_unwanted_subscription, transfer_number
from qiao.bss.sandbox.doing import cancel
from qiao.cases import verifying
from qiao.cases.store import cases as rows_of_cases
from qiao.kernel.ids import CaseId
from qiao.platform.database import Transaction
from tests.cases.proving import Centre, centre

if TYPE_CHECKING:
    from qiao.platform.house import House
    from tests.conftest import StillClock


@pytest.fixture
async def here(house: House, clock: StillClock) -> Centre:
    return await centre(house, clock)


@pytest.mark.slow
async def test_a_cancelled_service_is_proved_by_two_bills_without_a_charge(here: Centre) -> None:
    case_id = await here.open()
    await here.resolve(case_id)
    await here.work()
    assert await here.outcomes(case_id) == {
        "cancelled": "passed", "this_bill": "unknown", "next_bill": "unknown", "reversed": "unknown",
    }  # fmt: skip
    assert await here.status(case_id) == "resolved"
    await here.until(2026, 12, 3, 8)
    assert (await here.outcomes(case_id))["this_bill"] == "passed"
    assert await here.status(case_id) == "resolved"
    await here.until(2027, 1, 3, 8)
    assert await here.status(case_id) == "verified"
    newest = (await here.whole(case_id)).resolutions[-1].id
    [seen] = [check.seen for check in (await here.proof(case_id)).of(newest) if check.condition == "cancelled"]
    assert seen[0].evidence["source"] == "operator/subscriptions"
    assert seen[0].evidence["as_of"].startswith("2026-11-14T06:0")
    assert {"CheckPassed", "ChecksScheduled", "CaseVerified", "ConfirmationAsked"} <= set(await here.emitted(case_id))
    [told] = await here.texts()
    assert "/confirm/" in told


@pytest.mark.slow
async def test_a_charge_on_the_issued_bill_keeps_the_case_open(here: Centre) -> None:
    case_id = await here.open()
    await here.work()
    here.at(2026, 11, 18, 3)
    ref = await here.act(plant_unwanted_subscription, here.service)
    here.at(2026, 11, 19, 3)
    await here.act(cancel(here.service, ref))
    await here.resolve(case_id)
    await here.work()
    assert (await here.outcomes(case_id))["cancelled"] == "passed"
    await here.until(2026, 12, 3, 8)
    whole, proof = await here.whole(case_id), await here.proof(case_id)
    assert whole.case.status == "open"
    assert whole.resolutions[-1].verified is False
    assert whole.case.returned_at is not None
    assert [(one.month, str(one.amount), one.provider_code, one.issued) for one in proof.charges] == [
        ("2026-11", "10.00", "3737", True)
    ]
    assert whole.next_step.act == "reverse"
    assert "2026-11" in whole.next_step.say("en")
    assert "10.00" in whole.next_step.say("zh-CN")
    [failed] = [check for check in proof.checks if check.outcome == "failed"]
    assert (failed.condition, failed.seen[-1].evidence["lines"][0]["left"]) == ("this_bill", "10.00")
    assert (await here.emitted(case_id)).count("CheckFailed") == 1


@pytest.mark.slow
async def test_what_cannot_be_known_is_asked_again_and_told_to_people_when_its_time_is_over(here: Centre) -> None:
    case_id = await here.open()
    await here.act(misbehave, "wrong_customer")
    await here.resolve(case_id)
    await here.work()
    [check] = [one for one in (await here.proof(case_id)).checks if one.condition == "cancelled"]
    assert (check.outcome, check.reason, check.tries) == ("unknown", "no_answer", 1)
    here.clock.forward(minutes=2)
    await here.work()
    [check] = [one for one in (await here.proof(case_id)).checks if one.condition == "cancelled"]
    assert check.tries == 2
    await here.until(2026, 11, 21, 12)
    whole = await here.whole(case_id)
    assert (whole.case.status, whole.case.red) == ("resolved", True)
    assert (await here.emitted(case_id)).count("CheckExpired") == 1
    await here.act(misbehave, None)
    await here.until(2026, 11, 23, 12)
    whole = await here.whole(case_id)
    assert ((await here.outcomes(case_id))["cancelled"], whole.case.red) == ("passed", False)


async def test_nothing_is_told_of_a_number_that_is_somebody_elses_by_now(here: Centre) -> None:
    case_id = await here.open()
    await here.resolve(case_id)
    await here.act(transfer_number, here.service, to_party_ref="P000009")
    await here.work()
    assert {check.reason for check in (await here.proof(case_id)).checks if check.tries} == {"number_changed_hands"}
    await here.until(2026, 11, 15, 8)
    assert (await here.proof(case_id)).watch.ended_why == "number_changed_hands"  # type: ignore[union-attr]
    async with here.database.transaction() as tx:
        it = {"it": str(here.service)}
        await tx.execute(text("delete from sandbox.holdings where party_ref = 'P000009' and service = :it"), it)
        back = "update sandbox.holdings set until = null, state = 'active' where service = :it"
        await tx.execute(text(back), it)


async def test_the_platforms_word_has_everything_looked_at_at_once_and_proves_nothing(here: Centre) -> None:
    case_id = await here.open()
    await here.act(plant_unwanted_subscription, here.service)
    await here.resolve(case_id)
    given = {"case_id": case_id, "reference": "MO-77", "what": "cancelled", "by": "system:monternet"}
    assert await here.do(verifying.platform_confirmed, **given)
    assert not await here.do(verifying.platform_confirmed, **given)
    await here.work()
    assert "failed" in (await here.outcomes(case_id)).values()
    assert await here.status(case_id) == "open"


async def test_an_unissued_bill_is_not_taken_for_an_empty_one(here: Centre) -> None:
    case_id = await here.open()
    await here.resolve(case_id)
    await here.do(verifying.platform_confirmed, case_id=case_id, reference="1", what="x", by="system:x")
    await here.work()
    found = {check.condition: check for check in (await here.proof(case_id)).checks}
    assert (found["this_bill"].outcome, found["this_bill"].reason) == ("unknown", "bill_not_readable")
    assert (found["this_bill"].tries, found["this_bill"].due_at) == (0, datetime(2026, 11, 30, 22, tzinfo=UTC))


@pytest.mark.parametrize(
    ("kind", "before"),
    [("explained", "told"), ("withdrawn", "words"), ("regulator", "fact")],
)
async def test_each_kind_of_resolution_has_conditions_of_its_own(here: Centre, kind: str, before: str) -> None:
    case_id = await here.open()
    await here.resolve(case_id, kind=kind)
    await here.work()
    assert (await here.status(case_id), set((await here.outcomes(case_id)).values())) == ("open", {"failed"})
    if before == "told":
        await here.do(cases.say_answer, case_id=case_id, text="This is the bill", agent_id=here.me)
    elif before == "words":
        await here.do(cases.add_words, case_id=case_id, text="算了", by=f"customer:{here.shi.id}")
    else:
        fact = {"key": "regulator_receipt", "value": "R-1", "by": f"agent:{here.me}"}
        await here.do(cases.add_fact, case_id=case_id, **fact)
    await here.resolve(case_id, kind=kind)
    await here.work()
    assert await here.status(case_id) == "verified"


@pytest.mark.slow
async def test_a_check_of_a_resolution_that_stands_no_more_is_let_go(here: Centre) -> None:
    case_id = await here.open()
    await here.resolve(case_id)
    await here.do(cases.reopen_case, case_id=case_id, reason="still there", by=f"customer:{here.shi.id}")
    await here.until(2027, 1, 4, 8)
    assert await here.status(case_id) == "waiting_for_us"
    assert all(check.due_at is None for check in (await here.proof(case_id)).checks)


@pytest.mark.slow
async def test_a_watch_finds_what_the_customer_feared_before_he_calls(here: Centre) -> None:
    case_id = await here.open()
    await here.until(2026, 11, 18, 2)
    watch = (await here.proof(case_id)).watch
    assert watch is not None
    assert watch.looks > 10
    ref = await here.act(plant_unwanted_subscription, here.service)
    await here.until(2026, 11, 18, 10)
    history, events = await here.history(case_id), await here.emitted(case_id)
    assert (history.count("watch_found_subscription"), events.count("WatchFound")) == (1, 2)
    facts = {fact.key: fact.value for fact in (await here.whole(case_id)).facts_standing}
    assert (facts["service_found"], facts["charge_amount"]) == ("易图通图片社区", "10.00")
    await here.until(2027, 1, 12, 8)
    watch = (await here.proof(case_id)).watch
    assert watch is not None
    assert watch.ended_why == "time"
    assert (await here.history(case_id)).count("watch_found_subscription") == 1
    assert ref.startswith("S")


async def test_a_category_that_looks_for_nothing_is_not_watched(here: Centre) -> None:
    case_id: CaseId = await here.open(category_code="inquiry/other", facts={})
    await here.work()
    assert (await here.proof(case_id)).watch is None


async def test_a_case_that_was_merged_waits_for_the_other_and_is_not_opened_again_by_it(here: Centre) -> None:
    first, second = await here.open(), await here.open()
    await here.do(cases.merge_case, case_id=second, into_id=first, agent_id=here.me, reason="the same charge")
    await here.work()
    assert (await here.status(second), await here.outcomes(second)) == ("resolved", {"other_case": "unknown"})


async def test_a_case_that_rests_is_on_no_work_list_and_on_screen_again_with_its_customer(here: Centre) -> None:
    case_id = await here.open()

    async def rests(tx: Transaction) -> None:
        await tx.execute(update(rows_of_cases).where(rows_of_cases.c.id == case_id).values(status="dormant"))

    await here.do(rests)
    async with here.database.transaction() as tx:
        assert [one.id for one in await cases.newest_of_agent(tx, here.me, 10)] == []
        assert (await cases.count_of_agent(tx, here.me)).open == 0
        assert (await cases.case_list(tx, unit_ids=[], owner_id=here.me)).cases == ()
        assert case_id in [one.id for one in await cases.open_cases_of(tx, here.shi.id)]


async def test_a_case_resolved_before_there_were_checks_gets_them(here: Centre) -> None:
    case_id = await here.open(category_code="inquiry/other", facts={})
    await here.resolve(case_id, kind="explained")
    for table in ("verifications", "case_checks"):
        await here.act(lambda tx, name=table: tx.execute(text(f"delete from {name} where case_id = '{case_id}'")))
    assert await here.act(verifying.plan_missing) >= 1
    assert await here.outcomes(case_id) == {"records_shown": "unknown"}
    assert await here.act(verifying.plan_missing) == 0
