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

    async def offered_are(self, many: int, callers: list[asyncio.Task[None]]) -> None:
        """So many were offered and some wait now, or all callers are gone: on a slow machine they may be quicker."""
        async with asyncio.timeout(180), self.news:
            await self.news.wait_for(
                lambda: (self.offered >= many and self.waiting >= 2) or all(one.done() for one in callers)
            )


async def caller(hotline: Hotline, number: int) -> None:
    """Calls, does what people do, and is gone; whatever breaks under him is not his fault."""
    known = number % 5 == 3
    phone = await hotline.phone(KNOWN[number % len(KNOWN)] if known else f"+86137000{number:05}")
    try:
        call = await phone.call(HOTLINE)
        if call.status != 200:
            return
        await hears_more(call, 2)
        if number % 5 == 0:
            return
        for _ in range(2):  # who was kept company by Asterisk alone presses again
            call.press("0")
            await hears_more(call, 2)
        await DOES[number % 5](call)
    except TimeoutError:
        pass
    finally:
        for one in list(phone._calls.values()):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await one.hang_up()
            one.end()
        await phone.close()


async def hears_more(call: PhoneCall, seconds: int) -> None:
    wanted = len(call.heard.sound) + seconds * RATE
    await call.heard.until(lambda: len(call.heard.sound) > wanted, PATIENCE_SECONDS)


async def _gives_up(call: PhoneCall) -> None:
    await hears_more(call, 1)


async def _talks(call: PhoneCall) -> None:
    await call.heard.until(lambda: share_of(call.heard.samples()[-4000:], AGENT) > 0.8, PATIENCE_SECONDS)


async def _wants_to_be_called(call: PhoneCall) -> None:
    for _ in range(4):
        await hears_more(call, 2)
        call.press("1")


async def _waits_for_ever(call: PhoneCall) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        await call.ended.wait()


DOES: dict[int, Callable[[PhoneCall], Awaitable[None]]] = {
    1: _gives_up,
    2: _talks,
    3: _wants_to_be_called,
    4: _waits_for_ever,
}


async def serves(hotline: Hotline, agent: VoiceAgent, phone: AnsweringPhone) -> None:
    """Picks up, talks, writes it up, and is ready again."""
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
        async with hotline.house.database.transaction() as tx:
            await routing.set_status(tx, agent_id=agent.id, status="ready")


def wave(hotline: Hotline, number: int) -> list[asyncio.Task[None]]:
    return [asyncio.create_task(caller(hotline, number * WAVE + one)) for one in range(WAVE)]


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
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for _, phone in others:
                await phone.close()
            await busy.close()


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
        callers = wave(hotline, 0)
        await watch.offered_are(3, callers)
        first.kill()
        await stack.enter_async_context(qiao(hotline, "voice", "worker"))
        callers += wave(hotline, 1)
        await watch.offered_are(7, callers)
        os.kill(int((hotline.server.folder / "asterisk.pid").read_text("ascii")), signal.SIGKILL)
        callers += wave(hotline, 2)
        await watch.offered_are(11, callers)
        second.kill()
        await asyncio.gather(*callers)

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
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    last = await watch.look()
    assert watch.wrong == [] and watch.looks > 30
    assert last is not None and last.waiting == last.talking == last.menu == 0 and last.offered >= 3
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
