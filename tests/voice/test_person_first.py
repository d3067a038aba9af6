"""Whoever wants a person first says so once: from then on no menu, half his name, the line; and takes it back there."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from qiao import customers, routing
from qiao.bss.sandbox import CAST
from qiao.channels.voice.model import tally
from qiao.channels.voice.script import greeting
from qiao.channels.voice.store import voice_calls
from qiao.platform.audit import audit_entries
from tests.voice.centre import HOTLINE, Hotline

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
MARY = CAST[4]
MENU = "Hello. Please press a key."
KEPT = "It is kept. Your next call goes straight to a person; press 3 while you wait to change it back."
QUESTION = "From now on your calls go straight to a person, without this menu. Shall we keep it so?"


async def wants(hotline: Hotline) -> bool:
    async with hotline.house.database.transaction() as tx:
        person = await customers.customer_of(tx, MARY.service)
    return person is not None and person.person_first


async def choose(hotline: Hotline, *, on: bool) -> None:
    await customers.recognize(hotline.house, MARY.service)
    async with hotline.house.database.transaction() as tx:
        person = await customers.customer_of(tx, MARY.service)
        assert person is not None
        await customers.choose_person_first(tx, customer_id=person.id, on=on)


async def test_she_chooses_it_by_key_and_her_next_call_waits_for_a_person_at_once(hotline: Hotline) -> None:
    await choose(hotline, on=False)
    async with hotline.worker():
        phone = await hotline.phone(MARY.service.value)
        call = await phone.call(HOTLINE)
        told = await call.heard.hear(await hotline.prompt(MENU, "en"))
        call.press("8")
        told = await call.heard.hear(await hotline.prompt(QUESTION, "en"), since=told)
        call.press("1")
        await call.heard.hear(await hotline.prompt(KEPT, "en"), since=told)
        assert await wants(hotline)
        await call.hang_up()
        again = await phone.call(HOTLINE)
        greeted = await again.heard.hear(await hotline.prompt(greeting(MARY.name, "en"), "en"))
        told = await again.heard.hear(await hotline.own("wait_nobody", "en"), since=greeted)
        offered = await again.heard.hear(await hotline.own("menu_offer", "en"), since=told)
        assert again.heard.find(await hotline.prompt(MENU, "en")) is None, "no menu was read to her"
        assert tally(await hotline.calls())["waiting"] == 1
        again.press("3")
        await again.heard.hear(await hotline.own("menu_again", "en"), since=offered)
        assert not await wants(hotline)
        async with hotline.house.database.transaction() as tx:
            newest = select(voice_calls).order_by(voice_calls.c.began_at.desc()).limit(1)
            row = await tx.one(newest)
            assert row is not None
            stands = await routing.waiting_contact(tx, row["interaction_id"])
            acts = await tx.rows(
                select(audit_entries.c.details)
                .where(audit_entries.c.act == "do.person_first", audit_entries.c.customer_id == row["customer_id"])
                .order_by(audit_entries.c.at)
            )
        assert stands is not None and stands.state == "waiting", "she keeps her place"
        assert [one["details"] for one in acts][-2:] == [{"on": True}, {"on": False}]
        await phone.close()


async def test_a_number_that_nobody_vouches_for_gets_nothing_of_it(hotline: Hotline) -> None:
    await choose(hotline, on=True)
    settings = hotline.house.settings
    sea = settings.voice.trunks[0].model_copy(update={"asserted": False})
    unsure = settings.voice.model_copy(update={"trunks": (sea,)})
    hotline.house.settings = settings.model_copy(update={"voice": unsure})
    async with hotline.worker():
        phone = await hotline.phone(MARY.service.value)
        call = await phone.call(HOTLINE)
        await call.heard.hear(await hotline.prompt("您好，请按键选择。", "zh-CN"))
        call.press("8")
        call.press("0")
        await hotline.until(lambda: _waits(hotline))
        assert call.heard.find(await hotline.prompt(greeting(MARY.name, "en"), "en")) is None
        assert call.heard.find(await hotline.own("menu_offer", "zh-CN")) is None
        call.press("3")
        await call.hang_up()
        await phone.close()
    assert await wants(hotline), "whoever forges her number changes nothing of hers"


async def _waits(hotline: Hotline) -> bool:
    return tally(await hotline.calls()).get("waiting") == 1
