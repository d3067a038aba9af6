"""A floor with desks, agents and customers, and what tests do on it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import text

from qiao import interactions, routing
from qiao.kernel.ids import AgentId, DeskId, InteractionId, UnitId, new_id
from qiao.kernel.origin import Origin
from qiao.platform.clock import MachineClock
from qiao.platform.database import Database, Transaction
from qiao.platform.house import House
from qiao.platform.leases import holder
from qiao.routing.owner import LEASE, Patience, own
from tests.conftest import StillClock

Found = TypeVar("Found")
UNIT = UnitId(new_id())
EMPTY = text(
    "truncate routing_facts, routing_offers, routing_assignments, routing_contacts, routing_desks, routing_seats,"
    " routing_presence cascade"
)

FREE = text("update leases set until = 'epoch'")
"""Whoever was killed with the lease in its hand has it no more."""


class RunningClock(StillClock):
    """Runs with the machine's, from wherever a test has moved it."""

    def now(self) -> datetime:
        return MachineClock().now() + (self.at - StillClock().at) + self.offset


@dataclass(frozen=True)
class Person:
    """As much of a staff.Agent as routing asks for."""

    id: AgentId
    unit_id: UnitId = UNIT
    languages: frozenset[str] = frozenset({"zh-CN"})
    skills: dict[str, int] = field(default_factory=dict)
    segments: tuple[str, ...] | None = None
    capacity: dict[str, int] = field(default_factory=lambda: {"chat": 2})
    desks: tuple[DeskId, ...] = ()


@dataclass
class Floor:
    """What tests do on it, each in a transaction of its own."""

    house: House
    seats: dict[AgentId, UUID] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        return self.house.database

    async def desk(self, code: str = "general", **given: Any) -> DeskId:
        rules = {key: given.pop(key) for key in tuple(given) if key not in ("entry_points", "segments", "unit_id")}
        named = {"names": {"zh-CN": code, "en": code}, "unit_id": UNIT, "entry_points": ["portal"], **given}
        async with self.database.transaction() as tx:
            return await routing.ensure_desk(tx, code=code, rules=rules, **named)

    async def agent(self, *, ready: bool = True, **given: Any) -> AgentId:
        person = Person(AgentId(new_id()), **given)
        self.seats[person.id] = uuid4()
        async with self.database.transaction() as tx:
            await routing.sign_on(tx, agent=person, seat=self.seats[person.id], units={person.unit_id})
            if ready:
                await routing.set_status(tx, agent_id=person.id, status="ready", reason=None)
        return person.id

    async def contact(self, **given: Any) -> InteractionId:
        async with self.database.transaction() as tx:
            began = await interactions.start_interaction(tx, channel="chat", language="zh-CN")
            await interactions.say(tx, interaction_id=began.id, author_kind="customer", text="你好")
        await self.queue(began.id, **given)
        return began.id

    async def queue(self, interaction_id: InteractionId, **given: Any) -> None:
        wanted: dict[str, Any] = {
            "channel": "chat",
            "entry_point": "portal",
            "language": "zh-CN",
            "segment": "standard",
            "customer_id": None,
            "preferred_agent": None,
            "unit_id": UNIT,
            "origin": Origin(channel="chat", interaction=interaction_id, actor="customer:unknown"),
        }
        async with self.database.transaction() as tx:
            await routing.queue_contact(tx, interaction_id=interaction_id, **(wanted | given))

    async def does(self, verb: Callable[..., Awaitable[Found]], **given: Any) -> Found:
        async with self.database.transaction() as tx:
            return await verb(tx, **given)

    async def asks(self, question: Callable[..., Awaitable[Found]], *given: Any, **named: Any) -> Found:
        async with self.database.transaction() as tx:
            return await question(tx, *given, **named)

    async def until(self, true: Callable[[Transaction], Awaitable[Found]], seconds: float = 10) -> Found:
        """Wait until something is told that makes this true; returns what made it so."""
        async with asyncio.timeout(seconds), self.house.hub.subscribe() as told:
            while True:
                await told.get(0.25)
                async with self.database.transaction() as tx:
                    if found := await true(tx):
                        return found

    async def offered(self, interaction_id: InteractionId, seconds: float = 10) -> AgentId:
        """Wait for the contact's live offer; returns to whom."""

        async def live(tx: Transaction) -> AgentId | None:
            found = await routing.waiting_contact(tx, interaction_id)
            return found.agent_id if found is not None and found.state == "offered" else None

        agent_id = await self.until(live, seconds)
        assert agent_id is not None
        return agent_id

    async def answered(self, interaction_id: InteractionId) -> AgentId:
        """Wait for the offer and accept it; returns who did."""
        agent_id = await self.offered(interaction_id)
        await self.does(routing.accept_offer, interaction_id=interaction_id, agent_id=agent_id)
        return agent_id

    async def stands(self, interaction_id: InteractionId, state: str, seconds: float = 10) -> routing.Waiting:
        """Wait until the contact is in this state."""

        async def there(tx: Transaction) -> routing.Waiting | None:
            found = await routing.waiting_contact(tx, interaction_id)
            return found if found is not None and found.state == state else None

        found = await self.until(there, seconds)
        assert found is not None
        return found

    async def taken_in(self) -> None:
        """Wait until the owner has heard all facts."""

        async def none_left(tx: Transaction) -> bool:
            return not await tx.scalar(text("select count(*) from routing_facts"))

        await self.until(none_left)


async def start_owner(floor: Floor, patience: Patience = Patience()) -> "asyncio.Task[None]":  # noqa: B008
    owning = asyncio.create_task(own(floor.house, patience))

    async def held(tx: Transaction) -> bool:
        return owning.done() or await holder(tx, LEASE) is not None

    await floor.until(held)
    return owning


async def end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
