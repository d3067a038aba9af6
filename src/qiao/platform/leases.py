"""Leases: one process at a time does something, told apart by an epoch that only grows.

A lease is a row (name, owner, epoch, until), renewed each second and good for three. It is about real machines that
die, hang and come back, so `until` is measured by PostgreSQL's own clock on which all of them agree, not by the
house's clock: moving a demo's clock hands nothing over.

Time alone never protects a write: a process may be frozen after it looked and thaw much later. Each write is fenced:
`await lease.fence(tx)` share-locks the row inside the caller's transaction if the epoch is still ours, so whoever
takes over waits for that transaction to end and the thawed process finds a higher epoch (M. Kleppmann, "How to do
distributed locking", fencing tokens). Should a process freeze while it holds that lock, or the one of a renewal,
PostgreSQL ends the transaction after two idle seconds; so that limit is set before the lock is taken.
"""

import asyncio
import contextlib
import os
import secrets
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Final, Self

import structlog
from psycopg import Error as DriverError
from sqlalchemy import BigInteger, Column, ColumnElement, DateTime, Table, Text, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from qiao.platform.database import Database, Transaction, metadata

log = structlog.get_logger(__name__)
GOOD_SECONDS: Final = 3.0
RENEW_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 0.5
IDLE_SECONDS: Final = 2

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
)


class LeaseLost(Exception):
    """Somebody else has the lease now: stop, undo, and queue up again."""


@dataclass(frozen=True)
class Held:
    """Who holds a lease, for people to look at."""

    owner: str
    epoch: int


