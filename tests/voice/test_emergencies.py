"""An emergency from abroad, cut short: at the emergency desk, called back at one key, a card sent, a word owed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from socket import SOCK_DGRAM
from uuid import UUID

import pytest
from sqlalchemy import select

from qiao import cases, interactions, post, routing
from qiao.app.rooms import all_rooms
from qiao.channels.voice import AsteriskServer, Speaker
from qiao.channels.voice.emergencies import HOTLINE as MINISTRY
from qiao.channels.voice.emergencies import card, is_foreign, on_contact_answered
from qiao.channels.voice.sandbox.answering import AnsweringPhone
from qiao.channels.voice.sandbox.sound import share_of, tone
from qiao.channels.voice.store import voice_calls
from qiao.kernel.ids import CaseId
from qiao.kernel.service_ids import ServiceId
from qiao.routing import ContactAnswered
from tests.voice.centre import Hotline, fill_hotline, open_hotline_house
from tests.voice.conftest import free_port, voice_settings
from tests.voice.staffed import at_work

ABROAD = ServiceId("mobile", "+2290197123456")
CALLER, AGENT = 440.0, 1000.0
EMBASSY = "Embassy in Cotonou, +229 01 00 00 00"


def test_a_number_is_foreign_by_its_country_code() -> None:
    assert is_foreign(ABROAD.value, "CN") and not is_foreign("+8613901007763", "CN")
    assert not is_foreign("nothing", "CN")


@pytest.fixture
async def network(programs: str, voice_folder: Path, database_url: str) -> AsyncIterator[tuple[Hotline, int]]:
    all_rooms()
    port = free_port(SOCK_DGRAM)
    trunk = {"name": "sea", "host": "127.0.0.1", "port": port, "allow": ["127.0.0.1/32"]}
    voice = voice_settings(programs, voice_folder, trunks=[trunk], embassies={"229": EMBASSY})
    settings = voice.model_copy(update={"database_url": database_url})
    house = open_hotline_house(settings)
    await fill_hotline(house)
    async with house.database.transaction() as tx:
        await routing.ensure_entry_point(
            tx, number="13800100186", code="roaming", names={"en": "Roaming"}, language="zh-CN"
        )
    server = AsteriskServer(settings)
    await server.start()
    yield Hotline(house, Speaker(settings), server), port
    await server.stop()
    await house.database.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_stranger_abroad_whose_line_broke_is_called_back_at_one_key_with_the_card_on_screen_and_by_text(
    network: tuple[Hotline, int],
) -> None:
    hotline, port = network
    async with hotline.worker():
        phone = await hotline.phone(ABROAD.value)
        call = await phone.call("13800100186")
        assert call.status == 200
        await call.heard.until(lambda: len(call.heard.sound) > 8000, 60)
        await call.hang_up()

        async def taken_up() -> bool:
            async with hotline.house.database.transaction() as tx:
                return len(await tx.rows(select(voice_calls.c.id))) == 2

        await hotline.until(taken_up)
        await phone.close()
    async with hotline.house.database.transaction() as tx:
        (texted,) = await post.messages_to(tx, ABROAD)
        row = await tx.one(select(voice_calls).where(voice_calls.c.matter != ""))
        assert row is not None
        case_id = CaseId(UUID(row["matter"].removeprefix("case:")))
        contact = await interactions.interaction(tx, row["interaction_id"])
        stands = await routing.waiting_contact(tx, contact.id)
        said = await interactions.messages_after(tx, contact.id, 0, 10)
        (desk,) = [one for one in await routing.desks(tx) if one.code == "emergency"]
        case = await cases.case_alone(tx, case_id)
    assert MINISTRY in texted.text and EMBASSY in texted.text and "0" in texted.text
    assert [one.text for one in said] == [texted.text], "the same card is on screen"
    assert stands is not None and stands.state == "waiting" and stands.desk_id == desk.id
    assert case.desk_id == desk.id and case.customer_id is None
    assert card(hotline.house.settings, "+33612345678", "en").count("Embassy") == 0

    theirs = await AnsweringPhone.listen(("127.0.0.1", hotline.house.settings.voice.sip_port), "abroad", port=port)
    async with hotline.worker(), at_work(hotline) as (agent, desk_phone):
        talk = await desk_phone.pick_up(seconds=60)
        his = await theirs.pick_up(seconds=60)  # though +229 is no destination that may be dialled otherwise
        his.media.say(tone(CALLER, 60))
        talk.media.say(tone(AGENT, 60))
        await his.heard.until(lambda: share_of(his.heard.samples()[-4000:], AGENT) > 0.8, 60)
        await talk.heard.until(lambda: share_of(talk.heard.samples()[-4000:], CALLER) > 0.8, 60)
        async with hotline.house.database.transaction() as tx:
            answered = ContactAnswered(contact.id, agent.id, desk.id, 1.0)
            await on_contact_answered(tx, answered)
            await on_contact_answered(tx, answered)  # heard twice, one promise
            whole = await cases.case(tx, case_id)
        assert [one.owner_id for one in whole.promises] == [agent.id]
        await his.hang_up()
        await theirs.close()
