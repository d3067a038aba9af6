"""What every implementation of the Operator port must do; the sandbox is the first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from qiao.bss import Operator, OperatorAway, UsageRecord
from qiao.bss.sandbox import (
    CAST,
    SandboxOperator,
    fill,
    misbehave,
    party_ref,
    plant_unwanted_subscription,
    texts_to,
    transfer_number,
)
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId

if TYPE_CHECKING:
    from qiao.platform.database import Database
    from tests.conftest import StillClock

SHI = CAST[0].service
LIN = CAST[1].service
NOBODY = ServiceId("mobile", "+8613900000001")


@pytest.fixture
async def operator(database: Database) -> Operator:
    async with database.transaction() as tx:
        await fill(tx, customers=40)
        await misbehave(tx, None)
    return SandboxOperator(database, answer_seconds=3.0)


async def test_a_number_has_one_holder_and_the_holder_has_his_numbers(operator: Operator) -> None:
    holding = await operator.holder_of(SHI)
    assert holding is not None
    party = await operator.party(holding.party_ref)
    assert party is not None
    assert (party.name, party.segment) == ("师先生", "vip")
    assert {one.service for one in await operator.holdings(holding.party_ref)} == {SHI, *CAST[0].more}
    assert await operator.holder_of(NOBODY) is None
    assert await operator.party("P999999") is None


async def test_what_is_used_never_exceeds_the_plan_and_beyond_it_is_on_the_bill(operator: Operator) -> None:
    plan = await operator.plan(SHI)
    assert plan is not None
    assert all(0 <= one.used <= one.total for one in plan.allowances)
    month = "2026-10"
    usage = await operator.usage(SHI, month)
    bill = await operator.bill(SHI, month)
    assert bill is not None
    beyond = sum(one.charge.minor for one in usage)
    assert sum(line.amount.minor for line in bill.lines if line.kind == "usage") == beyond
    assert bill.total == Money(sum(line.amount.minor for line in bill.lines))


async def test_usage_is_paged_without_gap_or_double(operator: Operator) -> None:
    whole = await operator.usage_records(SHI, "2026-10", limit=1000)
    read: list[UsageRecord] = []
    before = None
    while True:
        page = await operator.usage_records(SHI, "2026-10", before, 17)
        read += page.records
        before = page.before
        if before is None:
            break
    assert read == list(whole.records)
    assert len({one.ref for one in read}) == len(read)


async def test_a_bill_is_issued_on_the_third_and_never_changes_after(
    operator: Operator, database: Database, clock: StillClock
) -> None:
    open_bill = await operator.bill(LIN, "2026-11")
    assert open_bill is not None
    assert open_bill.state == "open"
    clock.forward(days=20)
    issued = await operator.bill(LIN, "2026-11")
    assert issued is not None
    assert issued.state == "issued"
    for one in await operator.subscriptions(LIN):
        await operator.cancel_subscription(LIN, one.ref, key=f"after-{one.ref}")
    assert await operator.bill(LIN, "2026-11") == issued
    assert [one.month for one in await operator.bills(LIN, 3)] == ["2026-12", "2026-11", "2026-10"]


async def test_a_service_nobody_asked_for_appears_with_its_provider_and_on_the_bill(
    operator: Operator, database: Database
) -> None:
    assert "3737" not in {one.short_code for one in await operator.subscriptions(SHI)}
    async with database.transaction() as tx:
        ref = await plant_unwanted_subscription(tx, SHI)
    found = next(one for one in await operator.subscriptions(SHI) if one.ref == ref)
    assert (found.short_code, found.ordered_by) == ("3737", "provider")
    provider = await operator.provider("3737")
    assert provider is not None
    assert provider.name == found.provider_name
    bill = await operator.bill(SHI, "2026-11")
    assert bill is not None
    assert any(line.provider_code == "3737" for line in bill.lines)
    outcome = await operator.cancel_subscription(SHI, ref, key="cancel-it")
    assert outcome.kind == "done"
    assert ref not in {one.ref for one in await operator.subscriptions(SHI)}
    again = await operator.cancel_subscription(SHI, ref, key="cancel-it")
    assert again == outcome, "the same key is the same act"
    assert (await operator.cancel_subscription(SHI, ref, key="another")).kind == "refused"


async def test_the_same_key_at_the_same_moment_is_done_once(operator: Operator, database: Database) -> None:
    told = await asyncio.gather(*(operator.reset_service_password(LIN, key="reset-1") for _ in range(5)))
    assert len(set(told)) == 1
    async with database.transaction() as tx:
        assert len(await texts_to(tx, LIN)) == 1


async def test_the_new_service_password_goes_to_the_number_and_nowhere_else(
    operator: Operator, database: Database
) -> None:
    outcome = await operator.reset_service_password(SHI, key="reset-2")
    async with database.transaction() as tx:
        words = (await texts_to(tx, SHI))[0][2]
    fresh = "".join(character for character in words if character.isdigit())
    assert fresh not in str(outcome)
    assert await operator.check_service_password(SHI, fresh)
    assert not await operator.check_service_password(SHI, "000000")
    assert not await operator.check_service_password(NOBODY, fresh)


async def test_plans_change_to_what_is_offered_only(operator: Operator) -> None:
    offered = [one.code for one in await operator.plans_offered(LIN)]
    assert (await operator.change_plan(LIN, offered[0], key="plan-1")).kind == "done"
    plan = await operator.plan(LIN)
    assert plan is not None
    assert plan.code == offered[0]
    assert (await operator.change_plan(LIN, "gold999", key="plan-2")).kind == "refused"


async def test_an_address_is_corrected_and_nonsense_refused(operator: Operator) -> None:
    ref = party_ref(0)
    assert (await operator.correct_address(ref, " 北京市西城区新街口 1 号 ", key="address-1")).kind == "done"
    party = await operator.party(ref)
    assert party is not None
    assert party.address == "北京市西城区新街口 1 号"
    assert (await operator.correct_address(ref, "   ", key="address-2")).kind == "refused"


@pytest.mark.parametrize("kind", ["hang", "error", "truncated", "wrong_customer"])
async def test_an_operator_that_misbehaves_is_away_and_its_acts_are_unknown(
    operator: Operator, database: Database, kind: str
) -> None:
    async with database.transaction() as tx:
        await misbehave(tx, kind)  # type: ignore[arg-type]
    with pytest.raises(OperatorAway):
        await operator.balance(SHI)
    outcome = await operator.cancel_all_subscriptions(LIN, key=f"all-{kind}")
    assert outcome.kind == "unknown"
    async with database.transaction() as tx:
        await misbehave(tx, None)
    settled = await operator.cancel_all_subscriptions(LIN, key=f"all-{kind}")
    assert settled.kind == "done", "asked again under the same key it can be told"


async def test_a_number_that_changes_hands_takes_nothing_of_its_former_holder_along(
    operator: Operator, database: Database, clock: StillClock
) -> None:
    service = CAST[4].service
    assert await operator.subscriptions(service)
    async with database.transaction() as tx:
        await transfer_number(tx, service, to_party_ref=party_ref(20))
    clock.forward(hours=1)
    holding = await operator.holder_of(service)
    assert holding is not None
    assert holding.party_ref == party_ref(20)
    assert await operator.subscriptions(service) == []
    assert await operator.bill(service, "2026-10") is None
    assert (await operator.usage_records(service, "2026-10")).records == ()
