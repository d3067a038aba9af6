"""Networks double what they carry: each SIP message and each key that comes twice has one effect."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from qiao import interactions
from qiao.channels.voice.model import tally
from qiao.channels.voice.sandbox.media import EVENT
from qiao.channels.voice.sandbox.sound import share_of, tone
from qiao.channels.voice.store import voice_calls
from qiao.channels.voice.store_talk import voice_legs
from tests.voice.centre import HOTLINE, Hotline
from tests.voice.staffed import at_work

if TYPE_CHECKING:
    from qiao.channels.voice.sandbox import Softphone

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
GREETING = "您好，请按键选择。"
CALLER, AGENT = 440.0, 1000.0


class Twice:
    """A way on which all messages, or all packets of this kind of RTP, arrive twice, unchanged."""

    def __init__(self, inner: Any, kind: int | None = None) -> None:
        self.inner, self.kind = inner, kind
        self.sent = 0

    def sendto(self, told: bytes, to: Any) -> None:
        for _ in range(2 if self.kind is None or told[1] & 0x7F == self.kind else 1):
            self.inner.sendto(told, to)
        self.sent += 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def doubled(phone: Softphone) -> Twice:
    way: Any = Twice(phone._transport)
    phone._transport = way
    told: Twice = way
    return told


async def test_everything_that_comes_twice_has_one_effect(hotline: Hotline) -> None:
    async with hotline.worker(), at_work(hotline) as (_, desk_phone):
        phone = await hotline.phone("+8613700009999")
        ways = [doubled(phone), doubled(desk_phone)]
        call = await phone.call(HOTLINE)
        assert call.status == 200
        keys: Any = Twice(call.media._transport, EVENT)
        call.media._transport = keys
        greeted = await call.heard.hear(await hotline.prompt(GREETING, "zh-CN"), seconds=60)
        call.press("1")
        asked = await call.heard.hear(await hotline.prompt("查余额，还是查账单？", "zh-CN"), since=greeted, seconds=60)
        call.press("0")

        async def waits_or_talks() -> bool:
            return [one.state for one in await hotline.calls()] in (["waiting"], ["talking"])

        await hotline.until(waits_or_talks)
        assert call.heard.find(await hotline.prompt("查余额，还是查账单？", "zh-CN"), since=asked) is None
        theirs = await desk_phone.pick_up(seconds=60)
        theirs.media.say(tone(AGENT, 60))
        call.media.say(tone(CALLER, 60))
        await call.heard.until(lambda: share_of(call.heard.samples()[-4000:], AGENT) > 0.8, 60)
        await theirs.heard.until(lambda: share_of(theirs.heard.samples()[-4000:], CALLER) > 0.8, 60)
        since = len(call.heard.sound) + 8000  # who hangs up at once has not said a word, and his caller waits again
        await call.heard.until(lambda: len(call.heard.sound) > since, 60)
        await theirs.hang_up()
        async with asyncio.timeout(60):
            await call.ended.wait()

        async def over() -> bool:
            return all(one.state == "over" for one in await hotline.calls())

        await hotline.until(over)
        assert all(way.sent > 2 for way in ways)
        assert tally(await hotline.calls()) == {"offered": 1, "answered": 1}
        async with hotline.house.database.transaction() as tx:
            (row,) = await tx.rows(select(voice_calls))
            keyed = await interactions.messages_after(tx, row["interaction_id"], 0, 100)
            legs = await tx.scalar(select(func.count()).select_from(voice_legs))
        assert row["words"] == 2, "one word for each key"
        assert [one.text for one in keyed if one.author_kind == "customer"] == ["1", "0"]
        assert legs == 1 and theirs.phone is desk_phone
        await phone.close()


async def test_a_goodbye_that_comes_twice_is_one(hotline: Hotline) -> None:
    async with hotline.worker():
        phone = await hotline.phone("+8613700009999")
        doubled(phone)
        call = await phone.call(HOTLINE)
        await call.heard.hear(await hotline.prompt(GREETING, "zh-CN"), seconds=60)
        call.press("0")

        async def waits() -> bool:
            return [one.state for one in await hotline.calls()] == ["waiting"]

        await hotline.until(waits)
        await call.hang_up()

        async def over() -> bool:
            return [one.state for one in await hotline.calls()] == ["over"]

        await hotline.until(over)
        again = await phone.call(HOTLINE)
        assert again.status == 200, "a new call is a new one"
        assert tally(await hotline.calls()) == {"offered": 1, "abandoned": 1}
        assert len(await hotline.calls()) in (1, 2)
        await phone.close()
