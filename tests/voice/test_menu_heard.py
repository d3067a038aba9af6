"""Choosing by ear: silence leads to a person, zero does at every question, and money is spent by its digits alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text

from qiao import interactions, routing
from qiao.bss import Lines
from qiao.bss.sandbox import CAST, SandboxLines
from qiao.channels.voice.model import tally
from qiao.channels.voice.store import voice_calls
from tests.voice.centre import Hotline
from tests.voice.processes import qiao
from tests.voice.telling import choose_password, nothing_tells

if TYPE_CHECKING:
    from qiao.channels.voice.sandbox import PhoneCall

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
MARY = CAST[4]
PASSWORD = "482915"
FAULTS, PACKS = "10050", "10051"
A_CHOICE_SECONDS = 12


async def a_number(hotline: Hotline, number: str, code: str, flow: str, desk: str) -> None:
    """A service number with a flow of its own, and the desk that its callers come to."""
    async with hotline.house.database.transaction() as tx:
        names = {"en": code}
        await routing.ensure_entry_point(tx, number=number, code=code, names=names, language="zh-CN", flow=flow)
        await routing.ensure_desk(tx, code=desk, names=names, unit_id=None, entry_points=[code, desk], rules={})


async def said(hotline: Hotline, part: str, *, after: int = 0) -> str:
    """The sentence with this in it that the machine says in the newest call, after so many things that were keyed."""

    async def found() -> str:
        async with hotline.house.database.transaction() as tx:
            newest = select(voice_calls.c.interaction_id).order_by(voice_calls.c.began_at.desc()).limit(1)
            told = await interactions.messages_after(tx, await tx.scalar(newest), 0, 100)
        keyed = sum(one.author_kind == "customer" for one in told)
        last = told[-1].text if told and told[-1].author_kind == "bot" and keyed >= after else ""
        return next((line for line in last.splitlines() if part in line), "")

    return str(await hotline.until(found, 60))


async def place_of(hotline: Hotline) -> str:
    """The desk at which the newest call waits; "" while it waits at none."""
    async with hotline.house.database.transaction() as tx:
        newest = select(voice_calls.c.interaction_id).order_by(voice_calls.c.began_at.desc()).limit(1)
        stands = await routing.waiting_contact(tx, await tx.scalar(newest))
        desks = {one.id: one.code for one in await routing.desks(tx)}
    return desks[stands.desk_id] if stands is not None and stands.state == "waiting" else ""


async def waits_at(hotline: Hotline, desk: str) -> None:
    async def there() -> bool:
        return await place_of(hotline) == desk

    await hotline.until(there, 90)


async def test_the_fault_line_asks_what_is_wrong_and_after_two_silences_its_caller_is_with_a_person(
    hotline: Hotline,
) -> None:
    await a_number(hotline, FAULTS, "fault_line", "fault_line", "faults")
    async with hotline.worker():
        phone = await hotline.phone("+8613700009999")
        call = await phone.call(FAULTS)
        question = await hotline.prompt("这里是故障专线。是哪种情况？", "zh-CN")
        asked = await call.heard.hear(question)
        first = await call.heard.hear(await hotline.prompt("没信号", "zh-CN"), since=asked)
        assert first / 8000 < A_CHOICE_SECONDS, "what he calls about is the first that he may choose"
        again = await call.heard.hear(question, since=first)
        assert await place_of(hotline) == "", "one silence is no wish"
        await call.heard.hear(await hotline.own("wait_nobody", "zh-CN"), since=again)
        await waits_at(hotline, "faults")
        assert tally(await hotline.calls()) == {"offered": 1, "waiting": 1}
        await phone.close()


async def test_one_key_of_the_fault_line_begins_to_look_and_zero_is_a_person_at_once(hotline: Hotline) -> None:
    await a_number(hotline, FAULTS, "fault_line", "fault_line", "faults")
    async with hotline.worker():
        phone = await hotline.phone(MARY.service.value)
        call = await phone.call(FAULTS)
        asked = await call.heard.hear(await hotline.prompt("Fault line. What is wrong?", "en"))
        call.press("1")
        looked = "First we look at your line ourselves; you need not do anything."
        await call.heard.hear(await hotline.prompt(looked, "en"), since=asked)
        call.press("0")
        await waits_at(hotline, "faults")
        await phone.close()


async def at_the_price(hotline: Hotline) -> tuple[PhoneCall, int]:
    """Mary has chosen the first data pack, and hears what it costs; where that ends."""
    phone = await hotline.phone(MARY.service.value)
    call = await phone.call(PACKS)
    asked = await call.heard.hear(await hotline.prompt("Please enter your service password.", "en"))
    call.press(f"{PASSWORD}#")
    pack = await said(hotline, "top-up")
    told = await call.heard.hear(await hotline.prompt(pack, "en"), since=asked)
    call.press("1")
    price = await said(hotline, "digits")
    assert "10.00" in price, "she hears what it costs before she says yes"
    return call, await call.heard.hear(await hotline.prompt(price, "en"), since=told)


async def rows(hotline: Hotline, asked: str) -> list[Any]:
    async with hotline.house.database.transaction() as tx:
        return [row[0] for row in (await tx.execute(text(asked))).all()]


async def ordered(hotline: Hotline) -> list[Any]:
    return await rows(hotline, "select state from orders where code = 'buy_data_pack'")


async def digits_sent(hotline: Hotline) -> str:
    """The digits that were texted to her number."""
    told = await rows(
        hotline, "select text from post_messages where purpose = 'flow_confirmation' order by id desc limit 1"
    )
    return re.findall(r"(?<![0-9.])[0-9]{4}(?![0-9])", told[0])[0]  # type: ignore[no-any-return]


@pytest.fixture
async def shop(hotline: Hotline) -> Hotline:
    """A number under which data packs are bought, with nothing bought yet."""
    hotline.house.ports[Lines] = SandboxLines(hotline.house.database)
    await choose_password(hotline.house, MARY.service, PASSWORD)
    await a_number(hotline, PACKS, "packs", "service_buy_data_pack", "packs")
    async with hotline.house.database.transaction() as tx:
        await tx.execute(text("truncate order_confirmations"))
        await tx.execute(text("delete from orders where code = 'buy_data_pack'"))
    return hotline


async def test_what_costs_money_is_ordered_by_the_digits_that_were_sent_and_by_no_other_key(shop: Hotline) -> None:
    async with qiao(shop, "worker"), shop.worker():
        call, heard = await at_the_price(shop)
        digits = await digits_sent(shop)
        call.press(f"{int(digits) % 9999 + 1:04}#")
        wrong = await call.heard.hear(await shop.prompt("That is not right. Please try again.", "en"), since=heard)
        assert await ordered(shop) == [], "a wrong key buys nothing"
        call.press(f"{digits}#")

        async def bought() -> bool:
            return await ordered(shop) == ["done"]

        await shop.until(bought, 60)
        done = await said(shop, "", after=4)
        await call.heard.hear(await shop.prompt(done, "en"), since=wrong)
        await call.phone.close()
        await nothing_tells(shop, PASSWORD)


async def test_silence_over_a_price_buys_nothing_and_leads_to_a_person(shop: Hotline) -> None:
    async with shop.worker():
        call, heard = await at_the_price(shop)
        price = await said(shop, "digits you were sent")
        await call.heard.hear(await shop.prompt(price, "en"), since=heard, seconds=90)
        await waits_at(shop, "general")
        assert await ordered(shop) == []
        await call.phone.close()


@pytest.mark.parametrize("pressed", ["0", "0#"])
async def test_zero_is_a_person_where_digits_and_where_a_password_are_asked_for(shop: Hotline, pressed: str) -> None:
    async with shop.worker():
        phone = await shop.phone(MARY.service.value)
        call = await phone.call(PACKS)
        await call.heard.hear(await shop.prompt("Please enter your service password.", "en"))
        call.press(pressed)
        await waits_at(shop, "general")
        await phone.close()
        call, _ = await at_the_price(shop)
        call.press(pressed)
        await waits_at(shop, "general")
        assert await ordered(shop) == []
        await call.phone.close()
