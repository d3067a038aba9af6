"""Calls as no manual has them, beside legal ones: names, digits, sound and clocks; nobody else notices."""

from __future__ import annotations

import struct
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from qiao import interactions
from qiao.channels.voice import model_waiting
from qiao.channels.voice.figures import call_figures
from qiao.channels.voice.model import KEYED_MAX, Keyed
from qiao.channels.voice.sandbox import Softphone
from qiao.channels.voice.sandbox.media import END, EVENT
from qiao.channels.voice.sandbox.sound import FRAME, SILENCE, loudness, tone
from qiao.channels.voice.store import voice_calls
from tests.voice.centre import HOTLINE, Hotline

if TYPE_CHECKING:
    from qiao.channels.voice.sandbox import PhoneCall

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
GREETING = "您好，请按键选择。"
NAMES = (
    '"<script>alert(1)</script>"',
    '"\\"quoted\\" and \\\\ back"',
    '"${SHELL(id)}${EXTEN}"',
    '"%s%n%p"',
    '"\u202egnp.exe"',
    '"مرحبا بك"',
    '"👩🏽‍🚒 用户"',
    '"x&Local/9@nowhere"',
    "'; drop table voice_calls; --",
    f'"{"n" * 4096}"',
    "",
)
NUMBERS = ("anonymous", "alphabetic", "0", "+" + "1" * 40, "9" * 10_000, "%00", "8613700001111;phone-context=x")


class Odd(Softphone):
    """Says of itself, and offers, whatever a test wants."""

    shown = ""
    offer: str | None = None

    def _words(self, method: str, *more: Any, **named: Any) -> str:
        return super()._words(method, *more, **named).replace("From: <", f"From: {self.shown} <", 1)

    def _offer(self, port: int) -> str:
        return super()._offer(port) if self.offer is None else self.offer.format(port=port, host=self.address[0])


async def odd(hotline: Hotline, number: str = "+8613700001111", **more: Any) -> Odd:
    phone = await Odd.open(("127.0.0.1", hotline.house.settings.voice.sip_port), number)
    for name, told in more.items():
        setattr(phone, name, told)
    return phone


async def tried(phone: Softphone, number: str = HOTLINE) -> PhoneCall | None:
    """Calls for a moment; None when nothing was answered at all."""
    try:
        return await phone.call(number, seconds=4)
    except TimeoutError:
        return None


async def waits(hotline: Hotline) -> tuple[Softphone, PhoneCall]:
    """A legal call that waits for a person."""
    phone = await hotline.phone("+8613700009999")
    call = await phone.call(HOTLINE)
    await call.heard.hear(await hotline.prompt(GREETING, "zh-CN"), seconds=60)
    call.press("0")

    async def waiting() -> bool:
        return "waiting" in [one.state for one in await hotline.calls()]

    await hotline.until(waiting)
    return phone, call


async def hears_music(call: PhoneCall) -> None:
    since = len(call.heard.sound)
    await call.heard.until(lambda: len(call.heard.sound) > since + 8000, 20)
    assert loudness(call.heard.samples(since)) > 100


async def all_over(hotline: Hotline) -> bool:
    return all(call.state == "over" for call in await hotline.calls())


async def test_whatever_callers_call_themselves_stays_words_and_goes_nowhere(hotline: Hotline) -> None:
    async with hotline.worker() as board:
        legal, call = await waits(hotline)
        taken = 0
        for name in NAMES:
            phone = await odd(hotline, shown=name)
            found = await tried(phone)
            taken += found is not None and found.status == 200
            await phone.close()
        assert taken >= len(NAMES) - 1, "only what does not fit into a message may be left"
        for number in NUMBERS:
            phone = await odd(hotline, number)
            await tried(phone)
            await phone.close()
        long = await odd(hotline)
        found = await tried(long, "9" * 10_000)
        assert found is None or found.status != 200 or len(found.number) == 10_000
        await long.close()
        await hears_music(call)

        async def one_is_left() -> bool:
            return len(board.lines) == 1

        await hotline.until(one_is_left)
        async with hotline.house.database.transaction() as tx:
            for row in await tx.rows(select(voice_calls)):
                assert row["number"] in {"", "mobile:+8613700001111", "mobile:+8613700009999"}, row["number"]
                assert len(row["dialled"]) <= 80
                contact = await interactions.interaction(tx, row["interaction_id"])
                assert len(contact.party) < 40 and not set(contact.party) & set("<>&$\"'\u202e")
        await legal.close()
        await hotline.until(lambda: all_over(hotline))


