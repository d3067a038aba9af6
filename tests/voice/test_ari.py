"""The driver against the real Asterisk: requests, events, time-outs, and what it does when it is gone."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from qiao.channels.voice.ari import Ari, AriAway, AriRefused, NameTaken, NotThere
from qiao.channels.voice.ari_events import (
    AriEvent,
    CallBroadcast,
    ChannelDestroyed,
    PlaybackFinished,
    StasisStart,
    read_event,
)
from qiao.channels.voice.server import AsteriskServer
from tests.looking import a_moment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

pytestmark = pytest.mark.slow
CALLER = "Local/10086@from-trunk-sea"


class Heard:
    """A driver's events, and how often its state was asked for."""

    def __init__(self) -> None:
        self.events: list[AriEvent] = []
        self.opened = 0
        self.news = asyncio.Condition()
        self.ari: Ari

    async def on_open(self) -> None:
        await self.ari.channels()
        self.opened += 1
        await self._tell()

    def on_event(self, event: AriEvent) -> None:
        self.events.append(event)
        asyncio.get_running_loop().create_task(self._tell())

    async def _tell(self) -> None:
        async with self.news:
            self.news.notify_all()

    async def until(self, found: Callable[[], Any], seconds: float = 15) -> Any:
        async with asyncio.timeout(seconds), self.news:
            await self.news.wait_for(found)
            return found()

    async def event(self, kind: type[Any], mine: Callable[[Any], bool] = lambda _: True) -> Any:
        return await self.until(lambda: next((one for one in self.events if isinstance(one, kind) and mine(one)), None))


@asynccontextmanager
async def listening(server: AsteriskServer, app: str = "qiao-test") -> AsyncIterator[Heard]:
    heard = Heard()
    heard.ari = Ari(
        port=server.voice.http_port,
        password=server._password,
        app=app,
        on_open=heard.on_open,
        on_event=heard.on_event,
    )
    running = asyncio.create_task(heard.ari.run())
    await heard.ari.stands.wait()
    try:
        yield heard
    finally:
        running.cancel()
        await asyncio.wait([running])


async def ring(heard: Heard) -> str:
    """Somebody calls; returns the channel that we then have."""
    await heard.ari.request(
        "POST",
        "channels",
        query={"endpoint": CALLER, "app": heard.ari.app, "appArgs": "caller", "callerId": '"阿 <x>" <13900000000>'},
    )
    told = await heard.event(CallBroadcast)
    assert await heard.ari.claim(told.channel.id)
    started = await heard.event(StasisStart)
    assert started.channel.id == told.channel.id
    return str(started.channel.id)


async def test_a_call_is_claimed_answered_hears_a_prompt_and_is_hung_up(asterisk: AsteriskServer) -> None:
    async with listening(asterisk) as heard:
        channel = await ring(heard)
        started = await heard.event(StasisStart)
        assert started.args == ["10086", "sea"] and started.channel.caller.number == "13900000000"
        await heard.ari.answer(channel)
        await heard.ari.play(channel, "sound:pls-hold-while-try,sound:beep", "my-own-id")
        await heard.ari.stop_playing("my-own-id")
        over = await heard.event(PlaybackFinished)
        assert over.playback.id == "my-own-id"
        await heard.ari.set_variable(channel, "QIAO_CALL", "x:${EXTEN}")
        assert await heard.ari.variable(channel, "QIAO_CALL") == "x:${EXTEN}"  # a value is never a program
        await heard.ari.watch(f"channel:{channel}")
        await heard.ari.hang_up(channel, 17)
        gone = await heard.event(ChannelDestroyed, lambda one: one.channel.id == channel)
        assert gone.cause == 17
        await heard.ari.hang_up(channel)  # gone already is as good
        assert await heard.ari.variable(channel, "QIAO_CALL") == ""


