"""Events as rows of the transaction that made them true, and the readers that follow them.

A reader's cursor is a `pg_snapshot`: in one transaction it takes a new snapshot, handles what the last one could not
see and the new one can, and stores the new one, so rows of slow or rolled-back writers are neither missed nor seen
twice (PostgreSQL docs, "pg_snapshot" functions). The cursor's row is locked before the snapshot is taken, so a cursor
never goes back; as the query names both snapshots, READ COMMITTED is enough, and a listener that changes a busy row
waits its turn instead of failing with the whole batch. An event that fails is set aside with everything later of its
aggregate, tried again with growing pauses, and after five tries parked until a person replays it; others go on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    RowMapping,
    Table,
    Text,
    bindparam,
    delete,
    or_,
    select,
    text,
    update,
)
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import UserDefinedType

from qiao.kernel.events import Event
from qiao.kernel.ids import new_id
from qiao.platform.database import Database, Transaction, metadata, plain_json
from qiao.platform.live import EVENTS, notify
from qiao.platform.room import Listener

log = structlog.get_logger(__name__)
TRIES_MAX: Final = 5
_AGAIN: Final = ("40001", "40P01")
REPLAYED: Final = "replayed"
"""Told to all readers in place of an event's name: something parked is to be tried again."""
PAUSES: Final = (timedelta(seconds=1), timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2))


