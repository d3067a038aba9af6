"""A process that wants a lease, writes a row in each fenced transaction, and says on stdout what happens to it.

usage: lease_holder.py DATABASE_URL NAME [freeze]; with "freeze" it stops itself between its 20th fence and write.
"""

import asyncio
import os
import signal
import sys

from psycopg import Error as DriverError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from qiao.platform.clock import MachineClock
from qiao.platform.database import Database
from qiao.platform.leases import Lease, LeaseLost, hold

WRITE = text("insert into lease_writes (name, epoch, owner) values (:name, :epoch, :owner)")


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def main(url: str, name: str, *freeze: str) -> None:
    database = Database(url, MachineClock(), pool_size=2)
    frozen = False

    async def work(lease: Lease) -> None:
        nonlocal frozen
        say("taken", lease.epoch)
        for turn in range(1_000_000):
            try:
                async with database.transaction() as tx:
                    await lease.fence(tx)
                    if freeze and turn == 20 and not frozen:
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
