"""An emergency from abroad, cut short: at the emergency desk, called back at one key, a card sent, a word owed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from socket import SOCK_DGRAM
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from qiao import cases, interactions, post, routing
from qiao.app.rooms import all_rooms
from qiao.app.worker import follow
from qiao.bss import Operator
from qiao.channels.voice import AsteriskServer, Speaker, emergency_again, model_emergency, store
from qiao.channels.voice.emergencies import HOTLINE as MINISTRY
from qiao.channels.voice.emergencies import calls_himself, card, is_foreign, look, on_contact_answered
from qiao.channels.voice.model import Call, HungUp
from qiao.channels.voice.model_emergency import AGAIN_AFTER, CALLS_DAY_MAX, NUMBERS_MINUTE_MAX
from qiao.channels.voice.room import ROOM
from qiao.channels.voice.sandbox import Softphone
from qiao.channels.voice.sandbox.answering import AnsweringPhone
from qiao.channels.voice.sandbox.sound import loud, share_of, tone
from qiao.channels.voice.store import Party, voice_calls
from qiao.channels.voice.store_emergency import AGAIN, voice_emergencies
from qiao.kernel.ids import AgentId, CaseId, new_id
from qiao.kernel.languages import LANGUAGES
from qiao.kernel.refused import NotFound
from qiao.kernel.service_ids import ServiceId
from qiao.platform.events import ensure_cursors
from qiao.platform.settings import Settings
from qiao.platform.signing import Keys
from qiao.platform.timers import timers
from qiao.routing import ContactAnswered
from tests.standing_app import moved_into
from tests.voice.centre import Hotline, fill_hotline, open_hotline_house
from tests.voice.conftest import free_port, voice_settings
from tests.voice.staffed import at_work, employed
from tests.voice.test_sip_telephones import desk_of, person

ROAMING = "13800100186"
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
        await routing.ensure_entry_point(tx, number=ROAMING, code="roaming", names={"en": "Roaming"}, language="zh-CN")
    server = AsteriskServer(settings)
    await server.start()
    yield Hotline(house, Speaker(settings), server), port
    await server.stop()
    await house.database.close()


@asynccontextmanager
async def events_told(hotline: Hotline) -> AsyncIterator[None]:
    """What rooms tell reaches the room of calls as in a worker of the house, by its own wiring."""
    async with hotline.house.database.transaction() as tx:
        await ensure_cursors(tx, ROOM.listeners)
    following = [asyncio.create_task(follow(hotline.house, one)) for one in ROOM.listeners]
    try:
        yield
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)


@asynccontextmanager
async def hints_told(hotline: Hotline) -> AsyncIterator[None]:
    """Whoever looks at rows is told when they change, as in every process of the house."""
    listening = asyncio.create_task(hotline.house.hub.run())
    async with asyncio.timeout(30):
        await hotline.house.hub.connected.wait()
    try:
        yield
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def breaks_off(hotline: Hotline, phone: Softphone) -> None:
    """Call, hear two words, and be cut off; returns once the call is over in rows."""
    call = await phone.call(ROAMING)
    assert call.status == 200
    await call.heard.until(lambda: loud(call.heard.samples()) > 4000, 60)
    await call.hang_up()

    async def over() -> bool:
        return all(row["ended_at"] is not None for row in await rows(hotline) if row["dialled"])

    await hotline.until(over)


async def rows(hotline: Hotline) -> list[Any]:
    async with hotline.house.database.transaction() as tx:
        return list(await tx.rows(select(voice_calls).order_by(voice_calls.c.began_at)))


async def texts_to(hotline: Hotline, number: str) -> list[str]:
    began_at = (await rows(hotline))[0]["began_at"]
    async with hotline.house.database.transaction() as tx:
        told = await post.messages_to(tx, ServiceId("mobile", number))
    return [one.text for one in told if one.accepted_at >= began_at]


async def cases_of(hotline: Hotline) -> list[UUID]:
    async with hotline.house.database.transaction() as tx:
        found = await tx.rows(select(voice_emergencies.c.case_id).distinct())
    return [row["case_id"] for row in found]


async def waiting(hotline: Hotline) -> list[Any]:
    """Calls back that are not over, each with where its contact stands."""
    told = []
    for row in await rows(hotline):
        if not row["dialled"] and row["ended_at"] is None:
            async with hotline.house.database.transaction() as tx:
                told.append(await routing.waiting_contact(tx, row["interaction_id"]))
    return told


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_stranger_abroad_whose_line_broke_is_called_back_at_one_key_with_the_card_on_screen_and_by_text(
    network: tuple[Hotline, int],
) -> None:
    hotline, port = network
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

    theirs = await AnsweringPhone.listen(("127.0.0.1", hotline.house.settings.voice.sip_port), "abroad", port=port)
    async with hotline.worker(), at_work(hotline) as (agent, desk_phone), events_told(hotline):
        talk = await desk_phone.pick_up(seconds=60)
        ringing = await theirs.rung()
        assert f"<sip:{ROAMING}@" in theirs.asked(ringing).one("from"), "he sees the number that he had called"
        his = await theirs.pick_up(seconds=60)  # though +229 is no destination that may be dialled otherwise
        his.media.say(tone(CALLER, 60))
        talk.media.say(tone(AGENT, 60))
        await his.heard.until(lambda: share_of(his.heard.samples()[-4000:], AGENT) > 0.8, 60)
        await talk.heard.until(lambda: share_of(talk.heard.samples()[-4000:], CALLER) > 0.8, 60)

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
    network: tuple[Hotline, int],
) -> None:
    hotline, _ = network
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
async def test_two_calls_of_one_number_that_break_off_at_once_are_one_matter(network: tuple[Hotline, int]) -> None:
    hotline, _ = network
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
    network: tuple[Hotline, int],
) -> None:
    hotline, port = network
    theirs = await AnsweringPhone.listen(("127.0.0.1", hotline.house.settings.voice.sip_port), "abroad", port=port)
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
            await talk.heard.until(lambda: share_of(talk.heard.samples()[-4000:], CALLER) > 0.8, 60)
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
async def test_a_satellite_number_gets_a_case_and_neither_a_text_nor_a_call(network: tuple[Hotline, int]) -> None:
    hotline, _ = network
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
async def test_a_flood_of_forged_numbers_is_cases_and_no_texts(network: tuple[Hotline, int]) -> None:
    hotline, _ = network
    flood = [f"+229019800{one:04}" for one in range(NUMBERS_MINUTE_MAX + 3)]
    for number in flood:
        await broke_off(hotline, number)
    texted = [number for number in flood if await texts_to(hotline, number)]
    assert texted == flood[:NUMBERS_MINUTE_MAX] and len(await waiting(hotline)) == NUMBERS_MINUTE_MAX
    assert len(await cases_of(hotline)) == len(flood)
    await broke_off(hotline, flood[0])
    assert len(await waiting(hotline)) == NUMBERS_MINUTE_MAX, "his matter is open: nothing is made anew"


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_call_back_that_nobody_picks_up_waits_again_at_the_same_desk_for_the_same_case(
    network: tuple[Hotline, int],
) -> None:
    hotline, port = network
    server = ("127.0.0.1", hotline.house.settings.voice.sip_port)
    theirs = await AnsweringPhone.listen(server, "abroad", port=port, answers=False)
    async with hotline.worker():
        phone = await hotline.phone("+2290197123460")
        await breaks_off(hotline, phone)
        await phone.close()
        (first,) = await waiting(hotline)
        async with at_work(hotline) as (_, desk_phone):
            await desk_phone.pick_up(seconds=60)

            async def another_waits() -> Any:
                return [one for one in await waiting(hotline) if one.interaction_id != first.interaction_id]

            (stands,) = await hotline.until(another_waits)
    async with hotline.house.database.transaction() as tx:
        before = await interactions.interaction(tx, first.interaction_id)
        (case_id,) = await cases_of(hotline)
        about = await cases.interactions_of(tx, CaseId(case_id))
        said = [await interactions.messages_after(tx, one, 0, 10) for one in (before.id, stands.interaction_id)]
    assert before.end_reason == "busy"
    assert stands.interaction_id in about and stands.desk_id == first.desk_id
    assert (stands.state, stands.queued_at) == ("waiting", first.queued_at), "since he first called"
    assert [one.text for one in said[0]] == [one.text for one in said[1]] != [], "with the card on screen"
    assert len(await texts_to(hotline, "+2290197123460")) == 1
    await theirs.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_his_agent_has_one_key_to_call_him_again_however_often_he_was_called(
    network: tuple[Hotline, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_emergency, "CALLS_DAY_MAX", 1)
    hotline, port = network
    server = ("127.0.0.1", hotline.house.settings.voice.sip_port)
    theirs = await AnsweringPhone.listen(server, "abroad", port=port, answers=False)
    house, app = moved_into(hotline.house, hotline.house.get(Operator))  # type: ignore[type-abstract]
    monkeypatch.setitem(house.ports, Keys, hotline.house.get(Keys))
    agent_id = await person(hotline, "agent")
    async with hotline.worker(), desk_of(hotline, app, agent_id) as desk:
        await broke_off(hotline, "+2290197123463")
        (first,) = await waiting(hotline)
        async with at_work(hotline, id=agent_id) as (_, desk_phone):
            await desk_phone.pick_up(seconds=60)

            async def none_waits() -> bool:
                return await waiting(hotline) == []

            await hotline.until(none_waits)
            shown = (await desk.get("/desk/phone")).text
            again = f"/desk/phone/{first.interaction_id}/again"
            assert again in shown and "the customer’s line was busy" in shown
            for _ in range(2):
                pressed = await desk.post(again, headers={"hx-request": "true"})
                assert pressed.status_code == 200 and again not in pressed.text
                assert "Waits at the desk to be called again" in pressed.text
            assert len(await waiting(hotline)) == 1, "pressed twice, one waits"
    await theirs.close()


@pytest.mark.slow
async def test_it_is_made_at_once_then_in_some_minutes_and_three_times_a_day(
    network: tuple[Hotline, int],
) -> None:
    hotline, _ = network
    number = "+2290197123461"
    await broke_off(hotline, number)
    await nobody_picks_up(hotline)
    assert len(await waiting(hotline)) == 1 and await times(hotline) == {}
    last = await nobody_picks_up(hotline)
    assert await waiting(hotline) == []
    assert [round(one / AGAIN_AFTER, 1) for one in (await times(hotline)).values()] == [1.0]
    async with hotline.house.database.transaction() as tx:
        await emergency_again.due(tx, [str(last)])
        await emergency_again.due(tx, [str(last)])
    assert len(await waiting(hotline)) == 1, "due twice, it is one call"
    await nobody_picks_up(hotline)
    made = [row for row in await rows(hotline) if not row["dialled"]]
    assert len(made) == CALLS_DAY_MAX and await waiting(hotline) == []
    assert len(await cases_of(hotline)) == 1

    actor = await employed(hotline)
    async with hotline.house.database.transaction() as tx:
        with pytest.raises(NotFound):  # the contact is not his
            await emergency_again.at_a_key(tx, actor=actor, interaction_id=made[-1]["interaction_id"])
        assert await emergency_again.may_call_again(tx, AgentId(actor.id)) == []


async def times(hotline: Hotline) -> dict[str, timedelta]:
    """Calls that are made again, and in how long."""
    mine = [str(row["id"]) for row in await rows(hotline)]
    async with hotline.house.database.transaction() as tx:
        found = await tx.rows(select(timers).where(timers.c.kind == AGAIN, timers.c.ref.in_(mine)))
        return {row["ref"]: row["due_at"] - tx.now for row in found}


async def nobody_picks_up(hotline: Hotline) -> UUID:
    """The call back that waits is made in vain, as its line writes it; which it was."""
    (row,) = [one for one in await rows(hotline) if not one["dialled"] and one["ended_at"] is None]
    async with hotline.house.database.transaction() as tx:
        found = await store.written(tx, row["id"])
        assert found is not None
        call, party = found
        await routing.drop_contact(tx, interaction_id=party.interaction_id)
        before = replace(call, state="talking", answered_at=tx.now)
        over = replace(before, state="over", outcome="answered", ended_at=tx.now)
        assert await store.keep(tx, over, row["owner"])
        await interactions.end_interaction(tx, interaction_id=party.interaction_id, reason="no_answer")
        told = {"reached": False, "talked_seconds": None}
        await emergency_again.not_helped(tx, before, over, party, HungUp(18), **told)  # type: ignore[arg-type]
    return call.id


@pytest.mark.slow
async def test_who_calls_himself_in_those_minutes_is_put_through_and_not_called_again(
    network: tuple[Hotline, int],
) -> None:
    hotline, _ = network
    number = "+2290197123462"
    await broke_off(hotline, number)
    await nobody_picks_up(hotline)
    await nobody_picks_up(hotline)
    assert len(await times(hotline)) == 1
    async with hotline.house.database.transaction() as tx:
        assert await calls_himself(tx, str(ServiceId("mobile", number)))
        assert not await calls_himself(tx, str(ServiceId("mobile", number)))
    assert await times(hotline) == {}


async def broke_off(hotline: Hotline, number: str) -> None:
    """A call of this number that was abandoned, as its line writes it."""
    service = ServiceId("mobile", number)
    async with hotline.house.database.transaction() as tx:
        contact = await interactions.start_interaction(tx, channel="voice", language="zh-CN", service_id=service)
        party = Party("sea", str(service), ROAMING, None, contact.id, new_id(), "roaming", "zh-CN", "")
        before = Call(new_id(), str(new_id()))
        await store.keep_new(tx, before, party, "qiao-test")
        over = replace(before, state="over", outcome="left", ended_at=tx.now)
        assert await store.keep(tx, over, "qiao-test")
        await look(tx, hotline.house, before, over, party, HungUp())


def test_the_card_promises_a_call_only_where_there_will_be_one() -> None:
    for language in LANGUAGES:
        promised, alone = (card(Settings(), "+33612345678", language, calls=calls) for calls in (True, False))
        assert promised != alone and promised.count("12308") == alone.count("12308") > 0
    assert "we call you back" in card(Settings(), "+33612345678", "en", calls=True)
    assert "call again" in card(Settings(), "+33612345678", "en", calls=False)
