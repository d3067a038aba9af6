"""Customers on real rows: recognised, number by number; codes that prove, stick, and end with the number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from qiao import customers
from qiao.bss.sandbox import CAST, SandboxOperator, fill, misbehave, party_ref, transfer_number
from qiao.kernel.ids import CustomerId, new_id
from qiao.kernel.origin import Origin
from qiao.kernel.refused import NotFound
from qiao.kernel.service_ids import ServiceId

if TYPE_CHECKING:
    from qiao.customers import Customer
    from qiao.platform.database import Database
    from tests.conftest import StillClock

SHI, JONES = CAST[0].service, CAST[4].service
NOBODY = ServiceId("mobile", "+8613900000001")
ORIGIN = Origin("chat")


@pytest.fixture
async def operator(database: Database) -> SandboxOperator:
    async with database.transaction() as tx:
        await fill(tx, customers=30)
        await misbehave(tx, None)
        await tx.execute(text("truncate one_time_codes, proof_tries, post_messages, rate_limits"))
    return SandboxOperator(database)


async def known(database: Database, operator: SandboxOperator, service: ServiceId) -> Customer:
    finding = await customers.look_up(operator, service)
    assert finding is not None
    async with database.transaction() as tx:
        return await customers.keep(tx, finding)


async def sent(database: Database, service: ServiceId) -> list[str]:
    async with database.transaction() as tx:
        rows = await tx.rows(
            text("select text from post_messages where recipient = :to order by accepted_at, id"), {"to": str(service)}
        )
    return [re.findall(r"\d{6}", row["text"])[0] for row in rows]


async def ask(database: Database, customer: CustomerId | None, service: ServiceId, purpose: str = "sign_in") -> None:
    async with database.transaction() as tx:
        await customers.send_code(
            tx, service=service, purpose=purpose, customer_id=customer, language="zh-CN", origin=ORIGIN
        )


async def check(database: Database, service: ServiceId, code: str, purpose: str = "sign_in") -> customers.CodeCheck:
    async with database.transaction() as tx:
        return await customers.check_code(tx, service=service, purpose=purpose, code=code)


async def test_whoever_holds_a_number_is_known_with_all_his_numbers_and_once(
    database: Database, operator: SandboxOperator
) -> None:
    shi = await known(database, operator, SHI)
    assert (shi.name, shi.segment, set(shi.numbers)) == ("师先生", "vip", {SHI, *CAST[0].more})
    assert (await known(database, operator, CAST[0].more[0])).id == shi.id
    assert await customers.look_up(operator, NOBODY) is None
    async with database.transaction() as tx:
        found = await customers.customer_of(tx, SHI)
        assert found is not None
        assert found.id == shi.id
        assert await customers.customer_of(tx, NOBODY) is None
        assert await customers.customers_by_ids(tx, []) == {}
        with pytest.raises(NotFound):
            await customers.customer(tx, CustomerId(new_id()))
        await customers.keep_snapshot(tx, shi.id, await customers.take_snapshot(operator, (SHI,)))
        kept = await customers.snapshot(tx, shi.id)
        assert kept is not None
        assert kept.body[str(SHI)]["plan"]["code"] == "vip128"


async def test_a_code_goes_to_the_number_is_good_once_and_only_for_its_purpose(
    database: Database, operator: SandboxOperator
) -> None:
    shi = await known(database, operator, SHI)
    await ask(database, shi.id, SHI)
    code = (await sent(database, SHI))[-1]
    assert not (await check(database, SHI, code, "contact:other")).ok
    assert (await check(database, SHI, code)).ok
    assert not (await check(database, SHI, code)).ok, "a code is taken once"


async def test_a_code_is_not_sent_twice_within_a_minute_and_ends_after_five(
    database: Database, operator: SandboxOperator, clock: StillClock
) -> None:
    shi = await known(database, operator, SHI)
    await ask(database, shi.id, SHI)
    await ask(database, shi.id, SHI)
    assert len(await sent(database, SHI)) == 1
    clock.forward(seconds=61)
    await ask(database, shi.id, SHI)
    first, second = await sent(database, SHI)
    assert not (await check(database, SHI, first)).ok or first == second
    clock.forward(minutes=5)
    assert not (await check(database, SHI, second)).ok


async def test_five_wrong_answers_block_the_number_for_a_day_on_every_channel(
    database: Database, operator: SandboxOperator, clock: StillClock
) -> None:
    shi = await known(database, operator, SHI)
    await ask(database, shi.id, SHI)
    right = (await sent(database, SHI))[-1]
    wrong = "000000" if right != "000000" else "111111"
    for number in range(5):
        answer = await check(database, SHI, wrong, f"contact:{number}")
    assert answer.blocked_until is not None
    assert (await check(database, SHI, right)).blocked_until == answer.blocked_until, "even the right one"
    async with database.transaction() as tx:
        assert not (await customers.may_try_password(tx, service=SHI)).ok
    clock.forward(seconds=120)
    await ask(database, shi.id, SHI)
    assert len(await sent(database, SHI)) == 1, "nothing is sent while it is blocked"
    clock.forward(hours=24)
    await ask(database, shi.id, SHI)
    assert (await check(database, SHI, (await sent(database, SHI))[-1])).ok


async def test_a_strangers_number_gets_the_same_answer_and_no_message(
    database: Database, operator: SandboxOperator
) -> None:
    async with database.transaction() as tx:
        nobody = await customers.send_code(
            tx, service=NOBODY, purpose="sign_in", customer_id=None, language="en", origin=ORIGIN
        )
    shi = await known(database, operator, SHI)
    async with database.transaction() as tx:
        somebody = await customers.send_code(
            tx, service=SHI, purpose="sign_in", customer_id=shi.id, language="en", origin=ORIGIN
        )
    assert nobody == somebody
    assert await sent(database, NOBODY) == []
    assert not (await check(database, NOBODY, "123456")).ok


async def test_a_number_that_changes_hands_takes_codes_and_holder_along(
    database: Database, operator: SandboxOperator
) -> None:
    jones = await known(database, operator, JONES)
    await ask(database, jones.id, JONES)
    code = (await sent(database, JONES))[-1]
    async with database.transaction() as tx:
        await transfer_number(tx, JONES, to_party_ref=party_ref(20))
    other = await known(database, operator, JONES)
    assert other.id != jones.id
    assert not (await check(database, JONES, code)).ok
    async with database.transaction() as tx:
        assert not await customers.holds(tx, jones.id, JONES)
        periods = await customers.numbers_of(tx, jones.id)
        assert [one.until is not None for one in periods if one.service == JONES] == [True]
    await ask(database, jones.id, JONES)
    assert len(await sent(database, JONES)) == 1, "the former holder has no code sent to it"
