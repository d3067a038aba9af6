"""A centre that is texted: the sandbox operator behind it, the hall's turns and a worker's work done when asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text

from qiao import interactions, post, routing
from qiao.bss import Lines, Operator, Payments
from qiao.bss.sandbox import CAST, SandboxLines, SandboxOperator, SandboxPayments, fill, misbehave
from qiao.cases.room import ROOM as CASES
from qiao.catalogue import fulfilling
from qiao.catalogue.room import ROOM as CATALOGUE
from qiao.channels.sms import hall, sessions
from qiao.channels.sms.room import ROOM
from qiao.channels.sms.sessions import Place
from qiao.outreach.room import ROOM as OUTREACH
from qiao.platform.events import Reader, ensure_cursors
from qiao.platform.signing import Keys
from qiao.platform.timers import run_due
from qiao.post.store import post_messages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from qiao.interactions import Interaction, Message
    from qiao.kernel.ids import DeskId
    from qiao.kernel.service_ids import ServiceId
    from qiao.platform.database import Database
    from qiao.platform.house import House
    from tests.conftest import StillClock

HOTLINE = "10086"
PAGES = "https://pay.example"
SHI = CAST[0].service
ROOMS = (CATALOGUE, OUTREACH, CASES, ROOM)
LISTENERS = [listener for room in ROOMS for listener in room.listeners]
TIMERS = {timer.kind: timer for room in ROOMS for timer in room.timers}
JOBS = {job.name: job for room in ROOMS for job in room.jobs}


@dataclass
class Centre:
    """Texts in, texts out, and whatever a worker would have done in between."""

    house: House
    clock: StillClock
    keys: count[int] = field(default_factory=count)

    @property
    def database(self) -> Database:
        return self.house.database

    async def do(self, verb: Callable[..., Awaitable[Any]], /, *given: Any, **named: Any) -> Any:
        async with self.database.transaction() as tx:
            return await verb(tx, *given, **named)

    async def text(self, words: str, sender: ServiceId = SHI, to: str = HOTLINE, key: str = "") -> list[str]:
        """He texts us and all is done that follows of it; returns what he is sent, oldest first."""
        before = await self.count(sender)
        await self.do(post.received, sender, words, key or f"text-{next(self.keys)}", to)
        await self.work()
        return (await self.sent(sender))[before:]

    async def work(self) -> None:
        """The hall, listeners, timers and jobs, until nothing is left to do now."""
        for _ in range(50):
            done = await hall.turn(self.house)
            done += sum([await Reader(self.database, listener).catch_up() for listener in LISTENERS])
            done += await run_due(self.database, TIMERS)
            done += await fulfilling.turn(self.house)
            if not done + await self._jobs():
                return
        raise AssertionError("the worker never comes to rest")

    async def _jobs(self) -> int:
        async with self.database.transaction() as tx:
            todo = text("select id, task_name, args from procrastinate_jobs where status = 'todo' order by id")
            found = await tx.rows(todo)
            await tx.execute(text("delete from procrastinate_jobs"))
        for row in found:
            if row["task_name"] in JOBS:
                await JOBS[row["task_name"]].run(self.house, **row["args"])
        return len(found)

    async def sent(self, number: ServiceId = SHI) -> list[str]:
        """Every text to a number, oldest first."""
        mine = select(post_messages.c.text).where(post_messages.c.recipient == str(number))
        async with self.database.transaction() as tx:
            return [row["text"] for row in await tx.rows(mine.order_by(post_messages.c.id))]

    async def count(self, number: ServiceId = SHI) -> int:
        return len(await self.sent(number))

    async def place(self, number: ServiceId = SHI, to: str = HOTLINE) -> Place:
        told = await self.do(sessions.places, {(number, to)})
        found: Place = told[number, to]
        return found

    async def contact(self, number: ServiceId = SHI) -> Interaction:
        """The contact that goes on with him."""
        place = await self.place(number)
        assert place.interaction_id is not None
        found: Interaction = await self.do(interactions.interaction, place.interaction_id)
        return found

    async def said(self, contact: Interaction) -> list[tuple[str, str]]:
        told: list[Message] = await self.do(interactions.messages_after, contact.id, 0, 100)
        return [(one.author_kind, one.text) for one in told]

    async def desk(self, code: str = "service", **rules: Any) -> DeskId:
        made: DeskId = await self.do(
            routing.ensure_desk, code=code, names={"en": code}, unit_id=None, entry_points=["sms"], rules=rules
        )
        return made


async def centre(house: House, clock: StillClock) -> Centre:
    """The hotline, one desk, and an operator who answers."""
    house.ports[Operator] = SandboxOperator(house.database, answer_seconds=15.0)
    house.ports[Lines] = SandboxLines(house.database, answer_seconds=15.0)
    house.ports[Keys] = Keys.of(house.settings)
    signer = house.get(Keys).signer("sandbox.pay")
    house.ports[Payments] = SandboxPayments(house.database, pages=lambda: PAGES, signer=signer, answer_seconds=15.0)
    async with house.database.transaction() as tx:
        await fill(tx, customers=30)
        await misbehave(tx, None)
        for table in ("timers", "procrastinate_jobs", "post_messages", "post_texts", "sms_sessions"):
            await tx.execute(text(f"delete from {table}"))
        await ensure_cursors(tx, LISTENERS)
        await routing.ensure_entry_point(tx, number=HOTLINE, code="sms", names={"en": "Hotline"})
    made = Centre(house, clock)
    await made.desk()
    for listener in LISTENERS:
        await Reader(house.database, listener).catch_up()
    return made
