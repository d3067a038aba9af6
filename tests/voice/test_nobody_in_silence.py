"""Whatever dies, breaks or is not there just then: no caller is left in silence, no row and no agent held for ever."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text, update

from qiao import routing
from qiao.channels.voice import calling, marks, store
from qiao.channels.voice.ari_events import CallerID, Channel
from qiao.channels.voice.calling import Arrival
from qiao.channels.voice.endpoints import have_telephone
from qiao.channels.voice.line import Line
from qiao.channels.voice.model import tally
from qiao.channels.voice.sandbox.answering import AnsweringPhone
from qiao.channels.voice.sandbox.sound import share_of, tone
from qiao.channels.voice.store import voice_calls
from qiao.interactions.store import interactions
from qiao.kernel.ids import new_id
from qiao.routing.store import presence
from tests.voice.centre import HOTLINE, Hotline
from tests.voice.processes import qiao
from tests.voice.staffed import SIP_PHONE, alive, at_work, signed_on

if TYPE_CHECKING:
    from uuid import UUID

    from qiao.channels.voice.model import Call
    from qiao.channels.voice.sandbox.softphone import PhoneCall, Softphone
    from qiao.channels.voice.store import Party
    from qiao.platform.house import House

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
STRANGER = "+8613700009999"
GREETING = "您好，请按键选择。"
AGENT = 1000.0


async def waits_for_a_person(hotline: Hotline, phone: Softphone) -> PhoneCall:
    call = await phone.call(HOTLINE)
    await call.heard.hear(await hotline.prompt(GREETING, "zh-CN"), seconds=60)
    call.press("0")
    await hotline.until(lambda: states(hotline, "waiting"))
    return call


async def states(hotline: Hotline, *wanted: str) -> bool:
    return [one.state for one in await hotline.calls()] == list(wanted)


@pytest.mark.parametrize("how", ["kill", "terminate"])
async def test_a_caller_picked_up_by_a_worker_that_ends_before_it_wrote_him_down_is_served_by_another(
    hotline: Hotline, how: str
) -> None:
    phone = await hotline.phone(STRANGER)
    async with qiao(hotline, "voice", "worker") as process:

        async def serves() -> bool:
            async with hotline.house.database.transaction() as tx:
                return bool(await tx.scalar(text("select 1 from leases where name like 'voice.%' and until > now()")))

        await hotline.until(serves)
        async with hotline.house.database.transaction() as tx:
            await tx.execute(text("lock table interactions in exclusive mode"))  # whoever writes him down waits
            call = await phone.call(HOTLINE)
            getattr(process, how)()
            await process.wait()
    assert await hotline.calls() == []
    async with hotline.worker():
        await call.heard.hear(await hotline.prompt(GREETING, "zh-CN"), seconds=60)
        await phone.close()
        await hotline.until(lambda: states(hotline, "over"))


async def test_a_key_pressed_while_it_is_looked_up_who_calls_is_not_lost(hotline: Hotline) -> None:
    async with hotline.worker() as board:
        phone = await hotline.phone(STRANGER)

        async def heard_early() -> bool:
            return any(board._beginning.values())

        async with hotline.house.database.transaction() as tx:
            await tx.execute(text("lock table interactions in exclusive mode"))  # whoever writes him down waits
            call = await phone.call(HOTLINE)
            assert call.status == 200
            call.press("0")
            await hotline.until(heard_early)
        await hotline.until(lambda: states(hotline, "waiting"))
        assert [one.prompts for one in await hotline.calls()] == [1], "he heard no menu first"
        await phone.close()
        await hotline.until(lambda: states(hotline, "over"))


async def test_an_offer_to_a_telephone_that_is_not_signed_on_goes_on_to_the_next_agent(hotline: Hotline) -> None:
    async with hotline.worker(), at_work(hotline) as (first, desk_phone):
        async with hotline.house.database.transaction() as tx:
            await routing.set_status(tx, agent_id=first.id, status="not_ready", reason="break")
            away = await signed_on(tx)
        await have_telephone(hotline.house.settings, away.id, SIP_PHONE)
        living = asyncio.create_task(alive(hotline, away))
        phone = await hotline.phone(STRANGER)
        call = await waits_for_a_person(hotline, phone)

        async def passed_over() -> bool:
            async with hotline.house.database.transaction() as tx:
                stands = await routing.presence_of(tx, away.id)
                kept = await tx.rows(select(presence.c.reason).where(presence.c.agent_id == away.id))
            told = stands.reason == "unreachable" and {row["reason"] for row in kept} == {None, "unreachable"}
            return stands.status == "not_ready" and told

        await hotline.until(passed_over, 15)  # long before the offer itself would be over
        living.cancel()
        assert await states(hotline, "waiting") and not call.ended.is_set()
        async with hotline.house.database.transaction() as tx:
            await routing.set_status(tx, agent_id=first.id, status="ready")
        theirs = await desk_phone.pick_up(seconds=60)
        theirs.media.say(tone(AGENT, 30))
        await call.heard.until(lambda: share_of(call.heard.samples()[-8000:], AGENT) > 0.8, 60)
        await phone.close()


async def test_a_caller_whose_worker_ends_as_it_has_written_him_down_is_one_row_and_is_served(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its commit was under way when it was stopped: it gives the caller back without knowing that he stands in rows."""
    begin, ended = calling.begin, asyncio.Event()

    async def ends(house: House, arrival: Arrival, owner: str, call_id: UUID) -> tuple[Call, Party]:
        told = await begin(house, arrival, owner, call_id)
        if owner == "qiao-first":
            ended.set()
            raise asyncio.CancelledError
        return told

    monkeypatch.setattr(calling, "begin", ends)
    phone = await hotline.phone(STRANGER)
    async with hotline.worker("qiao-first"):
        calls = asyncio.create_task(phone.call(HOTLINE))
        async with asyncio.timeout(30):
            await ended.wait()
    async with hotline.worker("qiao-second"):
        call = await calls
        await call.heard.hear(await hotline.prompt(GREETING, "zh-CN"), seconds=60)
        call.press("0")
        await hotline.until(lambda: states(hotline, "waiting"))
        async with hotline.house.database.transaction() as tx:
            (row,) = await tx.rows(select(voice_calls))
        assert row["owner"] == "qiao-second"
        await phone.close()
        await hotline.until(lambda: states(hotline, "over"))
    assert tally(await hotline.calls()) == {"offered": 1, "abandoned": 1}


