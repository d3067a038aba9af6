"""Who waits hears his true place and wait, may be called back in that place, or take a colleague of any language."""

from __future__ import annotations

import asyncio
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from qiao import interactions, outreach, routing
from qiao.bss.sandbox import CAST
from qiao.channels.voice.model import tally
from qiao.channels.voice.sandbox.sound import loudness
from qiao.channels.voice.store import voice_calls
from qiao.kernel.origin import Origin
from qiao.platform.i18n import when_text
from tests.voice.centre import HOTLINE, Hotline
from tests.voice.staffed import signed_on

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
MARY = CAST[4]
MUSIC_IS_LOUDER_THAN = 500


async def somebody_waits(hotline: Hotline) -> None:
    """Another customer, before all who come later."""
    async with hotline.house.database.transaction() as tx:
        contact = await interactions.start_interaction(tx, channel="voice", language="en", entry_point="hotline")
        await routing.queue_contact(
            tx,
            interaction_id=contact.id,
            channel="voice",
            entry_point="hotline",
            language="en",
            segment="",
            customer_id=None,
            preferred_agent=None,
            unit_id=None,
            origin=Origin("voice", contact.id, "customer:unknown"),
        )


async def test_she_hears_her_place_and_wait_and_is_owed_a_call_in_that_place(hotline: Hotline) -> None:
    async with hotline.house.database.transaction() as tx:
        await signed_on(tx)
    await somebody_waits(hotline)
    async with hotline.worker():
        phone = await hotline.phone(MARY.service.value)
        call = await phone.call(HOTLINE)
        greeted = await call.heard.hear(await hotline.prompt("Hello. Please press a key.", "en"))
        call.press("0")
        place = await call.heard.hear(await hotline.own("wait_place", "en", place=2), since=greeted)
        offered = await call.heard.hear(await hotline.own("callback_offer", "en"), since=place, seconds=30)
        assert tally(await hotline.calls()) == {"offered": 1, "waiting": 1}
        call.press("1")
        await call.heard.hear(await hotline.own("callback_promised", "en"), since=offered)
        await call.ended.wait()
        assert tally(await hotline.calls()) == {"offered": 1, "callback": 1}
        await phone.close()
    async with hotline.house.database.transaction() as tx:
        row = await tx.one(select(voice_calls))
        assert row is not None
        (owed,) = await outreach.callbacks_of(tx, row["customer_id"])
        stands = await routing.waiting_contact(tx, row["interaction_id"])
    assert owed.service == MARY.service and owed.key == f"call:{row['id']}"
    assert stands is not None and stands.state == "callback"
    assert owed.waiting_since == stands.queued_at, "her place in line is when she began to wait"


async def test_a_caller_nobody_knows_is_offered_no_callback_and_keeps_waiting_when_he_asks_for_one(
    hotline: Hotline,
) -> None:
    async with hotline.worker():
        phone = await hotline.phone("+8613700009999")
        call = await phone.call(HOTLINE)
        greeted = await call.heard.hear(await hotline.prompt("您好，请按键选择。", "zh-CN"))
        call.press("0")
        told = await call.heard.hear(await hotline.own("wait_nobody", "zh-CN"), since=greeted)
        call.press("1")
        told = await call.heard.hear(await hotline.own("callback_not_now", "zh-CN"), since=told)
        await call.heard.until(lambda: len(call.heard.sound) > told + 2 * 8000, 60)
        assert loudness(call.heard.samples(told)) > MUSIC_IS_LOUDER_THAN
        assert call.heard.find(await hotline.own("callback_offer", "zh-CN")) is None
        assert tally(await hotline.calls()) == {"offered": 1, "waiting": 1}
        await phone.close()


async def test_without_a_speaker_of_her_language_she_is_told_so_and_may_take_anybody(hotline: Hotline) -> None:
    async with hotline.house.database.transaction() as tx:
        await signed_on(tx, languages=("zh-CN",))
    async with hotline.worker():
        phone = await hotline.phone(MARY.service.value)
        call = await phone.call(HOTLINE)
        greeted = await call.heard.hear(await hotline.prompt("Hello. Please press a key.", "en"))
        call.press("0")
        told = await call.heard.hear(await hotline.own("speaker_missing", "en"), since=greeted)
        await call.heard.hear(await hotline.own("any_language_offer", "en"), since=told)
        call.press("2")
        await call.heard.hear(await hotline.own("any_language_taken", "en"), since=told)
        async with hotline.house.database.transaction() as tx:
            row = await tx.one(select(voice_calls))
            assert row is not None
            place = await routing.place_in_line(tx, row["interaction_id"])
        assert place is not None and place.attended and place.wait_seconds == 0
        await phone.close()


async def shuts(hotline: Hotline, hours: dict[str, object]) -> None:
    """Somebody works there, but not now."""
    async with hotline.house.database.transaction() as tx:
        await signed_on(tx)
        await routing.ensure_desk(
            tx, code="general", names={"en": "general"}, unit_id=None, entry_points=["hotline"], rules={"hours": hours}
        )


async def test_where_no_desk_would_ever_call_nobody_is_offered_a_call(hotline: Hotline) -> None:
    await shuts(hotline, {"week": {}})
    async with hotline.worker():
        phone = await hotline.phone(MARY.service.value)
        call = await phone.call(HOTLINE)
        greeted = await call.heard.hear(await hotline.prompt("Hello. Please press a key.", "en"))
        call.press("0")
        told = await call.heard.hear(await hotline.own("wait_nobody", "en"), since=greeted)
        call.press("1")
        await call.heard.hear(await hotline.own("callback_not_now", "en"), since=told)
        assert tally(await hotline.calls()) == {"offered": 1, "waiting": 1}
        async with hotline.house.database.transaction() as tx:
            row = await tx.one(select(voice_calls))
            assert row is not None
            assert await outreach.callbacks_of(tx, row["customer_id"]) == []
        await phone.close()


async def test_out_of_hours_she_hears_when_somebody_answers_and_is_owed_a_call_then(hotline: Hotline) -> None:
    today = hotline.house.clock.now().astimezone(ZoneInfo("Asia/Shanghai")).date()
    opens = datetime.combine(today + timedelta(days=2), time(8), ZoneInfo("Asia/Shanghai"))
    await shuts(hotline, {"week": {}, "days": {opens.date().isoformat(): [["08:00", "20:00"]]}})
    async with hotline.worker():
        phone = await hotline.phone(MARY.service.value)
        call = await phone.call(HOTLINE)
        greeted = await call.heard.hear(await hotline.prompt("Hello. Please press a key.", "en"))
        call.press("0")
        when = when_text("en", opens, now=hotline.house.clock.now(), zone="Asia/Shanghai")
        told = await call.heard.hear(await hotline.own("closed_until", "en", when=when), since=greeted)
        offered = await call.heard.hear(await hotline.own("callback_then_offer", "en"), since=told)
        call.press("1")
        await call.heard.hear(await hotline.own("callback_promised", "en"), since=offered)
        async with asyncio.timeout(30):
            await call.ended.wait()
        async with hotline.house.database.transaction() as tx:
            row = await tx.one(select(voice_calls))
            assert row is not None and row["outcome"] == "callback"
            [owed] = await outreach.callbacks_of(tx, row["customer_id"])
        assert owed.from_at == opens
        await phone.close()