class Lease:
    """`async with Lease(database, "routing:main") as lease:` waits for its turn, renews, and gives back.

    Inside, every transaction that writes begins with `await lease.fence(tx)`. `lost` is set when renewing failed for
    as long as the lease is good; `held` is the cheap question before work that is not a write.
    """

    def __init__(self, database: Database, name: str, *, good_seconds: float = GOOD_SECONDS) -> None:
        self.name = name
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.epoch = 0
        self.lost = asyncio.Event()
        self._good_seconds = good_seconds
        self._renew_seconds = min(RENEW_SECONDS, good_seconds / 3)
        self._database = Database(
            database.url, database.clock, pool_size=1, idle_seconds=IDLE_SECONDS
        )  # queues behind nothing
        self._good_until = 0.0
        self._renewing: asyncio.Task[None] | None = None

    @property
    def held(self) -> bool:
        """Whether the last renewal is young enough; by the monotonic clock, which runs on while a process is frozen."""
        return not self.lost.is_set() and time.monotonic() < self._good_until

    async def limit(self, tx: Transaction) -> None:
        """First in a transaction that is fenced last: should we freeze in it, the server soon ends it."""
        await tx.execute(_END_WHEN_IDLE)

    async def fence(self, tx: Transaction, *, lock_seconds: int | None = None) -> None:
        """Make this transaction's writes count only while the lease is ours. Raises LeaseLost.

        Renewing waits for whoever holds the row, so a long transaction begins with `limit` and is fenced last;
        `lock_seconds`: no longer than this does it wait for what somebody else holds from now on.
        """
        limits = [func.set_config("idle_in_transaction_session_timeout", f"{IDLE_SECONDS}s", True)]  # as `limit`
        if lock_seconds is not None:
            limits.append(func.set_config("lock_timeout", f"{lock_seconds}s", True))
        mine = select(leases.c.epoch, *limits).where(leases.c.name == self.name, leases.c.epoch == self.epoch)
        if not self.epoch or self.lost.is_set() or await tx.one(mine.with_for_update(read=True)) is None:
            self.lost.set()
            raise LeaseLost(self.name)

    async def __aenter__(self) -> Self:
        try:
            while not await self._try_once():
                await asyncio.sleep(LOOK_SECONDS)
        except BaseException:
            await self._database.close()
            raise
        self._renewing = asyncio.create_task(self._renew())
        log.info("lease.taken", lease=self.name, epoch=self.epoch)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._renewing
        self.lost.set()
        with contextlib.suppress(DBAPIError, DriverError, OSError, TimeoutError):
            async with asyncio.timeout(self._good_seconds):
                await self._give_back()
        await self._database.close()

    async def _try_once(self) -> bool:
        asked_at = time.monotonic()
        until = func.clock_timestamp() + timedelta(seconds=self._good_seconds)
        try:
            async with asyncio.timeout(self._good_seconds), self._database.transaction() as tx:
                free = select(leases.c.epoch).where(leases.c.name == self.name, leases.c.until > func.clock_timestamp())
                if await tx.one(free) is not None:
                    return False
                row = insert(leases).values(name=self.name, owner=self.owner, epoch=1, until=until)
                taken = row.on_conflict_do_update(
                    index_elements=["name"],
                    set_={"owner": self.owner, "epoch": leases.c.epoch + 1, "until": until},
                    where=leases.c.until <= func.clock_timestamp(),
                )
                epoch = await tx.scalar(taken.returning(leases.c.epoch))
        except (DBAPIError, DriverError, OSError, TimeoutError) as error:
            log.warning("lease.not_asked", lease=self.name, error=type(error).__name__)
            return False
        if epoch is None:
            return False
        self.epoch = int(epoch)
        self._good_until = asked_at + self._good_seconds
        return True

    async def _renew(self) -> None:
        try:
            await self._renew_while_ours()
        finally:  # whatever ended it: nobody serves on with a lease that is not renewed
            self.lost.set()

    async def _renew_while_ours(self) -> None:
        while not self.lost.is_set():
            await asyncio.sleep(self._renew_seconds)
            asked_at = time.monotonic()
            try:
                async with asyncio.timeout(max(0.05, self._good_until - asked_at)):
                    ours = await self._prolong()
            except (DBAPIError, DriverError, OSError, TimeoutError):
                ours = time.monotonic() < self._good_until  # once more, while it is good
            except Exception:
                log.exception("lease.not_renewed", lease=self.name)
                ours = time.monotonic() < self._good_until
            else:
                if ours:
                    self._good_until = asked_at + self._good_seconds
            if not ours:
                log.warning("lease.lost", lease=self.name, epoch=self.epoch)
                self.lost.set()

    async def _prolong(self) -> bool:
        async with self._database.transaction() as tx:
            until = func.clock_timestamp() + timedelta(seconds=self._good_seconds)
            result = await tx.execute(update(leases).where(self._mine()).values(until=until))
            return bool(result.rowcount)

    async def _give_back(self) -> None:
        async with self._database.transaction() as tx:
            await tx.execute(update(leases).where(self._mine()).values(until=func.clock_timestamp()))

    def _mine(self) -> ColumnElement[bool]:
        return (leases.c.name == self.name) & (leases.c.epoch == self.epoch) & (leases.c.owner == self.owner)


_END_WHEN_IDLE: Final = text(f"set local idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")


async def hold(database: Database, name: str, work: Callable[[Lease], Awaitable[None]]) -> None:
    """Take turns for ever: whenever this process has the lease, `work(lease)` runs; it is cancelled when it is lost.

    Returns when `work` returns; what it raises, other than LeaseLost, is raised. A room's loop awaits this.
    """
    while True:
        async with Lease(database, name) as lease:
            doing = asyncio.ensure_future(work(lease))
            losing = asyncio.ensure_future(lease.lost.wait())
            try:
                await asyncio.wait((doing, losing), return_when=asyncio.FIRST_COMPLETED)
            finally:
                losing.cancel()
                if not doing.done():
                    doing.cancel()
                with contextlib.suppress(asyncio.CancelledError, LeaseLost):
                    await doing
            if doing.cancelled() or isinstance(doing.exception(), LeaseLost):
                continue
            return


async def holder(tx: Transaction, name: str) -> Held | None:
    """Who holds it now, if anybody."""
    good = leases.c.until > func.clock_timestamp()
    row = await tx.one(select(leases.c.owner, leases.c.epoch).where(leases.c.name == name, good))
    return Held(row["owner"], row["epoch"]) if row is not None else None