def a_channel(name: str) -> Channel:
    return Channel(id=name, state="Up", caller=CallerID(number=""))


async def test_a_telephone_call_is_one_row_whoever_writes_it(hotline: Hotline) -> None:
    arrival, before = Arrival(a_channel("1700000000.1"), HOTLINE, "sea"), hotline.house.clock.now()
    first, party = await calling.begin(hotline.house, arrival, "qiao-dead", new_id())
    with pytest.raises(calling.WrittenAlready):
        await calling.begin(hotline.house, arrival, "qiao-other", new_id())
    async with hotline.house.database.transaction() as tx:
        contacts = await tx.rows(select(interactions.c.id).where(interactions.c.started_at >= before))
        assert [row["id"] for row in contacts] == [party.interaction_id], "nothing of the other is left"
        assert await store.of_channel(tx, arrival.channel.id) == first.id
        assert await store.take(tx, first.id, arrival.channel.id, "qiao-other") == (first, party)
        over = replace(first, state="over", outcome="left", ended_at=tx.now)
        assert await store.keep(tx, over, "qiao-other")
        assert await store.of_channel(tx, arrival.channel.id) is None
    again, _ = await calling.begin(hotline.house, arrival, "qiao-other", new_id())
    assert again.id != first.id, "an over call's channel may be another call's, after Asterisk began anew"


