"""Timers: a row for each moment that matters, read by whichever worker is awake."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

import structlog
from sqlalchemy import Column, DateTime, Index, PrimaryKeyConstraint, Table, Text, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from qiao.platform.database import Database, Transaction, metadata
from qiao.platform.live import TIMERS, notify
from qiao.platform.room import Timer

log = structlog.get_logger(__name__)

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


async def cancel_timer(tx: Transaction, *, kind: str, ref: str) -> None:
    """Forget it; nothing happens if it is gone already."""
    await tx.execute(delete(timers).where(timers.c.kind == kind, timers.c.ref == ref))


async def next_due(tx: Transaction) -> datetime | None:
    """When the earliest timer is due."""
    found: datetime | None = await tx.scalar(select(func.min(timers.c.due_at)))
    return found


async def run_due(database: Database, kinds: Mapping[str, Timer], *, batch: int = 500) -> int:
    """Hand all due timers to their rooms; each batch's work and removal are one transaction. Returns how many.

    A batch whose room raises is tried ref by ref; what still raises stays and is due again in a minute, so one
    broken ref never holds the others up.
    """
    done = 0
    while True:
        async with database.transaction() as tx:
            due = await _claim(tx, batch)
            if not due:
                return done
            by_kind: dict[str, list[str]] = defaultdict(list)
            for row_kind, ref in due:
                by_kind[row_kind].append(ref)
            for kind, refs in by_kind.items():
                await _run_kind(tx, kinds.get(kind), kind, refs)
            done += len(due)


async def _claim(tx: Transaction, batch: int) -> list[tuple[str, str]]:
    found = await tx.rows(
        select(timers.c.kind, timers.c.ref)
        .where(timers.c.due_at <= tx.now)
        .order_by(timers.c.due_at)
        .limit(batch)
        .with_for_update(skip_locked=True)
    )
    keys = [(row["kind"], row["ref"]) for row in found]
    if keys:
        await tx.execute(delete(timers).where(tuple_(timers.c.kind, timers.c.ref).in_(keys)))
    return keys


async def _run_kind(tx: Transaction, timer: Timer | None, kind: str, refs: list[str]) -> None:
    if timer is None:
        log.warning("timers.unknown_kind", kind=kind, refs=len(refs))
        return
    try:
        async with tx.savepoint():
            await timer.run(tx, refs)
    except Exception:  # noqa: BLE001 - one kind's failure must not hold up the others
        if len(refs) == 1:
            log.exception("timers.failed", kind=kind, ref=refs[0])
            later = tx.now.replace(microsecond=0)
            await set_timer(tx, kind=kind, ref=refs[0], due_at=later + _MINUTE)
            return
        for ref in refs:
            await _run_kind(tx, timer, kind, [ref])


_MINUTE = datetime.resolution * 60_000_000
