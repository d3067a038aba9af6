"""An emergency from abroad, cut short: at the emergency desk, called back at one key, a card sent, a word owed."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from qiao import cases, interactions, routing
from qiao.channels.voice.emergencies import HOTLINE as MINISTRY
from qiao.channels.voice.emergencies import card, is_foreign, on_contact_answered
from qiao.channels.voice.model_emergency import NUMBERS_MINUTE_MAX
from qiao.channels.voice.room import ROOM as VOICE
from qiao.channels.voice.sandbox.sound import loud, tone
from qiao.channels.voice.store import voice_calls
from qiao.channels.voice.store_emergency import voice_emergencies
from qiao.kernel.ids import CaseId
from qiao.kernel.languages import LANGUAGES
from qiao.platform.settings import Settings
from qiao.routing import ContactAnswered
from tests.voice.abroad import (
    ABROAD,
    EMBASSY,
    ROAMING,
    Abroad,
    breaks_off,
    broke_off,
    cases_of,
    hints_told,
    rows,
    texts_to,
    waiting,
)
from tests.voice.centre import events_told
from tests.voice.conversing import CALLER, hears, talk_together
from tests.voice.staffed import at_work


def test_a_number_is_foreign_by_its_country_code() -> None:
    assert is_foreign(ABROAD.value, "CN") and not is_foreign("+8613901007763", "CN")
    assert not is_foreign("nothing", "CN")


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_stranger_abroad_whose_line_broke_is_called_back_at_one_key_with_the_card_on_screen_and_by_text(
    abroad: Abroad,
) -> None:
    hotline = abroad.hotline
    async with hotline.worker():
        phone = await hotline.phone(ABROAD.value)
        await breaks_off(hotline, phone)
        await phone.close()
    (texted,) = await texts_to(hotline, ABROAD.value)
    async with hotline.house.database.transaction() as tx:
        row = await tx.one(select(voice_calls).where(voice_calls.c.matter != ""))
        assert row is not None
        case_id = CaseId(UUID(row["matter"].removeprefix("case:")))
        contact = await interactions.interaction(tx, row["interaction_id"])
        stands = await routing.waiting_contact(tx, contact.id)
        said = await interactions.messages_after(tx, contact.id, 0, 10)
        (desk,) = [one for one in await routing.desks(tx) if one.code == "emergency"]
        case = await cases.case_alone(tx, case_id)
    assert MINISTRY in texted and EMBASSY in texted and "0" in texted
    assert [one.text for one in said] == [texted], "the same card is on screen"
    assert stands is not None and stands.state == "waiting" and stands.desk_id == desk.id
    assert case.desk_id == desk.id and case.customer_id is None
    assert card(hotline.house.settings, "+33612345678", "en", calls=True).count("Embassy") == 0

    theirs = await abroad.telephone()
    async with hotline.worker(), at_work(hotline) as (agent, desk_phone), events_told(hotline, VOICE):
        talk = await desk_phone.pick_up(seconds=60)
        ringing = await theirs.rung()
        assert f"<sip:{ROAMING}@" in theirs.asked(ringing).one("from"), "he sees the number that he had called"
        his = await theirs.pick_up(seconds=60)  # though +229 is no destination that may be dialled otherwise
        await talk_together(his, talk)

        async def owed() -> Any:
            async with hotline.house.database.transaction() as tx:
                return (await cases.case(tx, case_id)).promises

        assert [one.owner_id for one in await hotline.until(owed)] == [agent.id]
        async with hotline.house.database.transaction() as tx:
            await on_contact_answered(tx, ContactAnswered(contact.id, agent.id, desk.id, 1.0))
        assert len(await owed()) == 1, "heard twice, one promise"
        await his.hang_up()
        await theirs.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_who_tries_three_times_has_one_case_one_text_and_one_call_that_waits_since_his_first(
    abroad: Abroad,
) -> None:
    hotline = abroad.hotline
    number = "+2290197123457"
    async with hints_told(hotline), hotline.worker():
        phone = await hotline.phone(number)
        for _ in range(3):
            await breaks_off(hotline, phone)
        first = (await rows(hotline))[0]

        async def one_waits() -> bool:
            return len(await waiting(hotline)) == 1

        await hotline.until(one_waits)  # those that he made needless himself are over, too
        (stands,) = await waiting(hotline)
        assert (stands.state, stands.queued_at) == ("waiting", first["began_at"])
        assert len(await texts_to(hotline, number)) == 1
        (case_id,) = await cases_of(hotline)
        async with hotline.house.database.transaction() as tx:
            about = await cases.interactions_of(tx, CaseId(case_id))
        his = [row["interaction_id"] for row in await rows(hotline) if row["dialled"]]
        assert len(his) == 3 and set(his) < set(about), "each of his calls is on record in the one case"
        made = [row["outcome"] for row in await rows(hotline) if not row["dialled"]]
        assert sorted(made) == ["", "overflowed", "overflowed"]
        await phone.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_two_calls_of_one_number_that_break_off_at_once_are_one_matter(abroad: Abroad) -> None:
    hotline = abroad.hotline
    number = "+2290197123458"
    async with hotline.worker():
        phones = [await hotline.phone(number) for _ in range(2)]
        calls = [await phone.call(ROAMING) for phone in phones]
        assert [call.status for call in calls] == [200, 200]
        for call in calls:
            await call.heard.until(lambda call=call: loud(call.heard.samples()) > 4000, 60)
        await asyncio.gather(*(call.hang_up() for call in calls))

        async def taken_up() -> bool:
            async with hotline.house.database.transaction() as tx:
                return len(await tx.rows(select(voice_emergencies.c.call_id))) == 2

        await hotline.until(taken_up)
        assert len(await cases_of(hotline)) == len(await waiting(hotline)) == len(await texts_to(hotline, number)) == 1
        for phone in phones:
            await phone.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_who_calls_himself_while_an_agents_telephone_rings_for_him_is_not_rung_and_the_agent_is_free(
    abroad: Abroad,
) -> None:
    hotline = abroad.hotline
    theirs = await abroad.telephone()
    async with hotline.worker():
        phone = await hotline.phone("+2290197123459")
        await breaks_off(hotline, phone)
        async with at_work(hotline) as (agent, desk_phone):
            ringing = await desk_phone.rung()
            desk_phone.rings.get_nowait()
            again = await phone.call(ROAMING)
            async with asyncio.timeout(30):
                await ringing.ended.wait()
            assert ringing.status == 0, "nobody has picked it up"
            talk = await desk_phone.pick_up(seconds=60)  # his own call, without a menu before it
            again.media.say(tone(CALLER, 60))
            await hears(talk, CALLER)
            assert theirs.rings.empty() and await waiting(hotline) == []
            async with hotline.house.database.transaction() as tx:
                (held,) = await routing.my_contacts(tx, agent.id)
            assert held.interaction_id == (await rows(hotline))[-1]["interaction_id"]
            async with hotline.house.database.transaction() as tx:
                stands = await routing.waiting_contact(tx, held.interaction_id)
                desks = {one.id: one.code for one in await routing.desks(tx)}
            assert stands is not None and desks[stands.desk_id] == "emergency"
            await again.hang_up()
        await phone.close()
        await theirs.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_satellite_number_gets_a_case_and_neither_a_text_nor_a_call(abroad: Abroad) -> None:
    hotline = abroad.hotline
    number = "+881631234567"
    async with hotline.worker():
        phone = await hotline.phone(number)
        await breaks_off(hotline, phone)
        await phone.close()
    (case_id,) = await cases_of(hotline)
    async with hotline.house.database.transaction() as tx:
        assert (await cases.case_alone(tx, CaseId(case_id))).status == "open"
    assert await texts_to(hotline, number) == [] and await waiting(hotline) == []


@pytest.mark.slow
async def test_a_flood_of_forged_numbers_is_cases_and_no_texts(abroad: Abroad) -> None:
    hotline = abroad.hotline
    flood = [f"+229019800{one:04}" for one in range(NUMBERS_MINUTE_MAX + 3)]
    for number in flood:
        await broke_off(hotline, number)
    texted = [number for number in flood if await texts_to(hotline, number)]
    assert texted == flood[:NUMBERS_MINUTE_MAX] and len(await waiting(hotline)) == NUMBERS_MINUTE_MAX
    assert len(await cases_of(hotline)) == len(flood)
    await broke_off(hotline, flood[0])
    assert len(await waiting(hotline)) == NUMBERS_MINUTE_MAX, "his matter is open: nothing is made anew"


def test_the_card_promises_a_call_only_where_there_will_be_one() -> None:
    for language in LANGUAGES:
        promised, alone = (card(Settings(), "+33612345678", language, calls=calls) for calls in (True, False))
        assert promised != alone and promised.count("12308") == alone.count("12308") > 0
    assert "we call you back" in card(Settings(), "+33612345678", "en", calls=True)
    assert "call again" in card(Settings(), "+33612345678", "en", calls=False)
