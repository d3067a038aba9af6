"""Timers: a row for each moment that matters, read by whichever worker is awake."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import Column, DateTime, Index, PrimaryKeyConstraint, Table, Text, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from qiao.platform.database import Database, Transaction, metadata
from qiao.platform.live import TIMERS, notify
from qiao.platform.room import Timer

log = structlog.get_logger(__name__)
RETRY_AFTER: Final = timedelta(minutes=1)

timers = Table(
    "timers",
    metadata,
    Column("kind", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("kind", "ref"),
    Index("ix_timers_due_at", "due_at"),
)


async def set_timer(tx: Transaction, *, kind: str, ref: str, due_at: datetime) -> None:
    """At `due_at` the room's Timer of this kind is given `ref`; setting it again moves it."""
    written = insert(timers).values(kind=kind, ref=ref, due_at=due_at)
    await tx.execute(
        written.on_conflict_do_update(index_elements=["kind", "ref"], set_={"due_at": written.excluded.due_at})
    )
    await notify(tx, TIMERS)


async def set_timers(tx: Transaction, *, kind: str, due: Mapping[str, datetime]) -> None:
    """Many timers of a kind at once: ref -> when."""
    if not due:
        return
    written = insert(timers).values([{"kind": kind, "ref": ref, "due_at": at} for ref, at in due.items()])
    await tx.execute(
        written.on_conflict_do_update(index_elements=["kind", "ref"], set_={"due_at": written.excluded.due_at})
    )
    await notify(tx, TIMERS)


async def cancel_timer(tx: Transaction, *, kind: str, ref: str) -> bool:
    """Forget it; nothing happens if it is gone already. Whether it was there."""
    gone = await tx.execute(delete(timers).where(timers.c.kind == kind, timers.c.ref == ref))
    return bool(gone.rowcount)


async def cancel_timers(tx: Transaction, *, kind: str, refs: Collection[str]) -> None:
    """Forget many of a kind."""
    if refs:
        await tx.execute(delete(timers).where(timers.c.kind == kind, timers.c.ref.in_(refs)))


async def next_due(tx: Transaction, kinds: Iterable[str] | None = None) -> datetime | None:
    """When the earliest timer is due; of these kinds, when given."""
    earliest = select(func.min(timers.c.due_at))
    if kinds is not None:
        earliest = earliest.where(timers.c.kind.in_(list(kinds)))
    found: datetime | None = await tx.scalar(earliest)
    return found


async def overdue_seconds(tx: Transaction) -> float:
    """How long the oldest due timer has waited, for the metrics page."""
    due_at = await next_due(tx)
    return max(0.0, (tx.now - due_at).total_seconds()) if due_at is not None else 0.0


async def run_due(database: Database, kinds: Mapping[str, Timer], *, batch: int = 500) -> int:
    """Hand all due timers to their rooms; each batch's work and removal are one transaction. Returns how many.

    A batch whose room raises is tried ref by ref; what still raises stays and is due again in a minute, so one
    broken ref never holds the others up. Kinds not among `kinds` are left for a process that knows them, as while
    an older and a newer version run side by side.
    """
    done = 0
    while True:
        async with database.transaction() as tx:
            due = await claim_due(tx, list(kinds), batch)
            if not due:
                return done
            by_kind: dict[str, list[str]] = defaultdict(list)
            for row_kind, ref in due:
                by_kind[row_kind].append(ref)
            for kind, refs in by_kind.items():
                await _run_kind(tx, kinds[kind], refs)
            done += len(due)


async def claim_due(tx: Transaction, kinds: list[str], batch: int) -> list[tuple[str, str]]:
    """Take up to `batch` due timers of these kinds, the longest due first: (kind, ref). They are gone if it commits."""
    found = await tx.rows(
        select(timers.c.kind, timers.c.ref)
        .where(timers.c.due_at <= tx.now, timers.c.kind.in_(kinds))
        .order_by(timers.c.due_at)
        .limit(batch)
        .with_for_update(skip_locked=True)
    )
    keys = [(row["kind"], row["ref"]) for row in found]
    if keys:
        await tx.execute(delete(timers).where(tuple_(timers.c.kind, timers.c.ref).in_(keys)))
    return keys


async def _run_kind(tx: Transaction, timer: Timer, refs: list[str]) -> None:
    try:
        async with tx.savepoint():
            await timer.run(tx, refs)
    except Exception as error:  # one kind's failure must not hold up the others
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise
        if len(refs) == 1:
            log.exception("timers.failed", kind=timer.kind, ref=refs[0])
            await set_timer(tx, kind=timer.kind, ref=refs[0], due_at=tx.now + RETRY_AFTER)
            return
        for ref in refs:
            await _run_kind(tx, timer, [ref])