async def test_ten_thousand_keys_are_a_few_and_the_call_is_served_on(hotline: Hotline) -> None:
    async with hotline.worker() as board:
        legal, call = await waits(hotline)
        phone = await hotline.phone("+8613700001111")
        mad = await phone.call(HOTLINE)
        await mad.heard.hear(await hotline.prompt(GREETING, "zh-CN"), seconds=60)
        stamp = 1_000_000
        for number in range(10_000):
            for told in (10, END | 10, END | 10, END | 10):
                body = struct.pack("!BBH", number % 12, told, FRAME * 2)
                mad.media._send(EVENT, stamp, body, marked=told == 10)
            stamp += FRAME * 4
            if number % 100 == 99:
                heard = len(mad.heard.sound), len(call.heard.sound)
                await call.heard.until(lambda heard=heard: len(call.heard.sound) > heard[1] + FRAME, 20)
        (line,) = [one for one in board.lines.values() if one.party.number.endswith("1111")]
        for number in range(10_000):
            line.tell(Keyed(str(number % 9 + 1)))
        assert line._happened.qsize() <= 1000
        await hotline.until(lambda: _taken(line))
        assert len(line.call.keyed) <= KEYED_MAX
        await hears_music(call)
        mad.press("0")

        async def both_wait() -> bool:
            return [one.state for one in await hotline.calls()] == ["waiting", "waiting"]

        if line.call.state == "menu":
            await hotline.until(both_wait, 60)
        await phone.close()
        await legal.close()
        await hotline.until(lambda: all_over(hotline))


async def _taken(line: Any) -> bool:
    return bool(line._happened.empty())


VIDEO = "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=video {port} RTP/AVP 96\r\n"
NO_CODEC = "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP 3 18\r\n"
NOWHERE = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 0 RTP/AVP 8\r\n"
PLAIN = "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\n"
"""Keys would be tones in the sound."""


async def test_calls_without_sound_are_refused_or_soon_over(hotline: Hotline) -> None:
    async with hotline.worker():
        legal, call = await waits(hotline)
        for offer in (VIDEO, NO_CODEC):
            phone = await odd(hotline, offer=offer)
            found = await tried(phone)
            assert found is not None and found.status in {400, 488}, offer
            await phone.close()
        offers = {"+8613700002222": "", "+8613700002223": NOWHERE}
        silent: list[Softphone] = [await odd(hotline, number, offer=offer) for number, offer in offers.items()]
        for one in silent:
            await tried(one)
        mute = await hotline.phone("+8613700003333")
        theirs = await mute.call(HOTLINE)
        assert theirs.status == 200
        theirs.media.to = None  # not one packet more

        async def legal_alone() -> bool:
            return sum(one.state != "over" for one in await hotline.calls()) == 1

        await hotline.until(legal_alone, 100)
        await hears_music(call)
        for one in (*silent, mute):
            for theirs in one._calls.values():
                theirs.end()
            await one.close()
        await legal.close()
        await hotline.until(lambda: all_over(hotline))


async def test_the_tones_of_a_fax_are_no_keys_and_it_is_served_like_anybody_who_is_silent(hotline: Hotline) -> None:
    async with hotline.worker():
        phone = await odd(hotline, offer=PLAIN)
        call = await phone.call(HOTLINE)
        assert call.status == 200
        call.media.say((tone(1100, 0.5) + SILENCE * 150) * 30)  # CNG (ITU-T T.30)
        greeted = await call.heard.hear(await hotline.prompt(GREETING, "zh-CN"), seconds=60)
        last = await hotline.prompt("紧急求助", "zh-CN")
        await call.heard.hear(last, since=greeted, seconds=90)
        assert [one.words for one in await hotline.calls()] == [0], "the menu was heard whole"
        await phone.close()
        await hotline.until(lambda: all_over(hotline))


@pytest.mark.parametrize("hours", [8, -8])
async def test_a_clock_that_jumps_during_a_call_ends_nothing_and_leaves_nobody_in_silence(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    monkeypatch.setattr(model_waiting, "AGAIN", timedelta(seconds=20))
    async with hotline.worker() as board:
        legal, call = await waits(hotline)
        phone = await hotline.phone("+8613700001111")
        choosing = await phone.call(HOTLINE)
        greeted = await choosing.heard.hear(await hotline.prompt(GREETING, "zh-CN"), seconds=60)

        async def the_menu_was_said() -> bool:
            return any(line.call.state == "menu" and line.call.deadline_at for line in board.lines.values())

        await hotline.until(the_menu_was_said, 90)
        hotline.house.clock.offset += timedelta(hours=hours)
        again = await choosing.heard.hear(await hotline.prompt(GREETING, "zh-CN"), since=greeted, seconds=90)
        assert again > greeted
        since = len(call.heard.sound)
        told = await hotline.own("wait_nobody", "zh-CN")
        await call.heard.hear(told, since=since, seconds=90)
        await hears_music(call)
        await legal.close()
        await phone.close()
        await hotline.until(lambda: all_over(hotline))
        async with hotline.house.database.transaction() as tx:
            (row,) = await call_figures(tx, since=tx.now - timedelta(days=2), numbers=[HOTLINE])
        assert row.adds_up and row.offered >= 1 and row.abandoned >= 1
