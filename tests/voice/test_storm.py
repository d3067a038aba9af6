"""A storm of calls while workers and Asterisk are killed: figures add up at every look, and nobody is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from socket import SOCK_DGRAM
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from qiao import interactions, routing
from qiao.bss.sandbox import CAST
from qiao.channels.voice import AsteriskServer, Speaker
from qiao.channels.voice.cut_off import PURPOSE
from qiao.channels.voice.figures import call_figures
from qiao.channels.voice.model import tally
from qiao.channels.voice.sandbox.answering import AnsweringPhone
from qiao.channels.voice.sandbox.sound import RATE, share_of, tone
from qiao.channels.voice.store import voice_calls
from qiao.kernel.ids import InteractionId
from qiao.kernel.refused import Refused
from qiao.platform.leases import holder, leases
from qiao.post.store import post_messages
from qiao.routing.store import contacts
from tests.voice.centre import HOTLINE, Hotline, fill_hotline, open_hotline_house
from tests.voice.conftest import free_port, voice_settings
from tests.voice.processes import qiao
from tests.voice.staffed import VoiceAgent, alive, at_work, with_telephone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime
    from pathlib import Path

    from qiao.channels.voice.figures import CallFigures
    from qiao.channels.voice.sandbox import PhoneCall

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
WAVE = 10
AGENT = 1000.0
PATIENCE_SECONDS = 25
UNTIL_MET_SECONDS = 150
"""Each of three agents talks for six seconds, and of thirty callers most are gone long before."""
OVER = {"wrap_up", "done", "abandoned", "callback", "dropped"}
KNOWN = [person.service.value for person in CAST if person.service.kind == "mobile"]


@dataclass
class Watch:
    """Looks at the figures again and again; each look is one statement, so one moment."""

    hotline: Hotline
    began_at: datetime
    looks: int = 0
    offered: int = 0
    waiting: int = 0
    wrong: list[CallFigures] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def look(self) -> CallFigures | None:
        async with self.hotline.house.database.transaction() as tx:
            found = await call_figures(tx, since=self.began_at, numbers=[HOTLINE])
        if not found:
            return None
        (row,) = found
        if not row.adds_up or row.offered < self.offered or row.calls < row.offered:
            self.wrong.append(row)
        self.looks, self.offered, self.waiting = self.looks + 1, row.offered, row.waiting
        return row

    async def forever(self) -> None:
        """At each change, and some times a second when nothing changes."""
        async with self.hotline.house.hub.subscribe() as hints:
            while True:
                await self.look()
                async with self.news:
                    self.news.notify_all()
                await hints.get(0.2)

    async def until(self, found: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(60), self.news:
            while not await found():
                await self.news.wait()

    async def offered_are(self, many: int, callers: Callers) -> None:
        """So many were offered and some wait now, or all callers are gone: on a slow machine they may be quicker."""
        async with asyncio.timeout(180), self.news:
            await self.news.wait_for(
                lambda: (self.offered >= many and self.waiting >= 2) or all(one.done() for one in callers.tasks)
            )


@dataclass
class Callers:
    """Everybody who calls, and what came of it; whoever is left in silence for so long was left behind."""

    hotline: Hotline
    there: set[int] = field(default_factory=set)
    """Those who dial or are on the line."""
    lost: set[int] = field(default_factory=set)
    """Those whose call Asterisk took with it."""
    silent: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    met: set[int] = field(default_factory=set)
    """Those who have heard an agent."""
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def wave(self, number: int) -> None:
        """Ten more."""
        self.tasks += [asyncio.create_task(self._calls(number * WAVE + one)) for one in range(WAVE)]

    async def all_gone(self) -> None:
        await asyncio.gather(*self.tasks)

    def with_asterisk(self) -> None:
        """It is killed now: their calls are lost."""
        self.lost |= self.there

    async def _calls(self, number: int) -> None:
        known = number % 5 == 3
        phone = await self.hotline.phone(KNOWN[number % len(KNOWN)] if known else f"+86137000{number:05}")
        self.there.add(number)
        try:
            call = await phone.call(HOTLINE)
            if call.status == 200:
                await self._does(number, call)
            else:
                self.refused.add(number)
            for one in list(phone._calls.values()):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await one.hang_up()
        except TimeoutError:
            self.silent.add(number)
        finally:
            self.there.discard(number)
            for one in list(phone._calls.values()):
                one.end()
            await phone.close()

    async def _does(self, number: int, call: PhoneCall) -> None:
        """What people do: hang up in the menu, give up, talk, ask to be called back, wait for ever."""
        await hears_more(call, 2)
        if number % 5 == 0:
            return
        for _ in range(2):  # who was kept company by Asterisk alone presses again
            call.press("0")
            await hears_more(call, 2)
        match number % 5:
            case 2:
                await call.heard.until(lambda: call.heard.over or hears_an_agent(call), UNTIL_MET_SECONDS)
                if hears_an_agent(call):
                    self.met.add(number)
            case 3:
                for _ in range(4):
                    await hears_more(call, 2)
                    call.press("1")
            case 4:
                with contextlib.suppress(TimeoutError):  # nobody has promised him anything: he gives up
                    await call.heard.until(lambda: call.heard.over, PATIENCE_SECONDS)
        await hears_more(call, 1)


async def hears_more(call: PhoneCall, seconds: int) -> None:
    """So much more, of whatever, or that the call is over. Raises TimeoutError."""
    wanted = len(call.heard.sound) + seconds * RATE
    await call.heard.until(lambda: call.heard.over or len(call.heard.sound) > wanted, PATIENCE_SECONDS)


def hears_an_agent(call: PhoneCall) -> bool:
    return share_of(call.heard.samples(max(len(call.heard.sound) - 4000, 0)), AGENT) > 0.8


async def serves(hotline: Hotline, agent: VoiceAgent, phone: AnsweringPhone) -> None:
    """Picks up, talks, writes it up."""
    while True:
        call = await phone.pick_up(seconds=400)
        call.media.say(tone(AGENT, 60))
        contact = InteractionId(UUID(phone.asked(call).one("x-qiao-contact")))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(6):
                await call.ended.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                await call.hang_up()
        call.end()
        async with hotline.house.database.transaction() as tx:
            with contextlib.suppress(Refused):
                await interactions.wrap_up(tx, interaction_id=contact, agent_id=agent.id, disposition="solved")


async def is_ready_again(hotline: Hotline, agent: VoiceAgent) -> None:
    """Says so whenever he was set aside: a telephone that Asterisk took with it is back by itself, its agent is not."""
    async with hotline.house.hub.subscribe() as hints:
        while True:
            async with hotline.house.database.transaction() as tx:
                if (await routing.presence_of(tx, agent.id)).status != "ready":
                    await routing.set_status(tx, agent_id=agent.id, status="ready")
            await hints.get(1.0)


@pytest.fixture
async def hotline(programs: str, voice_folder: Path, database_url: str) -> AsyncIterator[Hotline]:
    """Whoever is called back is busy, at the trunk's own port."""
    trunk = {"name": "sea", "host": "127.0.0.1", "port": free_port(SOCK_DGRAM), "allow": ["127.0.0.1/32"]}
    settings = voice_settings(programs, voice_folder, trunks=[trunk]).model_copy(update={"database_url": database_url})
    house = open_hotline_house(settings)
    await fill_hotline(house)
    server = AsteriskServer(settings)
    await server.start()
    yield Hotline(house, Speaker(settings), server)
    await server.stop()
    await house.database.close()


