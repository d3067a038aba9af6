"""What the customer is told of his case: one text for each real step, in his language; calls promised and kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import text

from qiao import cases, interactions, outreach, post, routing
from qiao.bss import Holding, Party
from qiao.bss.sandbox import plant_unwanted_subscription
from qiao.bss.sandbox.doing import cancel
from qiao.cases.confirming import ask_customer
from qiao.cases.settling import locked
from qiao.customers import Finding, keep
from qiao.kernel.ids import CaseId, DeskId
from qiao.kernel.service_ids import ServiceId
from qiao.outreach.calling import answered
from qiao.outreach.room import ROOM as OUTREACH
from qiao.platform.events import Reader, ensure_cursors
from qiao.platform.timers import run_due
from tests.cases.proving import Centre, centre

if TYPE_CHECKING:
    from qiao.platform.database import Transaction
    from qiao.platform.house import House
    from tests.conftest import StillClock

TOLD = "outreach.service"


class Outside(Centre):
    """The centre with outreach at work beside it."""

    async def work(self) -> None:
        for _ in range(4):
            await super().work()
            for listener in OUTREACH.listeners:
                await Reader(self.database, listener).catch_up()
            await run_due(self.database, {timer.kind: timer for timer in OUTREACH.timers})
        await super().work()

    async def told(self) -> list[str]:
        return await self.texts(TOLD)


@pytest.fixture
async def here(house: House, clock: StillClock) -> Outside:
    made = await centre(house, clock)
    async with house.database.transaction() as tx:
        await ensure_cursors(tx, OUTREACH.listeners)
        await tx.execute(text("delete from outreach_notices"))
    outside = Outside(made.house, made.clock, made.shi)
    await outside.work()
    async with house.database.transaction() as tx:
        await tx.execute(text("delete from outreach_notices"))
        await tx.execute(text("delete from post_messages"))
    return outside


async def number_of(here: Outside, case_id: CaseId) -> str:
    return (await here.whole(case_id)).case.number


@pytest.mark.slow
async def test_each_real_step_is_told_once_and_nothing_else(here: Outside) -> None:
    case_id = await here.open()
    number = await number_of(here, case_id)
    await here.work()
    await here.do(cases.add_note, case_id=case_id, text="Internal", agent_id=here.me)
    await here.do(cases.say_answer, case_id=case_id, text="Told in the chat", agent_id=here.me)
    await here.work()
    assert await here.told() == [f"您的诉求已受理，编号 {number}。有进展会第一时间告知您，无需再次来电。"]
    await here.act(plant_unwanted_subscription, here.service)
    await here.until(2026, 11, 17, 6)
    assert [one.split("：")[0] for one in await here.told()][1:] == [f"诉求 {number}"]
    await here.resolve(case_id)  # the service still runs at the operator: the first check fails
    await here.work()
    await here.work()
    assert [("已处理" in one, "重新处理" in one) for one in await here.told()][2:] == [(True, False), (False, True)]
    about = await here.act(outreach.notices_about, f"case:{case_id}")
    assert [one.template for one in about] == ["case.reopened", "case.resolved", "case.seen", "case.opened"]
    lines = [entry.kind for entry in (await here.act(interactions.timeline, here.shi.id)).entries]
    assert lines.count("outreach.notice") == 4


@pytest.mark.slow
async def test_a_charge_that_was_found_and_held_is_told_with_its_amount_once_a_bill(here: Outside) -> None:
    case_id = await here.open()
    await here.work()
    here.at(2026, 11, 18, 3)
    ref = await here.act(plant_unwanted_subscription, here.service)
    here.at(2026, 11, 19, 3)
    await here.act(cancel(here.service, ref))
    await here.resolve(case_id)
    await here.until(2026, 12, 3, 8)
    await here.work()
    found = [one for one in await here.told() if "10.00" in one]
    assert len(found) == 1
    assert "2026-11" in found[0] and "已暂停收取" in found[0]


@pytest.mark.slow
async def test_at_night_he_is_told_in_the_morning_and_a_number_that_is_his_no_more_is_told_nothing(
    here: Outside,
) -> None:
    here.at(2026, 11, 14, 16)
    await here.open()
    await here.work()
    assert await here.told() == []
    await here.until(2026, 11, 15, 1)
    assert len(await here.told()) == 1
    here.at(2026, 11, 15, 16)
    await here.open()
    await here.work()
    heir = Party("heir", "Heir", "person", "standard", "en", None, "", "")
    await here.act(keep, Finding(heir, (Holding("heir", here.service, here.clock.now()),)))
    await here.until(2026, 11, 16, 6)
    assert len(await here.told()) == 1


async def asked(here: Outside) -> tuple[CaseId, UUID]:
    """A case whose customer is asked whether it is solved, every check having passed."""
    case_id = await here.open(category_code="inquiry/other", facts={})
    told = {"kind": "explained", "what": "All shown", "agent_id": here.me}
    await here.do(cases.resolve_case, case_id=case_id, **told)

    await here.proved(case_id)

    async def ask(tx: Transaction) -> UUID:
        for done in ("update case_checks set due_at = null", "delete from timers", "delete from procrastinate_jobs"):
            await tx.execute(text(done))
        resolution_id = (await cases.case(tx, case_id)).resolutions[-1].id
        question_id = await ask_customer(tx, case=await locked(tx, case_id), resolution_id=resolution_id)
        assert question_id is not None
        return question_id

    return case_id, await here.do(ask)


async def desk_of(here: Outside) -> DeskId:
    return await here.do(
        routing.ensure_desk, code="vip", names={"en": "VIP"}, unit_id=None, entry_points=["portal"], rules={}
    )


async def promised(here: Outside, case_id: CaseId, **given: Any) -> Any:
    now = here.clock.now()
    whole = {"what": "Call about the December bill", "window": (now + timedelta(hours=1), now + timedelta(hours=3))}
    desk = {"case_id": case_id, "agent_id": here.me, "desk_id": await desk_of(here)}
    return await here.do(cases.promise_call, **{**whole, **desk, **given})


async def test_a_call_promised_about_a_case_is_its_promise_and_kept_by_the_callback(here: Outside) -> None:
    case_id = await here.open()
    callback_id = await promised(here, case_id)
    [stands] = (await here.whole(case_id)).promises
    assert (stands.what, stands.state) == ("Call about the December bill", "open")
    here.clock.forward(hours=2)
    await here.work()
    attempt = (await here.act(outreach.callback, callback_id)).open_attempt
    assert attempt is not None
    contact = attempt.interaction_id
    whole = await here.whole(case_id)
    assert contact in whole.interactions
    assert (await here.act(interactions.interaction, contact)).topic == whole.case.title
    assert await here.act(interactions.contacts_on_matter, f"case:{case_id}") >= 1
    await here.do(interactions.assign, interaction_id=contact, agent_id=here.me)
    await here.do(answered, interaction_id=contact, agent_id=here.me)
    await here.do(interactions.wrap_up, interaction_id=contact, agent_id=here.me, disposition="information_given")
    await here.work()
    assert (await here.act(outreach.callback, callback_id)).state == "done"
    [kept] = (await here.whole(case_id)).promises
    assert kept.kept_at is not None
    assert kept.broken_at is None


async def test_a_call_nobody_made_breaks_the_promise_and_the_case_is_red(here: Outside) -> None:
    case_id = await here.open()
    callback_id = await promised(here, case_id)
    here.clock.forward(hours=4)
    await here.work()
    assert (await here.act(outreach.callback, callback_id)).red
    assert (await here.whole(case_id)).case.red


async def test_a_promise_kept_in_another_way_calls_nobody_and_a_withdrawn_call_breaks_nothing(here: Outside) -> None:
    case_id = await here.open()
    first, second = await promised(here, case_id), await promised(here, case_id, what="Another")
    [one, other] = (await here.whole(case_id)).promises
    await here.do(cases.keep_promise, promise_id=one.id, how="By chat", by=f"agent:{here.me}")
    await here.work()
    assert (await here.act(outreach.callback, first)).state == "withdrawn"
    await here.do(outreach.withdraw_callback, callback_id=second, by=f"customer:{here.shi.id}")
    await here.work()
    assert all(promise.kept_at for promise in (await here.whole(case_id)).promises)
    assert other.broken_at is None


async def test_with_nobody_to_call_nothing_is_promised(here: Outside) -> None:
    case_id = await here.open(customer_id=None, service_id=None)
    with pytest.raises(cases.NobodyToCall):
        await promised(here, case_id)
    assert (await here.whole(case_id)).promises == ()


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ("1", "closed"),
        ("２。", "waiting_for_us"),
        ("没解决", "waiting_for_us"),
        ("1 please", "verified"),
        ("3", "verified"),
    ],
)
async def test_a_yes_or_no_by_text_answers_the_open_question_of_whoever_holds_the_number(
    here: Outside, said: str, stands: str
) -> None:
    case_id, _ = await asked(here)
    assert not await hears(here, ServiceId("mobile", "+8613700000009"), said, f"strange-{said}")
    assert await here.status(case_id) == "verified"
    for key in (f"his-{said}", f"again-{said}"):
        await hears(here, here.service, said, key)
    assert await here.status(case_id) == stands


async def hears(here: Outside, number: ServiceId, said: str, key: str) -> bool:
    """A text from a number comes in, and is heard; returns whether it was an answer."""

    async def hear(tx: Transaction) -> bool:
        return await cases.hear_answer(tx, await post.text_in(tx, await post.received(tx, number, said, key)))

    answered: bool = await here.act(hear)
    await here.work()
    return answered


async def test_a_number_that_answers_a_later_menu_is_no_word_on_the_case(here: Outside) -> None:
    case_id, _ = await asked(here)

    async def hear(tx: Transaction, key: str, said: str, after: datetime) -> bool:
        text = await post.text_in(tx, await post.received(tx, here.service, said, key))
        return await cases.hear_answer(tx, text, asked_after=after)

    later = here.clock.now() + timedelta(minutes=1)
    assert not await here.act(hear, "menu-1", "1", later)
    assert await here.status(case_id) == "verified"
    assert await here.act(hear, "menu-2", "1", later - timedelta(days=1))
    await here.work()
    assert await here.status(case_id) == "closed"


async def test_of_two_questions_a_text_answers_the_case_it_names(here: Outside) -> None:
    (first, _), (second, _) = await asked(here), await asked(here)
    number = (await number_of(here, first)).replace("-", "").lower()
    assert await hears(here, here.service, f"{number} 是", "named")
    assert [await here.status(one) for one in (first, second)] == ["closed", "verified"]
