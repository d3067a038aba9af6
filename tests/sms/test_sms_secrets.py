"""The number of a voucher by text: used once, and then in no row at all, whatever way it was told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from qiao import customers, selfservice
from qiao.bss import Operator
from qiao.bss.sandbox import CAST, print_voucher
from qiao.channels.sms.store import sms_sessions
from qiao.kernel.money import Money
from qiao.platform.database import metadata
from qiao.selfservice.operations import end_left
from qiao.selfservice.store import flow_sessions

if TYPE_CHECKING:
    from qiao.kernel.ids import CustomerId
    from tests.sms.texting import Centre

LIN = CAST[1].service
SESSIONS = (flow_sessions, sms_sessions)


def digits_in(words: str) -> str:
    [found] = re.findall(r"(?<![0-9.])[0-9]{4}(?![0-9-])", words)
    return str(found)


async def holds(here: Centre, secret: str) -> list[str]:
    """Every table with a column that holds it."""
    found = []
    async with here.database.transaction() as tx:
        for table in metadata.tables.values():
            for column in table.columns:
                told = f'select count(*) from {table.fullname} where "{column.name}"::text like :secret'
                if await tx.scalar(text(told), {"secret": f"%{secret}%"}):
                    found.append(f"{table.fullname}.{column.name}")
    return found


async def known(here: Centre) -> CustomerId:
    found = await customers.recognize(here.house, LIN)
    assert found is not None
    return found.id


async def balance(here: Centre) -> Money:
    told = await here.house.get(Operator).balance(LIN)
    assert told is not None
    return told.amount


async def test_a_voucher_told_behind_its_code_is_used_and_stands_nowhere(here: Centre) -> None:
    await here.do(print_voucher, "1111222233334444", Money.of("30"))
    before = await balance(here)
    [asked] = await here.text("充值卡 1111222233334444", sender=LIN)
    await here.text(digits_in(asked), sender=LIN)
    assert await balance(here) == before + Money.of("30")
    assert await holds(here, "1111222233334444") == []


@pytest.mark.slow
@pytest.mark.parametrize("good", [True, False])
async def test_a_voucher_told_in_a_flow_is_used_and_stands_nowhere(here: Centre, good: bool) -> None:
    number = "5555666677778888" if good else "5555666677779999"
    if good:
        await here.do(print_voucher, number, Money.of("20"))
    before = await balance(here)
    person = await known(here)
    assert {column.name for table in SESSIONS for column in table.columns} >= {"body", "pending", "heard", "confirming"}
    running = await here.do(
        selfservice.begin_flow,
        code="service_top_up_voucher",
        channel="chat",
        subject=f"chat:{good}",
        facts={"language": "zh-CN", "segment": "standard", "level": 2},
        customer_id=person,
        service=LIN,
    )

    async def say(told: selfservice.Input) -> selfservice.Advanced:
        return await selfservice.advance(here.house, session_id=running.id, told=told, wait_seconds=0.05)

    await say(selfservice.Begin())
    moved = await say(selfservice.Told(number[:8]))
    assert moved.running.session.hides
    moved = await say(selfservice.Told(number))
    sent = await here.sent(LIN)
    if moved.running.session.waits == "yes":
        moved = await say(selfservice.Told(digits_in(sent[-1])))
    await here.work()
    assert await balance(here) == before + (Money.of("20") if good else Money(0))
    await say(selfservice.Told("2"))
    assert await holds(here, number) == []


@pytest.mark.slow
async def test_a_voucher_told_in_a_flow_that_was_left_is_gone_with_it(here: Centre) -> None:
    number = "7777666677778888"
    person = await known(here)
    running = await here.do(
        selfservice.begin_flow,
        code="service_pay_bill_voucher",
        channel="chat",
        subject="chat:left",
        facts={"language": "zh-CN", "segment": "standard", "level": 2},
        customer_id=person,
        service=LIN,
    )
    for told in (selfservice.Begin(), selfservice.Told(number)):
        await selfservice.advance(here.house, session_id=running.id, told=told, wait_seconds=0.05)
    assert await holds(here, number) == ["flow_sessions.body"], "until it is used"
    here.clock.forward(days=2)
    await here.do(end_left)
    assert await holds(here, number) == []
