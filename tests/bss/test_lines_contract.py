"""What every implementation of the Lines port must do; the sandbox is the first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from qiao.bss import Lines, Operator, OperatorAway
from qiao.bss.sandbox import (
    CAST,
    SandboxLines,
    mails_to,
    misbehave,
    owe,
    party_ref,
    plant_unwanted_subscription,
    set_price,
    texts_to,
    transfer_number,
)
from qiao.kernel.ids import new_id
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId

if TYPE_CHECKING:
    from qiao.platform.database import Database
    from tests.conftest import StillClock

SHI, LIN, HUANG, HENGDA, JONES, CHEN = (one.service for one in CAST)
BROADBAND = CAST[0].more[0]
NOBODY = ServiceId("mobile", "+8613900000001")
NOVEMBER, OCTOBER = "2026-11", "2026-10"


def key() -> str:
    return f"key-{new_id()}"


async def data_left(operator: Operator, service: ServiceId) -> int:
    plan = await operator.plan(service)
    assert plan is not None
    return next(one.left for one in plan.allowances if one.kind == "data")


async def bill_refs(operator: Operator, service: ServiceId, month: str = NOVEMBER) -> dict[str, Money]:
    bill = await operator.bill(service, month)
    assert bill is not None
    return {line.text["en"]: line.amount for line in bill.lines}


async def test_a_pack_buys_data_once_for_a_key_and_stands_on_the_bill(operator: Operator, lines: Lines) -> None:
    offered = {one.code: one for one in await lines.packs_offered(LIN)}
    pack = offered["data5"]
    assert await lines.packs_offered(BROADBAND) == []
    before, bill = await data_left(operator, LIN), await operator.bill(LIN, NOVEMBER)
    bought = key()
    told = await asyncio.gather(*(lines.buy_pack(LIN, "data5", key=bought) for _ in range(3)))
    assert {one.kind for one in told} == {"done"}
    after = await operator.bill(LIN, NOVEMBER)
    assert bill is not None
    assert after is not None
    charged = [line for line in after.lines if line.kind == "once"]
    assert [line.amount for line in charged] == [pack.price]
    assert await data_left(operator, LIN) - before <= pack.megabytes
    assert await data_left(operator, LIN) > before
    assert (await lines.buy_pack(LIN, "data999", key=key())).reason == "pack_not_offered"


async def test_data_bought_is_not_charged_as_beyond_the_plan(operator: Operator, lines: Lines) -> None:
    for _ in range(4):
        await lines.buy_pack(JONES, "data20", key=key())
    usage = {one.kind: one for one in await operator.usage(JONES, NOVEMBER)}
    assert usage["data"].charge == Money(0)


@pytest.mark.parametrize("feature", ["caller_display", "roaming", "ever_ring"])
async def test_a_feature_is_on_or_off_and_never_twice(operator: Operator, lines: Lines, feature: str) -> None:
    assert (await lines.switch(CHEN, feature, False, key=key())).reason == "not_on"  # type: ignore[arg-type]
    assert (await lines.switch(CHEN, feature, True, key=key())).kind == "done"  # type: ignore[arg-type]
    assert (await lines.switch(CHEN, feature, True, key=key())).reason == "already_on"  # type: ignore[arg-type]
    line = await lines.line(CHEN)
    assert line is not None
    assert feature in line.features
    assert (await lines.switch(CHEN, feature, False, key=key())).kind == "done"  # type: ignore[arg-type]
    line = await lines.line(CHEN)
    assert line is not None
    assert feature not in line.features
    assert (await lines.switch(NOBODY, feature, True, key=key())).reason == "number_unknown"  # type: ignore[arg-type]


async def test_what_costs_a_fee_is_on_the_bill_once_a_month_however_often_it_was_switched(
    operator: Operator, lines: Lines, clock: StillClock
) -> None:
    for on in (True, False, True):
        await lines.switch(HUANG, "caller_display", on, key=key())
        await lines.switch(HUANG, "ever_ring", on, key=key())
        clock.forward(minutes=1)
    bill = await operator.bill(HUANG, NOVEMBER)
    assert bill is not None
    assert [line.amount for line in bill.lines if line.text["en"] == "Caller display"] == [Money.of("6.00")]
    assert [line.amount for line in bill.lines if line.text["en"] == "Missed-call alert"] == [Money.of("3.00")]
    assert await lines.fee(HUANG, "caller_display_on") == Money.of("6.00")
    assert await lines.fee(HUANG, "roaming_on") is None


async def test_calls_are_passed_on_and_what_was_set_before_is_told(lines: Lines) -> None:
    assert (await lines.set_forwarding(LIN, "busy", "13800138000", key=key())).before == {}
    again = await lines.set_forwarding(LIN, "busy", "13900139000", key=key())
    assert again.before == {"number": "13800138000"}
    await lines.set_forwarding(LIN, "no_answer", "13700137000", key=key())
    line = await lines.line(LIN)
    assert line is not None
    assert line.forwarding == {"busy": "13900139000", "no_answer": "13700137000"}
    assert (await lines.set_forwarding(LIN, "all", LIN.value, key=key())).reason == "own_number"
    ended = await lines.end_forwarding(LIN, "busy", key=key())
    assert ended.before == {"number": "13900139000", "when": "busy"}
    assert (await lines.end_forwarding(LIN, None, key=key())).kind == "done"
    assert (await lines.end_forwarding(LIN, None, key=key())).reason == "not_on"


async def test_nobody_can_subscribe_a_number_that_refuses_all(
    operator: Operator, lines: Lines, database: Database
) -> None:
    assert await operator.subscriptions(SHI)
    assert (await lines.refuse_added(SHI, True, key=key())).kind == "done"
    assert await operator.subscriptions(SHI) == []
    async with database.transaction() as tx:
        assert await plant_unwanted_subscription(tx, SHI) == ""
    assert (await lines.switch(SHI, "ever_ring", True, key=key())).reason == "refuses_added"
    assert await operator.subscriptions(SHI) == []
    assert (await lines.refuse_added(SHI, True, key=key())).reason == "already_on"
    assert (await lines.refuse_added(SHI, False, key=key())).kind == "done"
    assert (await lines.refuse_added(SHI, False, key=key())).reason == "not_on"
    async with database.transaction() as tx:
        assert await plant_unwanted_subscription(tx, SHI)


async def test_a_lost_telephone_is_suspended_and_does_nothing_until_it_is_resumed(
    operator: Operator, lines: Lines, database: Database
) -> None:
    assert (await lines.resume(JONES, key=key())).reason == "not_suspended"
    assert (await lines.suspend(JONES, "lost", key=key())).kind == "done"
    holding, line = await operator.holder_of(JONES), await lines.line(JONES)
    assert holding is not None
    assert line is not None
    assert (holding.state, line.state, line.suspended_for) == ("suspended", "suspended", "lost")
    for refused in (
        await lines.buy_pack(JONES, "data1", key=key()),
        await lines.switch(JONES, "roaming", True, key=key()),
        await lines.set_forwarding(JONES, "all", "13800138000", key=key()),
        await lines.end_forwarding(JONES, None, key=key()),
        await lines.refuse_added(JONES, True, key=key()),
        await lines.add_to_family(JONES, LIN, key=key()),
    ):
        assert (refused.kind, refused.reason) == ("refused", "suspended")
    assert (await lines.suspend(JONES, "lost", key=key())).reason == "already_on"
    assert (await lines.resume(JONES, key=key())).kind == "done"
    holding = await operator.holder_of(JONES)
    assert holding is not None
    assert holding.state == "active"
    assert (await lines.suspend(JONES, "unpaid", key=key())).kind == "done"
    async with database.transaction() as tx:
        await owe(tx, JONES, Money.of("86.40"))
    assert (await lines.resume(JONES, key=key())).reason == "owes"
    async with database.transaction() as tx:
        await owe(tx, JONES, Money(0))
    assert (await lines.resume(JONES, key=key())).kind == "done"
    assert (await lines.suspend(JONES, "contract_ended", key=key())).kind == "done"
    assert (await lines.resume(JONES, key=key())).reason == "contract_ended"
    assert (await lines.resume(NOBODY, key=key())).reason == "number_unknown"
    assert (await lines.suspend(NOBODY, "lost", key=key())).reason == "number_unknown"


async def test_a_password_is_changed_to_what_is_not_too_simple(operator: Operator, lines: Lines) -> None:
    for simple in ("123456", "111111", "654321", "12345", "abcdef", "1234567"):
        assert (await lines.change_service_password(LIN, simple, key=key())).reason == "password_too_simple"
    assert (await lines.change_service_password(LIN, "482915", key=key())).kind == "done"
    assert await operator.check_service_password(LIN, "482915")
    assert (await lines.change_service_password(NOBODY, "482915", key=key())).reason == "number_unknown"


async def test_the_puk_goes_where_the_blocked_sim_is_not(lines: Lines, database: Database) -> None:
    told = await lines.send_puk(SHI, key=key())
    assert told.kind == "done"
    async with database.transaction() as tx:
        (subject, words), *_ = await mails_to(tx, f"{party_ref(0).lower()}@example.cn")
        assert subject == "PUK"
        assert SHI.value[-4:] in words
        assert await texts_to(tx, SHI) == []
        assert not any(part in str(told) for part in words.split())
        await transfer_number(tx, CHEN, to_party_ref=party_ref(0))
    await lines.send_puk(SHI, key=key())
    async with database.transaction() as tx:
        assert "PUK" in (await texts_to(tx, CHEN))[0][2]
    assert (await lines.send_puk(HUANG, key=key())).reason == "no_other_way", "the third has no e-mail"
    assert (await lines.send_puk(BROADBAND, key=key())).reason == "number_unknown"


async def test_a_new_sim_is_sent_and_charged_once_and_may_be_withdrawn_before_it_leaves(
    operator: Operator, lines: Lines, clock: StillClock
) -> None:
    assert (await lines.withdraw_sim_request(LIN, key=key())).reason == "not_on"
    assert (await lines.request_sim(LIN, key=key())).kind == "done"
    assert (await lines.request_sim(LIN, key=key())).reason == "already_on"
    assert (await bill_refs(operator, LIN))["SIM replacement"] == Money.of("10.00")
    assert (await lines.withdraw_sim_request(LIN, key=key())).kind == "done"
    assert "SIM replacement" not in await bill_refs(operator, LIN)
    await lines.request_sim(LIN, key=key())
    clock.forward(hours=30)
    assert (await lines.withdraw_sim_request(LIN, key=key())).reason == "sim_has_left"
    assert (await lines.request_sim(BROADBAND, key=key())).reason == "number_unknown"


async def test_a_family_has_numbers_of_this_operator_and_nine_at_most(
    operator: Operator, lines: Lines, database: Database
) -> None:
    assert (await lines.add_to_family(SHI, SHI, key=key())).reason == "own_number"
    assert (await lines.add_to_family(SHI, NOBODY, key=key())).reason == "not_ours"
    assert (await lines.add_to_family(SHI, LIN, key=key())).kind == "done"
    assert (await lines.add_to_family(SHI, LIN, key=key())).reason == "already_on"
    assert (await bill_refs(operator, SHI))[f"Family number {LIN.value[-4:]}"] == Money.of("1.00")
    for number in range(6, 14):
        (holding, *_) = await operator.holdings(party_ref(number))
        assert (await lines.add_to_family(SHI, holding.service, key=key())).kind == "done"
    assert (await lines.add_to_family(SHI, HUANG, key=key())).reason == "family_full"
    assert len(await lines.family(SHI)) == 9
    assert (await lines.take_from_family(SHI, LIN, key=key())).kind == "done"
    assert (await lines.take_from_family(SHI, LIN, key=key())).reason == "not_on"
    assert LIN not in {one.service for one in await lines.family(SHI)}


async def test_a_plan_changes_next_month_and_that_can_be_taken_back(
    operator: Operator, lines: Lines, clock: StillClock
) -> None:
    had = await operator.plan(HENGDA)
    assert had is not None
    changed = await operator.change_plan(HENGDA, "vip128", key=key(), starts="next_month")
    assert (changed.kind, changed.before) == ("done", {"plan_code": had.code})
    line = await lines.line(HENGDA)
    assert line is not None
    assert line.next_plan is not None
    assert str(line.next_plan_from) == "2026-12-01"
    now = await operator.plan(HENGDA)
    assert now is not None
    assert now.code == had.code
    assert (await operator.change_plan(HENGDA, had.code, key=key())).kind == "done", "what was to come ends"
    line = await lines.line(HENGDA)
    assert line is not None
    assert line.next_plan is None
    assert (await operator.change_plan(HENGDA, had.code, key=key())).reason == "plan_not_offered"
    await operator.change_plan(HENGDA, "vip128", key=key(), starts="next_month")
    clock.forward(days=10)
    then = await operator.plan(HENGDA)
    november, december = await operator.bill(HENGDA, NOVEMBER), await operator.bill(HENGDA, "2026-12")
    assert then is not None
    assert november is not None
    assert december is not None
    assert then.code == "vip128"
    assert f"plan-{had.code}" in {one.ref for one in november.lines}, "each month is billed by its own plan"
    assert "plan-vip128" in {one.ref for one in december.lines}


async def test_a_price_that_changed_is_what_the_next_one_pays(
    operator: Operator, lines: Lines, database: Database
) -> None:
    async with database.transaction() as tx:
        await set_price(tx, "data1", Money.of("11.00"))
        await set_price(tx, "free98", Money.of("108.00"))
    assert {one.code: one.price for one in await lines.packs_offered(HUANG)}["data1"] == Money.of("11.00")
    await lines.buy_pack(HUANG, "data1", key=key())
    await operator.change_plan(HUANG, "free98", key=key())
    assert {Money.of("11.00"), Money.of("108.00")} <= set((await bill_refs(operator, HUANG)).values())


async def test_what_is_owed_is_told_and_what_ran_ends_with_the_holder(lines: Lines, database: Database) -> None:
    service = CAST[3].service
    async with database.transaction() as tx:
        await owe(tx, service, Money.of("12.50"))
    line = await lines.line(service)
    assert line is not None
    assert line.owed == Money.of("12.50")
    await lines.switch(service, "roaming", True, key=key())
    async with database.transaction() as tx:
        await transfer_number(tx, service, to_party_ref=party_ref(30))
    line = await lines.line(service)
    assert line is not None
    assert line.features == frozenset()
    assert await lines.line(NOBODY) is None
    assert await lines.points(NOBODY) is None


@pytest.mark.parametrize("kind", ["hang", "error", "truncated", "wrong_customer"])
async def test_lines_that_misbehave_are_away_and_acts_are_unknown(
    database: Database, operator: Operator, kind: str
) -> None:
    assert isinstance(operator, Operator)
    lines = SandboxLines(database, answer_seconds=0.5)
    async with database.transaction() as tx:
        await misbehave(tx, kind)  # type: ignore[arg-type]
    with pytest.raises(OperatorAway):
        await lines.line(SHI)
    assert (await lines.buy_pack(SHI, "data1", key=f"away-{kind}")).kind == "unknown"