async def test_a_caller_whose_channel_has_lost_its_mark_goes_on_as_the_call_that_he_is(hotline: Hotline) -> None:
    async with hotline.worker("qiao-first") as board:
        phone = await hotline.phone(STRANGER)
        call = await waits_for_a_person(hotline, phone)
        (channel,) = board.lines

        async def told_to_wait() -> bool:
            return not board.lines[channel].call.prompt

        await hotline.until(told_to_wait)  # what is asked of a channel waits behind the prompt that it plays
        arrival = Arrival(a_channel(channel), HOTLINE, "sea")
        told, party, goes_on = await marks.begun(hotline.house, board.ari, arrival, "qiao-second")
        assert goes_on and (told.state, party) == ("waiting", board.lines[channel].party)
        assert marks.read(await board.ari.variable(channel, marks.VARIABLE)) == told.id, "he bears it again"
        async with hotline.house.database.transaction() as tx:
            (row,) = await tx.rows(select(voice_calls))
        assert (row["owner"], row["channel"]) == ("qiao-second", channel)
        assert not call.ended.is_set()
        await phone.close()


async def test_an_offer_taken_on_the_screen_rings_as_soon_as_the_telephone_is_back(hotline: Hotline) -> None:
    async with hotline.worker(), at_work(hotline) as (first, _):
        async with hotline.house.database.transaction() as tx:
            await routing.set_status(tx, agent_id=first.id, status="not_ready", reason="break")
            back = await signed_on(tx)
        credential = await have_telephone(hotline.house.settings, back.id, SIP_PHONE)
        phone = await hotline.phone(STRANGER)
        call = await waits_for_a_person(hotline, phone)

        async def taken() -> bool:
            async with hotline.house.database.transaction() as tx:
                offers = await routing.my_offers(tx, back.id)
                for one in offers:
                    await routing.accept_offer(tx, interaction_id=one.interaction_id, agent_id=back.id)
            return bool(offers)

        await hotline.until(taken)
        server = ("127.0.0.1", hotline.house.settings.voice.sip_port)
        desk_phone = await AnsweringPhone.listen(server, credential.user, asserted=False, ha1=credential.ha1)
        assert await desk_phone.registering() == 200
        theirs = await desk_phone.pick_up(seconds=30)
        theirs.media.say(tone(AGENT, 30))
        await call.heard.until(lambda: share_of(call.heard.samples()[-8000:], AGENT) > 0.8, 60)
        await phone.close()
        await desk_phone.close()


async def test_a_call_in_which_something_unthought_of_goes_wrong_is_over_for_all_and_others_go_on(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hotline.worker():
        good, bad = await hotline.phone(STRANGER), await hotline.phone("+8613700008888")
        other = await waits_for_a_person(hotline, good)
        whole = Line._record

        async def breaks(line: Line) -> None:
            if line.party.number.endswith("8613700008888") and line.call.state == "waiting":
                raise RuntimeError("unthought of")
            await whole(line)

        monkeypatch.setattr(Line, "_record", breaks)
        call = await bad.call(HOTLINE)
        await call.heard.hear(await hotline.prompt(GREETING, "zh-CN"), seconds=60)
        call.press("0")
        await call.ended.wait()
        await hotline.until(lambda: tallied(hotline, {"offered": 2, "waiting": 1, "dropped": 1}))
        assert not other.ended.is_set()
        await good.close()
        await bad.close()


async def tallied(hotline: Hotline, wanted: dict[str, int]) -> bool:
    return dict(tally(await hotline.calls())) == wanted


async def test_a_row_whose_line_is_lost_in_a_living_worker_is_ended_and_its_caller_hung_up(hotline: Hotline) -> None:
    async with hotline.worker() as board:
        phone = await hotline.phone(STRANGER)
        call = await waits_for_a_person(hotline, phone)
        lost: Any = board.lines.pop(next(iter(board.lines)))
        async with hotline.house.database.transaction() as tx:
            await tx.execute(update(voice_calls).values(began_at=text("began_at - interval '1 minute'")))
        async with asyncio.timeout(30):
            await call.ended.wait()
        await hotline.until(lambda: tallied(hotline, {"offered": 1, "dropped": 1}))
        assert lost.call.id
        await phone.close()
