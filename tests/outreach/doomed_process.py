"""One step of outreach in a process of its own, to be killed in it: `tests.outreach.doomed_process URL AT STEP ID`.

The step is the name of a failpoint; `AT` is the instant at which this process lives; `ID` is a customer, a callback's
contact, or whatever the step is about.
"""

import asyncio
import sys
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from qiao import customers, outreach, routing
from qiao.app.rooms import all_rooms
from qiao.customers import customer_of
from qiao.kernel.ids import AgentId, CustomerId, InteractionId
from qiao.kernel.origin import Origin
from qiao.outreach import calling, notifying
from qiao.outreach.answering import STOPPED, hear_text
from qiao.outreach.room import ROOM
from qiao.platform.clock import HouseClock
from qiao.platform.database import Database, Transaction
from qiao.platform.timers import run_due
from qiao.post import text_in
from qiao.post.store import post_texts

TIMED = (notifying.RELEASED, calling.QUEUED, calling.MISSED)
MATTER = "case:doomed"


class OneInstant(HouseClock):
    """The instant of the test that started this process."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at


async def promise(tx: Transaction, known: UUID) -> UUID:
    """A call within the hour after next."""
    person = await customers.customer(tx, CustomerId(known))
    [desk] = [one for one in await routing.desks(tx) if one.code == "doomed"]
    window = (tx.now + timedelta(hours=1), tx.now + timedelta(hours=2))
    return await outreach.promise_callback(
        tx, customer_id=person.id, service=person.numbers[0], window=window, matter=MATTER, desk_id=desk.id,
        preferred_agent_id=AgentId(known), origin=Origin("desk"), key="doomed",
    )  # fmt: skip


async def tell(tx: Transaction, known: UUID) -> None:
    """One message."""
    person = await customers.customer(tx, CustomerId(known))
    await outreach.notify(
        tx, template="case.opened", customer_id=person.id, service=person.numbers[0], variables={"number": "Q-1"},
        key="doomed", origin=Origin("system"), matter=MATTER,
    )  # fmt: skip


async def step(database: Database, failpoint: str, known: UUID) -> None:
    """Do what runs through this failpoint."""
    if failpoint in TIMED:
        await run_due(database, {timer.kind: timer for timer in ROOM.timers})
        return
    async with database.transaction() as tx:
        if failpoint == notifying.NOTIFIED:
            await tell(tx, known)
        elif failpoint == calling.PROMISED:
            await promise(tx, known)
        elif failpoint == calling.SETTLED:
            await calling.settle_attempt(tx, interaction_id=InteractionId(known), outcome="no_answer")
        elif failpoint == STOPPED:
            person = await customers.customer(tx, CustomerId(known))
            mine = select(post_texts.c.id).where(post_texts.c.sender == str(person.numbers[0]))
            text = await text_in(tx, await tx.scalar(mine))
            await hear_text(tx, text, await customer_of(tx, text.sender), None)


async def main(url: str, at: str, failpoint: str, known: str) -> None:
    all_rooms()
    database = Database(url, OneInstant(datetime.fromisoformat(at)), pool_size=2)
    await step(database, failpoint, UUID(known))
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
