"""A place in line that is kept: who hangs up is called when it is his turn, by whoever can talk to him, once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import select

from qiao import outreach, routing
from qiao.channels.voice.store import voice_calls
from tests.voice.centre import HOTLINE, Hotline
from tests.voice.conversing import ends, hear_each_other, next_talk, written_up
from tests.voice.network import MARY, Network
from tests.voice.processes import qiao
from tests.voice.staffed import at_work, beside, listening

if TYPE_CHECKING:
    from qiao.channels.voice.sandbox import PhoneCall

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


async def rows(hotline: Hotline) -> list[Any]:
    """The calls there are, in the order in which they began."""
    async with hotline.house.database.transaction() as tx:
        return list(await tx.rows(select(voice_calls).order_by(voice_calls.c.began_at)))


async def waits(hotline: Hotline, many: int) -> list[Any]:
    """So many calls, once all that are not over wait for a person."""

    async def found() -> list[Any]:
        told = await rows(hotline)
        there = [one for one in told if one["state"] != "over"]
        return there if len(there) == many and all(one["state"] == "waiting" for one in there) else []

    return list(await hotline.until(found, 60))


async def asks_for_a_person(hotline: Hotline, call: PhoneCall, greeting: str, language: str) -> int:
    greeted = await call.heard.hear(await hotline.prompt(greeting, language))
    call.press("0")
    return greeted


async def test_who_took_a_callback_is_called_between_who_came_before_and_who_came_after_and_once(
    network: Network,
) -> None:
    hotline = network.hotline
    mary = await network.telephone()
    async with qiao(hotline, "worker"), hotline.worker():
        before, after = await hotline.phone("+8613700009999"), await hotline.phone("+8613700008888")
        first = await before.call(HOTLINE)
        await asks_for_a_person(hotline, first, "您好，请按键选择。", "zh-CN")
        await waits(hotline, 1)
        hers = await hotline.phone(MARY.service.value)
        called = await hers.call(HOTLINE)
        greeted = await asks_for_a_person(hotline, called, "Hello. Please press a key.", "en")
        offered = await called.heard.hear(await hotline.own("callback_offer", "en"), since=greeted)
        called.press("1")
        await called.heard.hear(await hotline.own("callback_promised", "en"), since=offered)
        await called.ended.wait()
        await hers.close()
        last = await after.call(HOTLINE)
        await asks_for_a_person(hotline, last, "您好，请按键选择。", "zh-CN")
        waiting = await waits(hotline, 3)  # her call, which we make, is one of them
        (ours,) = [one for one in waiting if not one["dialled"]]
        his, theirs = [one for one in waiting if one["dialled"]]
        assert mary.rings.empty()

        async with at_work(hotline) as (agent, desk_phone):
            talk, whose = await next_talk(desk_phone)
            assert whose == his["interaction_id"], "who came before her"
            await hear_each_other(first, talk)
            assert mary.rings.empty(), "it is not her turn yet"
            await before.close()
            await written_up(hotline, agent, whose)
            talk, whose = await next_talk(desk_phone)
            assert whose == ours["interaction_id"], "her turn, though she has hung up"
            rung = await mary.pick_up(seconds=60)
            await hear_each_other(rung, talk)
            await rung.hang_up()
            await written_up(hotline, agent, whose)
            talk, whose = await next_talk(desk_phone)
            assert whose == theirs["interaction_id"], "who came after her"
            await hear_each_other(last, talk)
            await after.close()
            await written_up(hotline, agent, whose)

            async def kept() -> bool:
                async with hotline.house.database.transaction() as tx:
                    return await outreach.callbacks_of(tx, ours["customer_id"]) == []

            await hotline.until(kept)
            assert mary.rings.empty(), "she is called once"
            assert len([one for one in await rows(hotline) if not one["dialled"]]) == 1
    await mary.close()


async def test_without_a_speaker_she_is_called_back_by_one_in_the_language_of_that_call(network: Network) -> None:
    hotline = network.hotline
    mary = await network.telephone()
    async with (
        qiao(hotline, "worker"),
        hotline.worker(),
        at_work(hotline, languages=("zh-CN",)) as (_, chinese),
        beside(hotline, languages=("en", "zh-CN")) as (_, english),
    ):
        hers = await hotline.phone(MARY.service.value)
        called = await hers.call(HOTLINE)
        greeted = await called.heard.hear(await hotline.prompt("Hello. Please press a key.", "en"))
        called.press("75")  # she is on record with English, and wants to speak German today
        hello = "Guten Tag. Bitte drücken Sie eine Taste."
        greeted = await called.heard.hear(await hotline.prompt(hello, "de"), since=greeted)
        called.press("0")
        told = await called.heard.hear(await hotline.own("speaker_missing", "de"), since=greeted)
        told = await called.heard.hear(await hotline.own("any_language_offer", "de"), since=told)
        told = await called.heard.hear(await hotline.own("speaker_callback_offer", "de"), since=told)
        called.press("1")
        await called.heard.hear(await hotline.own("callback_promised", "de"), since=told)
        await called.ended.wait()
        await hers.close()
        (ours,) = await waits(hotline, 1)
        async with hotline.house.database.transaction() as tx:
            place = await routing.place_in_line(tx, ours["interaction_id"])
        assert ours["language"] == "de" and place is not None and not place.attended, "none of those who are there"

        async with beside(hotline, languages=("de",)) as (_, german):
            talk, whose = await next_talk(german)
            assert whose == ours["interaction_id"]
            rung = await mary.pick_up(seconds=60)
            await hear_each_other(rung, talk)
            assert chinese.rings.empty() and english.rings.empty() and mary.rings.empty()
            await rung.hang_up()
            await ends(hotline, whose)
    await mary.close()


async def test_whoever_calls_himself_is_not_rung_meanwhile_and_keeps_his_place_until_he_was_served(
    network: Network,
) -> None:
    hotline = network.hotline
    mary = await network.telephone()
    hers = await hotline.phone(MARY.service.value)
    greeting = await hotline.prompt("Hello. Please press a key.", "en")

    async def alone() -> bool:
        return [one["dialled"] for one in await rows(hotline) if one["state"] != "over"] == [HOTLINE]

    async with qiao(hotline, "worker"), listening(hotline), hotline.worker():
        promised, since = await network.promise()
        await waits(hotline, 1)
        call = await hers.call(HOTLINE)
        await call.heard.hear(greeting)
        assert (await stands(hotline, promised.id)).state == "held"
        await hotline.until(alone)  # nobody is to call her while she is on the line
        await call.hang_up()  # from the menu: nobody served her

        async def back() -> bool:
            there = [one for one in await rows(hotline) if one["state"] != "over"]
            return [one["dialled"] for one in there] == [""]

        await hotline.until(back)
        again = await stands(hotline, promised.id)
        assert (again.state, again.waiting_since) == ("due", since), "in the place that she had"

        async with at_work(hotline) as (agent, desk_phone):
            ringing = await desk_phone.rung()
            desk_phone.rings.get_nowait()
            call = await hers.call(HOTLINE)
            async with asyncio.timeout(30):
                await ringing.ended.wait()
            assert ringing.status == 0, "nobody has picked it up"
            await call.heard.hear(greeting)
            call.press("0")
            talk, whose = await next_talk(desk_phone)
            (own,) = [one for one in await rows(hotline) if one["state"] != "over"]
            assert whose == own["interaction_id"] and own["dialled"] == HOTLINE
            await hear_each_other(call, talk)
            assert mary.rings.empty()
            await call.hang_up()
            await written_up(hotline, agent, whose)

            async def settled() -> bool:
                return (await stands(hotline, promised.id)).state == "withdrawn"

            await hotline.until(settled)
            assert mary.rings.empty() and all(one["state"] == "over" for one in await rows(hotline))
    await hers.close()
    await mary.close()


async def stands(hotline: Hotline, callback_id: UUID) -> outreach.Callback:
    async with hotline.house.database.transaction() as tx:
        return await outreach.callback(tx, callback_id)