class Xid8(UserDefinedType[Any]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


events = Table(
    "events",
    metadata,
    Column("seq", BigInteger, Identity(always=True), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("id", UuidColumn, nullable=False),
    Column("xid", Xid8, nullable=False, server_default=text("pg_current_xact_id()")),
    Column("name", Text, nullable=False),
    Column("aggregate", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    PrimaryKeyConstraint("seq", "at"),
    Index("ix_events_xid", "xid"),
    postgresql_partition_by="RANGE (at)",
)

event_cursors = Table(
    "event_cursors",
    metadata,
    Column("listener", Text, primary_key=True),
    Column("seen", Text, nullable=False),
    Column("target", Text),
    Column("after_seq", BigInteger, nullable=False, server_default="0"),
)

parked_events = Table(
    "parked_events",
    metadata,
    Column("listener", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("aggregate", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("due_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("listener", "seq"),
    Index("ix_parked_events_listener_aggregate", "listener", "aggregate", "seq"),
)
"""`due_at` null: parked for good (tries spent), or waiting behind an earlier event of its aggregate."""
_CURSOR: Final = (
    select(event_cursors).where(event_cursors.c.listener == bindparam("of")).with_for_update(skip_locked=True)
)
_MOVED: Final = update(event_cursors).where(event_cursors.c.listener == bindparam("of"))


async def emit(tx: Transaction, *happened: Event) -> None:
    """Write events into the transaction, all of it in one statement at its end; readers are told their names when it
    commits."""
    rows = [(new_id(), event.wire_name(), event.aggregate, plain_json(event.as_json())) for event in happened]
    tx.at_end(_write, *rows)


_INSERT = text(
    """
    insert into events (at, id, name, aggregate, body)
    select cast(:at as timestamptz), id, name, aggregate, cast(body as jsonb)
    from unnest(cast(:ids as uuid[]), cast(:names as text[]), cast(:aggregates as text[]), cast(:bodies as text[]))
         with ordinality told (id, name, aggregate, body, place)
    order by place
    """
)


async def _write(tx: Transaction, rows: list[tuple[UUID, str, str, str]]) -> None:
    if rows:
        ids, names, aggregates, bodies = zip(*rows, strict=True)
        told = {"ids": list(ids), "names": list(names), "aggregates": list(aggregates), "bodies": list(bodies)}
        await tx.rows(_INSERT, {"at": tx.now, **told})
        for name in sorted(set(names)):
            await notify(tx, EVENTS, name)


_UNSEEN = text(
    """
    with told as (
        select coalesce(cast(:target as text), cast(pg_current_snapshot() as text)) as target,
               exists (select from parked_events where listener = :listener) as set_aside
    )
    select told.target, told.set_aside, e.seq, e.name, e.aggregate, e.body
    from told left join lateral (
        select seq, name, aggregate, body from events
        where xid >= pg_snapshot_xmin(cast(:seen as pg_snapshot))
          and not pg_visible_in_snapshot(xid, cast(:seen as pg_snapshot))
          and pg_visible_in_snapshot(xid, cast(told.target as pg_snapshot))
          and seq > :after_seq and name = any(:names)
        order by seq limit :most
    ) e on true
    order by e.seq
    """
)
"""A row at least, which says up to which snapshot was read: that of this very statement where none is told.

Whether anything was set aside is asked here, after the cursor's row is held: the statement that locks the row gives it
as its last holder left it, and all else as it was before that holder had written."""


@dataclass
class Reader:
    """Follows the events for one listener; any number may run, one at a time moves the cursor."""

    database: Database
    listener: Listener
    batch: int = 200

    def __post_init__(self) -> None:
        self._kinds = {kind.wire_name(): kind for kind in self.listener.on}
        self.has_set_aside = True
        """Whether anything of this listener was set aside, as of the last look: else there is nothing to try again."""
        self.interrupted = False
        """Whether the last look was broken off by a deadlock with somebody else's work: all of it again, soon."""

    async def catch_up(self) -> int:
        """Handle all that is new; returns how many events were taken (handled or set aside)."""
        taken, more, self.interrupted = 0, True, False
        while more:
            try:
                read, more = await self._step()
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", "") in _AGAIN:
                    self.interrupted = True
                    return taken
                raise
            taken += read
        return taken

    async def _step(self) -> tuple[int, bool]:
        async with self.database.transaction() as tx:
            row = await tx.one(_CURSOR, {"of": self.listener.name})
            if row is None:
                return 0, False  # another reader of this listener is at it
            found = await tx.rows(
                _UNSEEN,
                {
                    "listener": self.listener.name,
                    "seen": row["seen"],
                    "target": row["target"],
                    "after_seq": row["after_seq"],
                    "names": list(self._kinds),
                    "most": self.batch,
                },
            )
            self.has_set_aside = found[0]["set_aside"]
            target, unseen = found[0]["target"], [one for one in found if one["seq"] is not None]
            await self._handle_all(tx, unseen)
            more = len(unseen) == self.batch
            moved = (
                {"target": target, "after_seq": unseen[-1]["seq"]}
                if more
                else {"seen": target, "target": None, "after_seq": 0}
            )
            await tx.execute(_MOVED, {"of": self.listener.name, "seen": row["seen"], **moved})
            return len(unseen), more or bool(row["target"])

    async def _handle_all(self, tx: Transaction, unseen: Sequence[RowMapping]) -> None:
        if not unseen:
            return
        blocked = await self._blocked(tx) if self.has_set_aside else set()
        if len(unseen) > 1 and not blocked and await self._all_at_once(tx, unseen):
            return
        for row in unseen:
            if row["aggregate"] in blocked:
                await self._set_aside(tx, row, tries=0, error="waits behind an earlier event", due=False)
            else:
                error = await self._handle(tx, row)
                if error is not None:
                    blocked.add(row["aggregate"])
                    await self._set_aside(tx, row, tries=1, error=error, due=True)

    async def _all_at_once(self, tx: Transaction, unseen: Sequence[RowMapping]) -> bool:
        """Handle them under one savepoint; one that fails undoes all, and each is then handled under its own."""
        try:
            async with tx.savepoint():
                told = [self._kinds[row["name"]].from_json(row["body"]) for row in unseen]
                if self.listener.together is not None:
                    await self.listener.together(tx, told)
                else:
                    for one in told:
                        await self.listener.on[type(one)](tx, one)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") in _AGAIN or error.connection_invalidated:
                raise
            return False
        except Exception:  # noqa: BLE001 - whose it is and what became of it is told when it fails alone
            return False
        return True

    async def _handle(self, tx: Transaction, row: RowMapping) -> str | None:
        kind = self._kinds[row["name"]]
        try:
            async with tx.savepoint():
                await self.listener.on[kind](tx, kind.from_json(row["body"]))
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") in _AGAIN or error.connection_invalidated:
                raise
            return self._told(row, error)
        except Exception as error:  # noqa: BLE001 - whatever a listener raises must not stop the others
            return self._told(row, error)
        return None

    def _told(self, row: RowMapping, error: Exception) -> str:
        log.exception("events.failed", listener=self.listener.name, event_name=row["name"], seq=row["seq"])
        return f"{type(error).__name__}: {error}"[:500]

    async def _blocked(self, tx: Transaction) -> set[str]:
        found = await tx.rows(
            select(parked_events.c.aggregate).distinct().where(parked_events.c.listener == self.listener.name)
        )
        return {row["aggregate"] for row in found}

    async def _set_aside(self, tx: Transaction, row: RowMapping, *, tries: int, error: str, due: bool) -> None:
        self.has_set_aside = True
        await tx.execute(
            parked_events.insert().values(
                listener=self.listener.name,
                seq=row["seq"],
                name=row["name"],
                aggregate=row["aggregate"],
                body=row["body"],
                tries=tries,
                error=error,
                due_at=tx.now + PAUSES[0] if due else None,
            )
        )

    async def retry_due(self) -> int:
        """Try set-aside events whose pause is over, each in a transaction of its own; returns how many succeeded."""
        done = 0
        while await self._retry_one():
            done += 1
        return done

    async def _retry_one(self) -> bool:
        before = parked_events.alias("before")
        earlier = (
            select(before.c.seq)
            .where(
                before.c.listener == parked_events.c.listener,
                before.c.aggregate == parked_events.c.aggregate,
                before.c.seq < parked_events.c.seq,
            )
            .exists()
        )
        async with self.database.transaction() as tx:
            row = await tx.one(
                select(parked_events)
                .where(
                    parked_events.c.listener == self.listener.name,
                    or_(parked_events.c.due_at <= tx.now, parked_events.c.tries == 0),
                    ~earlier,
                )
                .order_by(parked_events.c.seq)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if row is None:
                return False
            key = (parked_events.c.listener == row["listener"]) & (parked_events.c.seq == row["seq"])
            error = await self._handle(tx, row) if row["name"] in self._kinds else None
            if error is None:
                await tx.execute(delete(parked_events).where(key))
                return True
            tries = row["tries"] + 1
            due_at = None if tries >= TRIES_MAX else tx.now + PAUSES[min(tries, len(PAUSES)) - 1]
            await tx.execute(update(parked_events).where(key).values(tries=tries, error=error, due_at=due_at))
            return True


async def replay_parked(tx: Transaction, *, listener: str, seq: int) -> bool:
    """Give a parked event its tries again, now; False if it is not parked."""
    result = await tx.execute(
        update(parked_events)
        .where(parked_events.c.listener == listener, parked_events.c.seq == seq)
        .values(tries=0, due_at=tx.now)
    )
    await notify(tx, EVENTS, REPLAYED)
    return bool(result.rowcount)


async def follow_anew(tx: Transaction, *, listener: str) -> None:
    """Let a listener hear every event that is kept once more, from the first; what it had set aside, too."""
    await tx.execute(delete(parked_events).where(parked_events.c.listener == listener))
    moved = {"seen": "1:1:", "target": None, "after_seq": 0}
    await tx.execute(update(event_cursors).where(event_cursors.c.listener == listener).values(**moved))
    await notify(tx, EVENTS)


async def oldest_kept(tx: Transaction) -> datetime | None:
    """When the oldest event that is kept happened."""
    found: datetime | None = await tx.scalar(select(events.c.at).order_by(events.c.seq).limit(1))
    return found


async def parked(tx: Transaction) -> list[RowMapping]:
    """Events that spent their tries, oldest first, for people to look at."""
    return await tx.rows(
        select(parked_events).where(parked_events.c.tries >= TRIES_MAX).order_by(parked_events.c.seq).limit(1000)
    )


async def ensure_cursors(tx: Transaction, listeners: Iterable[Listener]) -> None:
    """Give each listener a cursor; a new one begins with all events that are kept."""
    for listener in listeners:
        await tx.execute(
            text(
                "insert into event_cursors (listener, seen, after_seq) values (:listener, '1:1:', 0)"
                " on conflict do nothing"
            ),
            {"listener": listener.name},
        )


@dataclass(frozen=True)
class Lag:
    """How far a listener is behind: the age of the oldest event it has not read, and how many it has set aside."""

    listener: str
    behind_seconds: float
    set_aside: int


async def lag(tx: Transaction) -> list[Lag]:
    """Where each listener stands, for the metrics page."""
    found = await tx.rows(_LAG)
    return [
        Lag(row["listener"], (tx.now - row["oldest"]).total_seconds() if row["oldest"] else 0.0, row["set_aside"])
        for row in found
    ]


_LAG = text(
    """
    select c.listener,
      (select min(e.at) from events e
        where e.xid >= pg_snapshot_xmin(cast(c.seen as pg_snapshot))
          and not pg_visible_in_snapshot(e.xid, cast(c.seen as pg_snapshot))) as oldest,
      (select count(*) from parked_events p where p.listener = c.listener) as set_aside
    from event_cursors c order by c.listener
    """
)
