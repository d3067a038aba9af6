"""A small centre for tests of proof: the sandbox operator, a customer of it, and a worker that works when asked."""

import inspect
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text

from qiao import cases, customers, interactions
from qiao.bss import Operator
from qiao.bss.sandbox import CAST, SandboxOperator, fill, misbehave
from qiao.cases.proof_records import Proof, proof_of
from qiao.cases.room import ROOM
from qiao.catalogue import fulfilling
from qiao.catalogue.room import ROOM as CATALOGUE
from qiao.customers import Customer
from qiao.interactions import Interaction
from qiao.kernel.ids import AgentId, CaseId, new_id
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.outreach.room import ROOM as OUTREACH
from qiao.platform.database import Transaction
from qiao.platform.events import Reader, ensure_cursors
from qiao.platform.house import House
from qiao.platform.policy import Level
from qiao.platform.signing import Keys
from qiao.platform.timers import next_due, run_due
from qiao.post.store import post_messages
from tests.cases.matter_at_hand import UNWANTED, WORDS, Days
from tests.conftest import StillClock

TIMERS = {timer.kind: timer for timer in (*CATALOGUE.timers, *OUTREACH.timers, *ROOM.timers)}
NOVEMBER = datetime(2026, 11, 14, 6, 0, tzinfo=UTC)


@dataclass
class Centre(Days):
    """Steps at their times, and between them whatever a worker would have done by then."""

    house: House
    clock: StillClock
    shi: Customer
    me: AgentId = field(default_factory=lambda: AgentId(new_id()))
    service: ServiceId = CAST[0].service

    @property
    def database(self) -> Any:  # type: ignore[override]
        return self.house.database

    def at(self, *when: int) -> None:
        """Move to an instant of the demo's zone-less calendar (UTC)."""
        self.clock.at = datetime(*when, tzinfo=UTC)  # type: ignore[misc, arg-type]

    async def work(self) -> None:
        """Listeners, timers and jobs until nothing is left to do now."""
        for _ in range(50):
            heard = sum([await Reader(self.database, listener).catch_up() for listener in ROOM.listeners])
            due = await run_due(self.database, TIMERS) + await fulfilling.turn(self.house)
            if not heard + due + await self._jobs():
                return
        raise AssertionError("the worker never comes to rest")

    async def _jobs(self) -> int:
        known = {job.name: job for job in (*ROOM.jobs, *CATALOGUE.jobs)}
        async with self.database.transaction() as tx:
            todo = text("select id, task_name, args from procrastinate_jobs where status = 'todo' order by id")
            found = await tx.rows(todo)
        for row in found:
            if row["task_name"] in known:
                await known[row["task_name"]].run(self.house, **row["args"])
            async with self.database.transaction() as tx:  # after it: who is killed in a job finds it again
                await tx.execute(text("delete from procrastinate_jobs where id = :id"), {"id": row["id"]})
        return len(found)

    async def until(self, *when: int) -> None:
        """Live from now to then: whatever falls due on the way is done when it does."""
        end = datetime(*when, tzinfo=UTC)  # type: ignore[misc, arg-type]
        await self.work()
        while self.clock.at < end:
            async with self.database.transaction() as tx:
                due = await next_due(tx, TIMERS)
            self.clock.at = min(end, max(due or end, self.clock.at))
            await self.work()

    async def open(self, **given: Any) -> CaseId:
        whole = {"customer_id": self.shi.id, "service_id": self.service, "category_code": UNWANTED, "own_words": WORDS}
        facts = {"facts": {"short_code": ["1729", "3737"]}, "origin": Origin("chat"), "agent_id": self.me}
        return await self.do(cases.open_case, **{**whole, **facts, **given})

    async def resolve(self, case_id: CaseId, **given: Any) -> None:
        told: dict[str, Any] = {"kind": "remedied", "what": "The service is cancelled", "agent_id": self.me}
        if "cause" in inspect.signature(cases.resolve_case).parameters:
            told |= {"cause": "charge/not_ordered", "system": "content_platform"}
        await self.do(cases.resolve_case, case_id=case_id, **{**told, **given})

    async def proof(self, case_id: CaseId) -> Proof:
        async with self.database.transaction() as tx:
            return await proof_of(tx, case_id)

    async def outcomes(self, case_id: CaseId) -> dict[str, str]:
        """Condition -> outcome of the newest resolution."""
        newest = (await self.whole(case_id)).resolutions[-1].id
        return {check.condition: check.outcome for check in (await self.proof(case_id)).of(newest)}

    async def status(self, case_id: CaseId) -> str:
        return (await self.whole(case_id)).case.status

    async def history(self, case_id: CaseId) -> list[str]:
        return [line.kind for line in (await self.whole(case_id)).history]

    async def texts(self, purpose: str = "") -> list[str]:
        """What the customer was asked with a link (or, for a purpose, all he was sent for it), oldest first."""
        async with self.database.transaction() as tx:
            which = post_messages.c.purpose == purpose if purpose else post_messages.c.text.contains("/confirm/")
            sent = select(post_messages.c.text).where(post_messages.c.recipient == str(self.service), which)
            return [row["text"] for row in await tx.rows(sent.order_by(post_messages.c.accepted_at))]

    async def contact(self, *, level: int = 2, **given: Any) -> Interaction:
        """A live contact of his with the agent, in which he proved that much."""

        async def begin(tx: Transaction) -> Interaction:
            whole = {"channel": "chat", "language": "zh-CN", "customer_id": self.shi.id, "service_id": self.service}
            begun = await interactions.start_interaction(tx, **{**whole, **given})
            await interactions.assign(tx, interaction_id=begun.id, agent_id=self.me)
            if level > 1:
                await interactions.prove_level(
                    tx, interaction_id=begun.id, level=Level.ONE_FACTOR, method="one_time_code"
                )
            return await interactions.interaction(tx, begun.id)

        return await self.do(begin)

    async def act(self, verb: Any, *given: Any, **more: Any) -> Any:
        """Something done on the operator's side."""
        async with self.database.transaction() as tx:
            return await verb(tx, *given, **more)


async def centre(house: House, clock: StillClock) -> Centre:
    """The centre on 14 November 2026, with nothing wrong yet."""
    clock.at = NOVEMBER
    house.ports[Operator] = SandboxOperator(house.database, answer_seconds=15.0)
    house.ports[Keys] = Keys.of(house.settings)
    async with house.database.transaction() as tx:
        await fill(tx, customers=30)
        await misbehave(tx, None)
        await tx.execute(text("delete from timers"))
        await tx.execute(text("delete from procrastinate_jobs"))
        await tx.execute(text("delete from post_messages"))
        for table in ("issued_bills", "bill_lines"):
            await tx.execute(text(f"delete from sandbox.{table}"))
        await tx.execute(text("delete from sandbox.subscriptions where code = 'yitutong_community'"))
        await ensure_cursors(tx, ROOM.listeners)
    finding = await customers.look_up(house.get(Operator), CAST[0].service)
    assert finding is not None
    async with house.database.transaction() as tx:
        shi = await customers.keep(tx, finding)
    return Centre(house, clock, shi)
