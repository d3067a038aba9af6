"""One step of a case in a process of its own, to be killed in it: `tests.cases.doomed_process URL AT STEP ID`.

The step is the name of a failpoint; `AT` is the instant at which this process lives.
"""

import asyncio
import sys
from datetime import datetime
from uuid import UUID

from qiao import cases
from qiao.cases.asking import ANSWER_WRITTEN
from qiao.cases.operations import OPEN_WRITTEN
from qiao.cases.promising import BREACH_WRITTEN
from qiao.cases.room import ROOM, register
from qiao.kernel.ids import CustomerId
from qiao.kernel.origin import Origin
from qiao.platform.clock import HouseClock
from qiao.platform.database import Database
from qiao.platform.timers import run_due

QUESTION = "inquiry/other"


class OneInstant(HouseClock):
    """The instant of the test that started this process."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at


async def step(database: Database, failpoint: str, known: UUID) -> None:
    """Open a case for the customer, answer the request, or look what is due."""
    if failpoint == BREACH_WRITTEN:
        await run_due(database, {timer.kind: timer for timer in ROOM.timers})
        return
    async with database.transaction() as tx:
        if failpoint == OPEN_WRITTEN:
            given = {"category_code": QUESTION, "own_words": "Once", "origin": Origin("portal")}
            await cases.open_case(tx, customer_id=CustomerId(known), idempotency_key=str(known), **given)
        elif failpoint == ANSWER_WRITTEN:
            await cases.answer_request(tx, request_id=known, item="topic", value="Roaming", by="agent:1")


async def main(url: str, at: str, failpoint: str, known: str) -> None:
    register()
    database = Database(url, OneInstant(datetime.fromisoformat(at)), pool_size=2)
    await step(database, failpoint, UUID(known))
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
