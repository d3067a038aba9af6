"""The owner: the one process that writes offers, for as long as its lease is good.

It hears of facts as they are committed, lets the core decide, and writes the outcome in one fenced transaction with
the removal of the facts. Whatever goes wrong in a turn, nothing of it stays, and the memory is read anew from rows.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Final

import structlog
from psycopg import Error as DriverError
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from qiao.kernel.ids import AgentId
from qiao.platform.database import Database, Transaction
from qiao.platform.failpoints import failpoint
from qiao.platform.house import House
from qiao.platform.leases import Lease, hold
from qiao.platform.live import ROUTING, Subscription
from qiao.platform.telemetry import ROUTING_DECISIONS
from qiao.routing import model_facts as say
from qiao.routing.facts import DESK, Told, forget, uuid_of, waiting_facts
from qiao.routing.liveness import GONE_SECONDS, LOOK_SECONDS, LOST_SECONDS, Liveness
from qiao.routing.memory import Memory, RowMovedOn
from qiao.routing.model import next_due_at
from qiao.routing.operations_presence import signed_off
from qiao.routing.reading import all_rules, read_memory
from qiao.routing.rows import locked_seat
from qiao.routing.rules import seconds
from qiao.routing.store import seats
from qiao.routing.writing import write

log = structlog.get_logger(__name__)
LEASE: Final = "routing"
FACTS_A_TURN: Final = 500
SHORTEST_PAUSE_SECONDS: Final = 0.01
AFTER_FAULT_SECONDS: Final = 0.2
LOCK_SECONDS: Final = 1
"""Whoever holds a contact longer must not hold up the lease, whose row the fence has locked."""
TURN_DECIDED: Final = "routing.owner.decided"
OFFERS_WRITTEN: Final = "routing.owner.offers_written"


@dataclass(frozen=True, slots=True)
class Patience:
    """After how much silence an agent is lost, and signed off; real seconds."""

    lost_seconds: float = LOST_SECONDS
    gone_seconds: float = GONE_SECONDS


async def own(house: House, patience: Patience = Patience()) -> None:
    """Take turns at owning routing, for ever; any number of processes may run this."""

    async def work(lease: Lease) -> None:
        database = Database(house.database.url, house.clock, pool_size=1)  # never queues behind other work
        try:
            async with house.hub.subscribe(ROUTING) as told:
                await Owner(database, lease, patience).run(told)
        finally:
            await database.close()

    await hold(house.database, LEASE, work)


class Owner:
    """One lease's worth of owning."""

    def __init__(self, database: Database, lease: Lease, patience: Patience) -> None:
        self._database = database
        self._lease = lease
        self._liveness = Liveness(patience.lost_seconds, patience.gone_seconds)
        self._memory: Memory | None = None

    async def run(self, told: Subscription) -> None:
        """Turn after turn, until the lease is lost."""
        while True:
            try:
                if self._memory is None:
                    self._memory = await self._read()
                again = await self._turn(self._memory)
            except RowMovedOn:
                self._memory, again = None, True
            except (DBAPIError, DriverError, OSError, TimeoutError) as error:
                log.warning("routing.turn_failed", error=type(error).__name__)
                self._memory, again = None, True
                await asyncio.sleep(AFTER_FAULT_SECONDS)
            if not again:
                await told.get(self._pause_seconds())

    async def _read(self) -> Memory:
        async with self._database.transaction(isolation="REPEATABLE READ") as tx:
            memory = await read_memory(tx)
        log.info("routing.read", contacts=len(memory.contacts), seats=len(memory.seats), epoch=self._lease.epoch)
        return memory

    async def _turn(self, memory: Memory) -> bool:
        """Take in what is new, decide, write; True if there may be more at once."""
        async with self._database.transaction() as tx:
            now = seconds(tx.now)
            facts = await waiting_facts(tx, FACTS_A_TURN)
            await self._hear(tx, memory, facts, now)
            gone = await self._look(tx, memory, now)
            memory.tell(say.TimePassed(), now)
            failpoint(TURN_DECIDED)
            if facts or gone or memory.touched or memory.seats_touched:
                await self._lease.fence(tx, lock_seconds=LOCK_SECONDS)
                await write(tx, memory, self._lease.epoch)
                for agent_id in gone:
                    row = await locked_seat(tx, agent_id)
                    if row is not None:
                        await signed_off(tx, row, "silent")
                await forget(tx, facts)
                failpoint(OFFERS_WRITTEN)
        memory.forget_written()
        return len(facts) == FACTS_A_TURN or bool(gone)

    async def _hear(self, tx: Transaction, memory: Memory, facts: list[Told], now: float) -> None:
        if not facts:
            return
        named = {uuid_of(fact.body["desk_id"]) for fact in facts if "desk_id" in fact.body}
        if any(fact.kind == DESK for fact in facts) or named - memory.core.desks.keys():
            memory.set_desks(await all_rules(tx), now)
        for fact in facts:
            with ROUTING_DECISIONS.time():
                memory.hear(fact, now)

    async def _look(self, tx: Transaction, memory: Memory, now: float) -> list[AgentId]:
        """Tell the core who fell silent and who is back; returns whom to sign off."""
        at = time.monotonic()
        looked_at = self._liveness.looked_at
        if looked_at is not None and at - looked_at < LOOK_SECONDS / 2:
            return []
        rows = await tx.rows(select(seats.c.agent_id, seats.c.beats).where(seats.c.signed_on))
        self._liveness.look({AgentId(row["agent_id"]): row["beats"] for row in rows}, at)
        gone = []
        for agent_id, known in memory.seats.items():
            if known.lost and self._liveness.answers(agent_id):
                memory.seats_touched.add(agent_id)
                memory.tell(say.AgentBack(agent_id), now)
            elif not known.lost and self._liveness.silent(agent_id):
                memory.seats_touched.add(agent_id)
                memory.tell(say.AgentLost(agent_id), now)
            elif known.lost and self._liveness.gone(agent_id):
                gone.append(agent_id)
        return gone

    def _pause_seconds(self) -> float:
        due_at = None if self._memory is None else next_due_at(self._memory.core)
        if due_at is None:
            return LOOK_SECONDS
        left = due_at - seconds(self._database.clock.now())
        return min(max(left, SHORTEST_PAUSE_SECONDS), LOOK_SECONDS)
