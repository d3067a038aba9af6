"""Customers on real rows: recognised, number by number; codes that prove, stick, and end with the number."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from qiao import customers
from qiao.bss import Operator, OperatorAway
from qiao.bss.sandbox import CAST, SandboxOperator, fill, misbehave, party_ref, transfer_number
from qiao.customers.jobs import forget_codes
from qiao.customers.model import FAILURES_MAX
from qiao.kernel.ids import CustomerId, new_id
from qiao.kernel.origin import Origin
from qiao.kernel.refused import NotFound
from qiao.kernel.service_ids import ServiceId

if TYPE_CHECKING:
    from qiao.customers import Customer
    from qiao.platform.database import Database
    from qiao.platform.house import House
    from tests.conftest import StillClock

SHI, JONES = CAST[0].service, CAST[4].service
NOBODY = ServiceId("mobile", "+8613900000001")
ORIGIN = Origin("chat")


@pytest.fixture
async def operator(database: Database) -> SandboxOperator:
    async with database.transaction() as tx:
        await fill(tx, customers=30)
        await misbehave(tx, None)
        await tx.execute(text("truncate one_time_codes, proof_tries, post_messages, rate_limits, events"))
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


async def test_what_the_operator_said_of_an_account_is_kept_with_its_date(
    database: Database, operator: SandboxOperator, clock: StillClock
) -> None:
    shi = await known(database, operator, SHI)
    first = clock.now()
    told = customers.account_as_told(
        await operator.plan(SHI),
        await operator.balance(SHI),
        await operator.bills(SHI, 3),
        await operator.subscriptions(SHI),
    )
    for minutes, as_of in ((0, first), (4, first), (1, first + timedelta(minutes=5))):
        clock.forward(minutes=minutes)
        async with database.transaction() as tx:
            await customers.keep_snapshot(tx, shi.id, SHI, told)
            kept = await customers.snapshot(tx, shi.id, SHI)
        assert kept is not None
        assert (kept.as_of, kept.body["plan"]["code"], len(kept.body["bills"])) == (as_of, "vip128", 3)
    async with database.transaction() as tx:
        assert await customers.snapshot(tx, CustomerId(new_id()), SHI) is None


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


async def test_wrong_answers_of_a_former_holder_do_not_lock_out_the_next(
    database: Database, operator: SandboxOperator
) -> None:
    jones = await known(database, operator, JONES)
    for _ in range(FAILURES_MAX):
        told = await check(database, JONES, "000000")
    assert told.blocked_until is not None
    async with database.transaction() as tx:
        await transfer_number(tx, JONES, to_party_ref=party_ref(21))
    other = await known(database, operator, JONES)
    assert other.id != jones.id
    await ask(database, other.id, JONES)
    assert (await check(database, JONES, (await sent(database, JONES))[-1])).ok


async def test_asking_again_tells_nothing_about_a_number_either(
    database: Database, operator: SandboxOperator, clock: StillClock
) -> None:
    shi = await known(database, operator, SHI)
    answers: dict[ServiceId, list[customers.CodeSent]] = {SHI: [], NOBODY: []}
    for _ in range(3):
        for service, customer_id in ((SHI, shi.id), (NOBODY, None)):
            async with database.transaction() as tx:
                answers[service].append(
                    await customers.send_code(
                        tx, service=service, purpose="sign_in", customer_id=customer_id, language="en", origin=ORIGIN
                    )
                )
        clock.forward(seconds=25)
    assert answers[SHI] == answers[NOBODY]
    assert answers[SHI][0] == answers[SHI][2], "the minute runs from the first time it was asked for"


async def test_whoever_has_proved_it_may_ask_for_another_code_at_once(
    database: Database, operator: SandboxOperator
) -> None:
    shi = await known(database, operator, SHI)
    await ask(database, shi.id, SHI)
    assert (await check(database, SHI, (await sent(database, SHI))[-1])).ok
    await ask(database, shi.id, SHI)
    assert len(await sent(database, SHI)) == 2


async def test_wrong_answers_at_the_same_moment_are_all_counted(database: Database, operator: SandboxOperator) -> None:
    await known(database, operator, SHI)
    answers = await asyncio.gather(*(check(database, SHI, "000000", f"contact:{number}") for number in range(7)))
    assert sum(one.blocked_until is not None for one in answers) == 3, "the fifth, and all after it"
    async with database.transaction() as tx:
        assert await tx.scalar(text("select failures from proof_tries")) == FAILURES_MAX


class Listening(SandboxOperator):
    """An operator that knows one service password and remembers how often it was asked."""

    asked = 0
    away = False

    async def check_service_password(self, service: ServiceId, password: str) -> bool:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise OperatorAway
        return password == "481516"


async def test_a_hundred_service_passwords_at_once_are_five_tries(
    house: House, database: Database, operator: SandboxOperator
) -> None:
    shi = await known(database, operator, SHI)
    listening = Listening(database)
    house.ports[Operator] = listening
    assert (await customers.check_password(house, service=SHI, password="481516")).ok
    guesses = (customers.check_password(house, service=SHI, password=f"{number:06d}") for number in range(100))
    answers = await asyncio.gather(*guesses)
    assert not any(one.ok for one in answers)
    assert listening.asked == 1 + FAILURES_MAX
    blocked = await customers.check_password(house, service=SHI, password="481516")
    assert not blocked.ok, "even the right one"
    assert blocked.blocked_until is not None
    await ask(database, shi.id, SHI)
    assert await sent(database, SHI) == [], "no other way round it"
    async with database.transaction() as tx:
        told = "select count(*) from events where name = 'customers.ProvingBlocked' and aggregate = :who"
        assert await tx.scalar(text(told), {"who": f"customer:{shi.id}"}) == 1


async def test_a_password_that_nobody_could_check_is_no_wrong_answer(
    house: House, database: Database, operator: SandboxOperator
) -> None:
    listening = Listening(database)
    listening.away = True
    house.ports[Operator] = listening
    for _ in range(FAILURES_MAX + 1):
        with pytest.raises(OperatorAway):
            await customers.check_password(house, service=SHI, password="481516")
    async with database.transaction() as tx:
        assert (await customers.may_try_password(tx, service=SHI)).ok


async def test_codes_and_wrong_answers_are_kept_no_longer_than_they_count(
    house: House, database: Database, operator: SandboxOperator, clock: StillClock
) -> None:
    shi = await known(database, operator, SHI)
    await ask(database, shi.id, SHI)
    await check(database, NOBODY, "000000")

    async def left() -> tuple[int, int]:
        await forget_codes(house)
        async with database.transaction() as tx:
            counts = [await tx.scalar(text(f"select count(*) from {one}")) for one in ("one_time_codes", "proof_tries")]
        return counts[0], counts[1]

    assert await left() == (1, 1)
    clock.forward(minutes=6)
    assert await left() == (0, 1)
    clock.forward(hours=24)
    assert await left() == (0, 0)
