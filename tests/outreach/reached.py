"""What the tests of this room begin with: a customer with a number, a desk, and timers and events that run."""

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import select, text

from qiao import customers, outreach, post, routing
from qiao.bss import Holding, Party
from qiao.customers import Customer, Finding
from qiao.kernel.ids import DeskId
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.outreach.room import ROOM
from qiao.platform.database import Database, Transaction
from qiao.platform.events import Reader, ensure_cursors
from qiao.platform.events import events as all_events
from qiao.platform.timers import run_due
from tests.conftest import StillClock

Made = TypeVar("Made")
NUMBERS = count(13_800_000_000)
TEXT = "case.opened"
[LISTENER] = ROOM.listeners


class House:
    """Each step in a transaction of its own; `settle` lets timers and listeners do their work."""

    def __init__(self, database: Database, clock: StillClock) -> None:
        self.database, self.clock = database, clock

    async def do(self, step: Callable[..., Awaitable[Made]], /, *given: Any, **named: Any) -> Made:
        async with self.database.transaction() as tx:
            return await step(tx, *given, **named)

    async def begin(self) -> None:
        """Hear nothing of what was before."""
        await self.do(ensure_cursors, ROOM.listeners)
        await Reader(self.database, LISTENER).catch_up()
        async with self.database.transaction() as tx:
            await tx.execute(text("truncate timers"))

    async def settle(self) -> None:
        """What is due happens, and what happened is heard."""
        await run_due(self.database, {timer.kind: timer for timer in ROOM.timers})
        await Reader(self.database, LISTENER).catch_up()

    async def customer(self, language: str = "en", segment: str = "vip", number: str = "") -> Customer:
        service = ServiceId("mobile", number or f"+86{next(NUMBERS)}")
        party = Party(f"P{service.value}", "Shi", "person", segment, language, None, "", "")
        holding = Holding(party.ref, service, self.clock.now())
        return await self.do(customers.keep, Finding(party, (holding,)))

    async def desk(self, code: str = "vip", **rules: Any) -> DeskId:
        return await self.do(
            routing.ensure_desk, code=code, names={"en": code}, unit_id=None, entry_points=["portal"], rules=rules
        )

    async def tell(self, person: Customer, key: str = "k", **given: Any) -> outreach.Notice:
        whole = {
            "template": TEXT, "customer_id": person.id, "service": person.numbers[0], "variables": {"number": "Q-1"},
            "key": key, "origin": Origin("system"),
        }  # fmt: skip
        return await self.do(outreach.notify, **{**whole, **given})

    async def texts(self, person: Customer) -> list[str]:
        """What is in post's ledger for him and was not withdrawn, oldest first."""
        found = await self.do(post.messages_to, person.numbers[0])
        return [one.text for one in reversed(found) if one.reason != "withdrawn"]

    async def says(self, person: Customer, words: str, key: str) -> None:
        """He texts us, and it is heard."""
        await self.hears(person.numbers[0], words, key)

    async def hears(self, number: ServiceId, words: str, key: str) -> bool:
        """A text from a number comes in, and is heard; returns whether anything was made of it."""

        async def hear(tx: Transaction) -> bool:
            text = await post.text_in(tx, await post.received(tx, number, words, key))
            person = await customers.customer_of(tx, number)
            talks = await outreach.talks_with(tx, [(person.id, number)] if person else [])
            return await outreach.hear_text(tx, text, person, next(iter(talks.values()), None))

        made = await self.do(hear)
        await self.settle()
        return made


async def emitted(tx: Transaction, aggregate: str) -> list[str]:
    found = await tx.rows(
        select(all_events.c.name).where(all_events.c.aggregate == aggregate).order_by(all_events.c.seq)
    )
    return [row["name"].partition(".")[2] for row in found]