async def test_a_telephone_that_is_not_there_is_told_from_one_that_rings_already(
    asterisk: AsteriskServer,
) -> None:
    async with listening(asterisk) as heard:
        channel = await ring(heard)
        with pytest.raises(NotThere):
            await heard.ari.ring("nobody", "leg-absent", ["leg"], {}, 5)
        with pytest.raises(AriRefused) as refused:
            await heard.ari.ring("nobody", channel, ["leg"], {}, 5)
        assert not isinstance(refused.value, NotThere)
        assert channel in {one.id for one in await heard.ari.channels()}


async def test_a_call_can_be_claimed_once(asterisk: AsteriskServer) -> None:
    async with listening(asterisk) as heard, listening(asterisk, "qiao-other") as other:
        channel = await ring(heard)
        assert not await other.ari.claim(channel)
        assert not await other.ari.claim("no-such-call")


async def test_a_waiting_caller_joins_a_bridge_that_is_there_already(asterisk: AsteriskServer) -> None:
    async with listening(asterisk) as heard:
        channel = await ring(heard)
        await heard.ari.answer(channel)
        for _ in range(2):
            await heard.ari.ensure_bridge("hold", "holding")
        await heard.ari.music("hold")
        await heard.ari.join("hold", channel)
        (bridge,) = await heard.ari.bridges()
        assert bridge.channels == [channel]
        await heard.ari.leave("hold", channel)
        await heard.ari.leave("hold", channel)


async def test_another_worker_takes_over_the_channels_of_one_that_is_gone(asterisk: AsteriskServer) -> None:
    async with listening(asterisk, "qiao-first") as first:
        channel = await ring(first)
        await first.ari.answer(channel)
    async with listening(asterisk, "qiao-second") as second:
        async with asyncio.timeout(15):
            while not any(
                one.name == "qiao-first" and channel in one.channel_ids for one in await second.ari.applications()
            ):
                await a_moment()
        await second.ari.move_here(channel, "qiao-first")
        started = await second.event(StasisStart)
        assert started.channel.id == channel and started.args == ["moved", "qiao-first"]


async def test_what_asterisk_refuses_is_told_with_its_status(asterisk: AsteriskServer) -> None:
    async with listening(asterisk) as heard:
        with pytest.raises(AriRefused) as refused:
            await heard.ari.answer("no-such-channel")
        assert refused.value.status == 404


async def test_no_answer_in_time_is_away_and_is_not_waited_for(asterisk: AsteriskServer) -> None:
    async with listening(asterisk) as heard:
        with pytest.raises(AriAway):
            await heard.ari.request("GET", "channels", seconds=0)
        assert await heard.ari.channels() == []


async def test_asterisk_killed_is_away_at_once_and_the_state_is_asked_for_when_it_is_back(
    asterisk: AsteriskServer,
) -> None:
    async with listening(asterisk) as heard:
        watching = asyncio.create_task(asterisk.supervise())
        assert heard.opened == 1 and asterisk.pid is not None
        os.kill(asterisk.pid, signal.SIGKILL)
        with pytest.raises(AriAway):
            for _ in range(1000):
                await heard.ari.channels()
        await heard.until(lambda: heard.opened == 2)
        assert await heard.ari.channels() == []
        watching.cancel()


async def test_whoever_loses_its_name_stops(asterisk: AsteriskServer) -> None:
    heard = Heard()
    told = {"port": asterisk.voice.http_port, "password": asterisk._password, "app": "qiao-twice"}
    heard.ari = Ari(**told, on_open=heard.on_open, on_event=heard.on_event)
    first = asyncio.create_task(heard.ari.run())
    await heard.ari.stands.wait()
    async with listening(asterisk, "qiao-twice"):
        with pytest.raises(NameTaken):
            async with asyncio.timeout(10):
                await first


def test_what_is_not_as_described_is_told_and_what_we_do_not_use_is_left() -> None:
    assert read_event({"type": "ContactInfo"}) is None and read_event({}) is None
    with pytest.raises(ValueError, match="StasisStart is not as described"):
        read_event({"type": "StasisStart", "channel": {"id": 7}})
