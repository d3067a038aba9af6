"""A process that wants a lease, writes a row in each fenced transaction, and says on stdout what happens to it.

usage: lease_holder.py DATABASE_URL NAME [freeze | freeze-locked | freeze-renewing]

It stops itself once: between its 20th fence and write; as soon as that fence has its lock; or while a renewal, asked
and answered, is not yet committed.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable

from psycopg import Error as DriverError
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from qiao.platform.clock import MachineClock
from qiao.platform.database import Database
from qiao.platform.leases import Lease, LeaseLost, hold

WRITE = text("insert into lease_writes (name, epoch, owner) values (:name, :epoch, :owner)")


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def listen(database: Database, tell: Callable[[str], None]) -> None:
    """Tell of each statement once PostgreSQL has answered it."""
    event.listen(
        database.engine.sync_engine,
        "after_cursor_execute",
        lambda _c, _cursor, statement, *_rest: tell(statement),
    )


async def main(url: str, name: str, *freeze: str) -> None:
    database = Database(url, MachineClock(), pool_size=2)
    frozen = False
    locked = 0

    def stop_when(word: str, statement: str, epoch: int) -> None:
        nonlocal frozen, locked
        locked += word in statement
        if word in statement and locked > 20 and not frozen:
            frozen = True
            say("freezing", epoch)
            os.kill(os.getpid(), signal.SIGSTOP)

    async def work(lease: Lease) -> None:
        nonlocal frozen, locked
        say("taken", lease.epoch)
        if "freeze-locked" in freeze:
            listen(database, lambda statement: stop_when("FOR SHARE", statement, lease.epoch))
        if "freeze-renewing" in freeze:
            locked = 20
            listen(lease._database, lambda statement: stop_when("UPDATE leases", statement, lease.epoch))
        for turn in range(1_000_000):
            try:
                async with database.transaction() as tx:
                    await lease.fence(tx)
                    if "freeze" in freeze and turn == 20 and not frozen:
                        frozen = True
                        say("freezing", lease.epoch)
                        os.kill(os.getpid(), signal.SIGSTOP)
                    await tx.execute(WRITE, {"name": name, "epoch": lease.epoch, "owner": lease.owner})
            except (LeaseLost, asyncio.CancelledError):
                say("lost", lease.epoch)
                raise
            except (DBAPIError, DriverError):
                say("failed", lease.epoch)
            else:
                if turn == 5:
                    say("writing", lease.epoch)

    while True:
        await hold(database, name, work)


asyncio.run(main(*sys.argv[1:]))
