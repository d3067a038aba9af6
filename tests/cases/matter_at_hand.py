"""What the tests of this room begin with: a customer, an agent, a contact, a case."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy import select

from qiao import cases, interactions
from qiao.cases import PlainMatter, WholeCase
from qiao.cases.room import ROOM
from qiao.cases.settling import happened
from qiao.cases.store import confirmations, verifications
from qiao.cases.store_proof import case_checks
from qiao.interactions import Interaction
from qiao.kernel.ids import AgentId, CaseId, CustomerId, UnitId, new_id
from qiao.kernel.origin import Origin
from qiao.platform.database import Database, Transaction
from qiao.platform.events import events
from qiao.platform.timers import run_due
from tests.conftest import StillClock

Made = TypeVar("Made")

UNWANTED = "complaint/billing/unwanted_value_added_service"
WHY = {"cause": "charge/not_ordered", "system": "content_platform"}
"""What the solution of a complaint tells beside its words."""
WORDS = "我收到一条短信“验证码17”，不小心回复了。我没有申请过任何服务。"


def customer() -> CustomerId:
    return CustomerId(new_id())


def agent() -> AgentId:
    return AgentId(new_id())


def unit() -> UnitId:
    return UnitId(new_id())


async def contact(tx: Transaction, customer_id: CustomerId | None = None, **given: Any) -> Interaction:
    return await interactions.start_interaction(
        tx, **{"channel": "chat", "language": "zh-CN", "customer_id": customer_id, **given}
    )


async def opened(tx: Transaction, **given: Any) -> CaseId:
    """A case about an odd text, opened by an agent."""
    whole = {"customer_id": customer(), "category_code": UNWANTED, "own_words": WORDS, "origin": Origin("chat")}
    return await cases.open_case(tx, **{**whole, "agent_id": agent(), **given})


async def emitted(tx: Transaction, case_id: CaseId) -> list[str]:
    await tx.finish()
    found = await tx.rows(select(events.c.name).where(events.c.aggregate == f"case:{case_id}").order_by(events.c.seq))
    return [row["name"].partition(".")[2] for row in found]


async def timeline_of(tx: Transaction, customer_id: CustomerId) -> list[str]:
    """Kinds of the lines on a customer's timeline, newest first."""
    return [entry.kind for entry in (await interactions.timeline(tx, customer_id)).entries]


class Days:
    """Each step in a transaction of its own, a minute after the one before it."""

    def __init__(self, database: Database, clock: StillClock) -> None:
        self.database, self.clock = database, clock

    async def do(self, step: Callable[..., Awaitable[Made]], /, **given: Any) -> Made:
        self.clock.forward(minutes=1)
        async with self.database.transaction() as tx:
            return await step(tx, **given)

    async def whole(self, case_id: CaseId) -> WholeCase:
        async with self.database.transaction() as tx:
            return await cases.case(tx, case_id)

    async def read(self, who: CustomerId, language: str) -> list[PlainMatter]:
        async with self.database.transaction() as tx:
            return list(await cases.matters_for_customer(tx, who, language=language))

    async def emitted(self, case_id: CaseId) -> list[str]:
        async with self.database.transaction() as tx:
            return await emitted(tx, case_id)

    async def run_timers(self) -> int:
        return await run_due(self.database, {timer.kind: timer for timer in ROOM.timers})

    async def proved(self, case_id: CaseId, *, outcome: str = "passed", solved: str | None = None) -> None:
        """What each check found of the last resolution, and what the customer said to it."""
        whole = await self.whole(case_id)
        last = whole.resolutions[-1].id
        row = {"case_id": case_id, "by": "system:check", "interaction_id": None, "resolution_id": last}

        async def write(tx: Transaction) -> None:
            planned = select(case_checks.c.condition).where(case_checks.c.resolution_id == last)
            for condition in [one["condition"] for one in await tx.rows(planned)]:
                checked = {"condition": condition, "outcome": outcome, "evidence": {}}
                await tx.execute(verifications.insert().values(**row, **checked, id=new_id(), at=tx.now))
            if solved is not None:
                told = {"solved": solved, "words": "ok"}
                await tx.execute(confirmations.insert().values(**row, **told, id=new_id(), at=tx.now))
            await happened(tx, await cases.case_alone(tx, case_id), "checked", by="system:check")

        await self.do(write)