@asynccontextmanager
async def crew(hotline: Hotline) -> AsyncIterator[None]:
    """Three agents, and somebody busy behind the trunk."""
    voice = hotline.house.settings.voice
    busy = await AnsweringPhone.listen(("127.0.0.1", voice.sip_port), "busy", port=voice.trunks[0].port, answers=False)
    async with at_work(hotline) as first:
        others = [await with_telephone(hotline) for _ in range(2)]
        tasks = [asyncio.create_task(serves(hotline, *one)) for one in (first, *others)]
        tasks += [asyncio.create_task(alive(hotline, agent)) for agent, _ in others]
        tasks += [asyncio.create_task(is_ready_again(hotline, agent)) for agent, _ in (first, *others)]
        try:
            yield
        finally:
            await ended(*tasks)
            for _, phone in others:
                await phone.close()
            await busy.close()


async def ended(*tasks: asyncio.Task[None]) -> None:
    """End what would go on for ever. Raises what has ended one of them before."""
    for task in tasks:
        task.cancel()
    for came in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(came, BaseException) and not isinstance(came, asyncio.CancelledError):
            raise came


async def inbound(hotline: Hotline) -> list[Any]:
    async with hotline.house.database.transaction() as tx:
        return list(await tx.rows(select(voice_calls).where(voice_calls.c.dialled == HOTLINE)))


