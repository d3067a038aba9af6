"""Rate limits: a burst, then so many a minute; across all processes by rows, or within one process for hot paths.

Both follow the generic cell rate algorithm (ITU-T I.371): one instant for each key, at which its bucket is full again.
"""

import math
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, DateTime, Index, Table, Text, delete
from sqlalchemy.dialects.postgresql import insert

from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.platform.database import Transaction, metadata

rate_limits = Table(
    "rate_limits",
    metadata,
    Column("key", Text, primary_key=True),
    Column("full_at", DateTime(timezone=True), nullable=False),
    Index("ix_rate_limits_full_at", "full_at"),
)


class TooManyRequests(Refused):
    """More than the limit allows; `seconds` until the next is heard."""

    code = "platform.too_many_requests"
    status = 429
    text = N_("That was too much at once. Nothing of it was done; try again in {seconds} seconds.")


@dataclass(frozen=True)
class Limit:
    """At most `burst` at once, then one more each `refill_seconds`."""

    burst: int
    refill_seconds: float

    @property
    def seconds(self) -> float:
        """How long an empty bucket takes to fill."""
        return self.burst * self.refill_seconds


async def take(tx: Transaction, key: str, limit: Limit, *, cost: int = 1) -> None:
    """Count `cost` against the key ("code:account:<id>"), across all processes. Raises TooManyRequests.

    A refusal counts nothing. What is counted goes with the transaction, so guesses are counted in one of their own,
    committed before the guess is looked at.
    """
    wait = await _count(tx, key, limit, cost)
    if wait > 0:
        raise TooManyRequests(seconds=max(1, math.ceil(wait)))


async def _count(tx: Transaction, key: str, limit: Limit, cost: int) -> float:
    """Seconds to wait; 0 when it was counted."""
    price, whole = timedelta(seconds=cost * limit.refill_seconds), timedelta(seconds=limit.seconds)
    start = insert(rate_limits).values(key=key, full_at=tx.now)
    held = start.on_conflict_do_update(index_elements=["key"], set_={"key": key})  # locks the row
    full_at: datetime = max(await tx.scalar(held.returning(rate_limits.c.full_at)), tx.now) + price
    over = full_at - whole - tx.now
    if over > timedelta(0):
        return over.total_seconds()
    await tx.execute(rate_limits.update().where(rate_limits.c.key == key).values(full_at=full_at))
    return 0.0


async def refill(tx: Transaction, key: str) -> None:
    """Fill the key's bucket again, as when what it guards against did not happen."""
    await tx.execute(delete(rate_limits).where(rate_limits.c.key == key))


async def forget_full(tx: Transaction) -> int:
    """Remove buckets that are full again; returns how many."""
    return (await tx.execute(delete(rate_limits).where(rate_limits.c.full_at <= tx.now))).rowcount


class LocalLimit:
    """The same within this process: for what comes a thousand times a second, such as frames of one socket.

    Keeps at most `keys_max` keys; the one longest unused goes first. Instants are of the monotonic clock, in seconds.
    """

    def __init__(self, limit: Limit, *, keys_max: int = 100_000) -> None:
        self._limit = limit
        self._keys_max = keys_max
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def wait_seconds(self, key: str, *, cost: int = 1, now_seconds: float | None = None) -> float:
        """Count `cost`; 0.0 when it fits, else how long to wait (and nothing was counted)."""
        now = time.monotonic() if now_seconds is None else now_seconds
        wanted = max(self._full_at.get(key, now), now) + cost * self._limit.refill_seconds
        over = wanted - now - self._limit.seconds
        if over > 1e-9:
            return over
        self._full_at[key] = wanted
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._keys_max:
            self._full_at.popitem(last=False)
        return 0.0

    def take(self, key: str, *, cost: int = 1, now_seconds: float | None = None) -> None:
        """Count `cost`. Raises TooManyRequests."""
        wait = self.wait_seconds(key, cost=cost, now_seconds=now_seconds)
        if wait > 0:
            raise TooManyRequests(seconds=max(1, math.ceil(wait)))
