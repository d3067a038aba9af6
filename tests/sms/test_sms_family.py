"""A number joins a family group only when whoever holds it says so by text; both are told what became of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from qiao import catalogue, customers
from qiao.bss import Lines
from qiao.bss.sandbox import CAST, misbehave, set_price
from qiao.kernel.money import Money
from qiao.kernel.origin import Origin

if TYPE_CHECKING:
    from tests.sms.texting import Centre

LIN, HUANG, CHEN = CAST[1].service, CAST[2].service, CAST[5].service


@pytest.fixture(autouse=True)
async def _as_new(here: Centre) -> None:
    async with here.database.transaction() as tx:
        for table in ("order_confirmations", "order_consents", "proof_tries", "rate_limits", "sandbox.features"):
            await tx.execute(text(f"delete from {table}"))


def digits_in(words: str) -> str:
    [found] = re.findall(r"(?<![0-9.])[0-9]{4}(?![0-9-])", words)
    return str(found)


async def family(here: Centre) -> set[str]:
    return {one.service.value for one in await here.house.get(Lines).family(LIN)}


async def asked(here: Centre) -> tuple[str, str]:
    """Lin orders it; what she is told, and what the other number is asked."""
    [choose] = await here.text(f"加亲情号 {HUANG.national}", sender=LIN)
    before = await here.count(HUANG)
    [told] = await here.text(digits_in(choose), sender=LIN)
    [question] = (await here.sent(HUANG))[before:]
    return told, question


async def test_nobody_joins_before_he_agreed_and_then_both_are_told(here: Centre) -> None:
    told, question = await asked(here)
    assert "征求对方同意" in told
    assert LIN.national in question
    assert await family(here) == set()
    lin = await here.count(LIN)
    [wrong] = await here.text("0000" if digits_in(question) != "0000" else "1111", sender=HUANG)
    assert "不是发给您的数字" in wrong
    [agreed] = await here.text(f"{digits_in(question)}。", sender=HUANG)
    assert "您已同意" in agreed
    assert await family(here) == {HUANG.value}
    assert "已办理成功" in (await here.sent(LIN))[lin:][-1]
    assert await here.text(digits_in(question), sender=HUANG) != [agreed], "it is over"


async def test_a_no_is_told_to_both_and_nothing_is_done(here: Centre) -> None:
    await asked(here)
    lin = await here.count(LIN)
    [refused] = await here.text("不同意", sender=HUANG)
    assert "不会加入" in refused
    assert "对方不同意" in (await here.sent(LIN))[lin:][-1]
    assert await family(here) == set()


async def test_what_costs_more_by_the_time_he_agrees_is_not_done_and_its_price_is_told_anew(here: Centre) -> None:
    _, question = await asked(here)
    lin = await here.count(LIN)
    async with here.database.transaction() as tx:
        await set_price(tx, "add_family_number", Money.of("9.99"))
    await here.text(digits_in(question), sender=HUANG)
    assert "价格已变" in (await here.sent(LIN))[lin:][-1]
    assert await family(here) == set()
    [choose] = await here.text(f"加亲情号 {HUANG.national}", sender=LIN)
    assert "9.99" in choose
    async with here.database.transaction() as tx:
        await set_price(tx, "add_family_number", Money.of("1.00"))


async def test_silence_is_no_consent_and_both_are_told_when_it_is_over(here: Centre) -> None:
    _, question = await asked(here)
    lin, huang = await here.count(LIN), await here.count(HUANG)
    here.clock.forward(hours=5)
    await here.work()
    assert await here.count(LIN) == lin, "it may still come"
    here.clock.forward(hours=20)
    await here.work()
    assert "没有回复" in (await here.sent(LIN))[lin:][-1]
    assert "已过期" in (await here.sent(HUANG))[huang:][-1]
    await here.text(digits_in(question), sender=HUANG)
    assert await family(here) == set(), "too late"


async def test_the_digits_stand_in_no_conversation(here: Centre) -> None:
    _, question = await asked(here)
    await here.text(digits_in(question), sender=HUANG)
    said = await here.said(await here.contact(HUANG))
    assert digits_in(question) not in " ".join(words for _, words in said)


async def test_whoever_ordered_elsewhere_is_told_by_text_too(here: Centre) -> None:
    chen = await customers.recognize(here.house, CHEN)
    assert chen is not None
    async with here.database.transaction() as tx:
        order = await catalogue.place_order(
            tx,
            code="add_family_number",
            customer_id=chen.id,
            target=CHEN,
            parameters={"member": HUANG.national},
            actor_ref=f"customer:{chen.id}",
            level=2,
            basis="self",
            origin=Origin("web", None, f"customer:{chen.id}"),
            key="family:web",
            confirmed=True,
        )
    chens, huangs = await here.count(CHEN), await here.count(HUANG)
    await here.work()
    [question] = (await here.sent(HUANG))[huangs:]
    async with here.database.transaction() as tx:
        assert (await catalogue.order(tx, order.id)).waits_for_consent
    await here.text(digits_in(question), sender=HUANG)
    assert len((await here.sent(CHEN))[chens:]) == 1
    async with here.database.transaction() as tx:
        assert (await catalogue.order(tx, order.id)).state == "done"


@pytest.mark.slow
async def test_nobody_is_asked_without_end_nor_for_what_cannot_be(here: Centre) -> None:
    [choose] = await here.text(f"加亲情号 {LIN.national}", sender=LIN)
    [own] = await here.text(digits_in(choose), sender=LIN)
    assert "本机号码" in own
    for _ in range(3):
        await asked(here)
        await here.text("N", sender=HUANG)
    huang = await here.count(HUANG)
    [choose] = await here.text(f"加亲情号 {HUANG.national}", sender=LIN)
    [told] = await here.text(digits_in(choose), sender=LIN)
    assert "多次收到请求" in told
    assert await here.count(HUANG) == huang


async def test_an_operator_who_is_away_leaves_nobody_asked_and_it_is_tried_again(here: Centre) -> None:
    [choose] = await here.text(f"加亲情号 {HUANG.national}", sender=LIN)
    huang = await here.count(HUANG)
    await here.do(misbehave, "error")
    await here.text(digits_in(choose), sender=LIN)
    assert await here.count(HUANG) == huang
    await here.do(misbehave, None)
    here.clock.forward(seconds=20)
    await here.work()
    assert await here.count(HUANG) == huang + 1