async def test_whatever_is_killed_every_offered_call_is_in_one_place_at_every_look(hotline: Hotline) -> None:
    watch = Watch(hotline, hotline.house.clock.now())
    async with AsyncExitStack() as stack:
        start = [("worker",), ("voice", "asterisk"), ("voice", "worker"), ("voice", "worker")]
        _, _, first, second = [await stack.enter_async_context(qiao(hotline, *words)) for words in start]
        await stack.enter_async_context(crew(hotline))
        watching = asyncio.create_task(watch.forever())

        async def both_serve() -> bool:
            async with hotline.house.database.transaction() as tx:
                named = await tx.rows(select(leases.c.name).where(leases.c.name.like("voice.%")))
                return sum([await holder(tx, row["name"]) is not None for row in named]) >= 2

        await watch.until(both_serve)
        callers = Callers(hotline)
        callers.wave(0)
        await watch.offered_are(3, callers)
        first.kill()
        await stack.enter_async_context(qiao(hotline, "voice", "worker"))
        callers.wave(1)
        await watch.offered_are(7, callers)
        callers.with_asterisk()
        os.kill(int((hotline.server.folder / "asterisk.pid").read_text("ascii")), signal.SIGKILL)
        callers.wave(2)
        await watch.offered_are(11, callers)
        second.kill()
        await callers.all_gone()

        async def settled() -> bool:
            return all(row["state"] == "over" and not row["parting"] for row in await inbound(hotline))

        await watch.until(settled)

        async def nobody_held() -> bool:
            """No desk has a call any more that is over, and no agent talks in one."""
            mine = [row["interaction_id"] for row in await inbound(hotline)]
            async with hotline.house.database.transaction() as tx:
                found = await tx.rows(select(contacts.c.state).where(contacts.c.interaction_id.in_(mine)))
            return {row["state"] for row in found} <= OVER

        await watch.until(nobody_held)
        await ended(watching)
    last = await watch.look()
    assert watch.wrong == [] and watch.looks > 30
    assert last is not None and last.waiting == last.talking == last.menu == 0 and last.offered >= 3
    assert callers.silent <= callers.lost, "whose call was not lost with Asterisk heard something all the time"
    wanted_one = {number for number in range(3 * WAVE) if number % 5 == 2}
    assert callers.refused == set() and wanted_one - callers.lost <= callers.met, "who stays is answered"
    rows = await inbound(hotline)
    assert len({row["channel"] for row in rows}) == len(rows), "one telephone call is one row"
    counted = tally(await hotline.calls())
    assert counted["offered"] == sum(many for place, many in counted.items() if place != "offered")
    async with hotline.house.database.transaction() as tx:
        told = select(post_messages.c.recipient, func.count().label("many")).where(
            post_messages.c.purpose == PURPOSE, post_messages.c.accepted_at >= watch.began_at
        )
        counts = await tx.rows(told.group_by(post_messages.c.recipient, post_messages.c.key))
    assert all(row["many"] == 1 for row in counts)
