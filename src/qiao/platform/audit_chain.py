"""The chain over the audit: each entry's hash includes the one before, so what was changed later shows.

One sealer, under a lease, takes the entries that its last `pg_snapshot` could not see (the technique of
`platform.events`) and appends hash = sha256(previous hash || instant of sealing || canonical entry). Once an hour
the head goes to a file in `audit-heads/`, to be copied where the database's owner cannot reach it: against those
heads even a chain that was computed anew is found out.

What the chain cannot know: an entry removed within the second before it is sealed, and an entry added like any other
by somebody who may write to the table.
"""

import asyncio
import hashlib
import json
import os
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

import structlog
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    RowMapping,
    Table,
    Text,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from qiao.platform.audit import audit_entries
from qiao.platform.database import Transaction, metadata
from qiao.platform.house import House
from qiao.platform.leases import Lease, hold

log = structlog.get_logger(__name__)
LEASE: Final = "audit:sealer"
BATCH: Final = 2_000
GENESIS: Final = hashlib.sha256(b"qiao audit").digest()
OUT_OF_TIME: Final = timedelta(minutes=10)
SETTLED: Final = timedelta(minutes=1)
"""An entry that is OUT_OF_TIME older than one sealed SETTLED before it was not written when it says. Entries sealed
within a minute of each other may differ by any amount: a demo's clock may have been moved between them."""
NAMED_MAX: Final = 100
HEADS: Final = "audit-heads"

audit_chain = Table(
    "audit_chain",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_seq", BigInteger, nullable=False),
    Column("entry_at", DateTime(timezone=True), nullable=False),
    Column("sealed_at", DateTime(timezone=True), nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index("uq_audit_chain_entry", "entry_seq", "entry_at", unique=True),
)

audit_cursor = Table(
    "audit_cursor",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seen", Text, nullable=False),
    Column("target", Text),
    Column("after_seq", BigInteger, nullable=False),
)


@dataclass(frozen=True)
class Head:
    """The end of the chain at some moment: `hash` in hex."""

    position: int
    hash: str
    at: str


@dataclass(frozen=True)
class Bad:
    """One thing that does not hold. `seq` is the entry's number, 0 where only the chain itself is wrong."""

    what: Literal["edited", "deleted", "inserted", "chain broken", "head differs"]
    seq: int
    position: int
    told: str


@dataclass(frozen=True)
class Verified:
    """What `verify` found: `sealed` entries, an `unsealed` tail that nothing protects yet, and what is wrong."""

    ok: bool
    sealed: int
    unsealed: int
    first_bad: Bad | None
    bad: tuple[Bad, ...] = ()


# Sealing --------------------------------------------------------------------------------------------------------

_NEW = text(
    """
    select * from audit_entries
    where xid >= pg_snapshot_xmin(cast(:seen as pg_snapshot))
      and not pg_visible_in_snapshot(xid, cast(:seen as pg_snapshot))
      and pg_visible_in_snapshot(xid, cast(:target as pg_snapshot))
      and seq > :after_seq
    order by seq limit :most
    """
)


async def seal(tx: Transaction, *, most: int = BATCH) -> int:
    """Append the next entries to the chain; returns how many. Two sealers wait for each other at the cursor."""
    start = insert(audit_cursor).values(id=1, seen="1:1:", after_seq=0)
    held = start.on_conflict_do_update(index_elements=["id"], set_={"id": 1})
    cursor = await tx.one(held.returning(audit_cursor))
    assert cursor is not None
    target = cursor["target"] or await tx.scalar(select(func.pg_current_snapshot().cast(Text)))
    asked = {"seen": cursor["seen"], "target": target, "after_seq": cursor["after_seq"], "most": most}
    fresh = await tx.rows(_NEW, asked)
    if fresh:
        await _append(tx, fresh)
    more = len(fresh) == most
    moved = (
        {"target": target, "after_seq": fresh[-1]["seq"]} if more else {"seen": target, "target": None, "after_seq": 0}
    )
    await tx.execute(update(audit_cursor).values(**moved))
    return len(fresh)


async def _append(tx: Transaction, fresh: Iterable[RowMapping]) -> None:
    end = await head(tx)
    position, previous = (end.position, bytes.fromhex(end.hash)) if end else (0, GENESIS)
    sealed_at: datetime = await tx.scalar(select(func.clock_timestamp()))  # the machines' time: see SETTLED
    links = []
    for entry in fresh:
        position += 1
        previous = link(previous, sealed_at, _entry(entry))
        links.append(
            {
                "position": position,
                "entry_seq": entry["seq"],
                "entry_at": entry["at"],
                "sealed_at": sealed_at,
                "hash": previous,
            }
        )
    await tx.execute(audit_chain.insert(), links)


def link(previous: bytes, sealed_at: datetime, entry: Mapping[str, Any]) -> bytes:
    """The hash of an entry that follows the hash `previous`."""
    return hashlib.sha256(previous + sealed_at.astimezone(UTC).isoformat().encode() + canonical(entry)).digest()


def canonical(entry: Mapping[str, Any]) -> bytes:
    """An entry as bytes, the same on every machine: names sorted, instants in UTC, without the transaction number,
    which a restored database may have to renumber."""
    said = {
        name: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
        for name, value in entry.items()
        if name != "xid"
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str).encode()


async def head(tx: Transaction) -> Head | None:
    """The end of the chain, or None before the first entry."""
    row = await tx.one(select(audit_chain).order_by(audit_chain.c.position.desc()).limit(1))
    return Head(row["position"], row["hash"].hex(), tx.now.isoformat()) if row is not None else None


def keep_head(folder: Path, end: Head, now: datetime) -> Path | None:
    """Write the head of this hour into `folder`/audit-heads/, complete or not at all; None when it is there already."""
    path = folder / HEADS / f"{now.astimezone(UTC):%Y-%m-%dT%H}Z.json"
    if path.exists():
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.partial")
    with draft.open("w") as out:
        json.dump({"position": end.position, "hash": end.hash, "at": end.at}, out)
        out.flush()
        os.fsync(out.fileno())
    draft.rename(path)
    return path


def kept_heads(folder: Path) -> list[Head]:
    """All heads in `folder`/audit-heads/, oldest first. Raises ValueError for a file that cannot be read."""
    heads = []
    for path in sorted((folder / HEADS).glob("*.json")):
        try:
            read = json.loads(path.read_text("utf-8"))
            heads.append(Head(int(read["position"]), str(read["hash"]), str(read["at"])))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} is no audit head: {error}") from error
    return heads


async def keep_sealing(house: House) -> None:
    """The sealer's loop, for ever; any number of processes may run it, one at a time seals."""
    await hold(house.database, LEASE, lambda lease: _seal_each_second(house, lease))


async def _seal_each_second(house: House, lease: Lease) -> None:
    while True:
        more = True
        while more:
            async with house.database.transaction() as tx:
                await lease.fence(tx)
                more = await seal(tx) == BATCH
                end = await head(tx)
                now = tx.now
        if end is not None:
            await asyncio.to_thread(keep_head, house.settings.data_folder, end, now)
        await asyncio.sleep(1)


# Verifying ------------------------------------------------------------------------------------------------------


async def verify(tx: Transaction, heads: Iterable[Head] = ()) -> Verified:
    """Recompute the chain over all entries and compare; give it a REPEATABLE READ transaction.

    An edited or deleted entry is named by its number. Inserted are entries that the sealer must have seen but did not
    seal, and entries sealed out of their time. `heads` are the exported ones.
    """
    bad: list[Bad] = []
    wanted = {kept.position: kept.hash for kept in heads}
    previous, expected, settled = GENESIS, 0, _Settled()
    async for row in _links(tx):
        expected += 1
        if row["position"] != expected:
            bad.append(Bad("chain broken", 0, expected, f"links {expected} to {row['position'] - 1} are missing"))
            expected = row["position"]
        else:
            bad += _wrong(row, previous, settled.newest(row["sealed_at"]))
        if wanted.get(expected, row["hash"].hex()) != row["hash"].hex():
            bad.append(Bad("head differs", 0, expected, f"link {expected} is not the one exported"))
        settled.add(row["sealed_at"], row["entry_at"])
        previous = row["hash"]
    lost = [position for position in wanted if position > expected]
    bad += [Bad("head differs", 0, position, f"link {position} was exported and is gone") for position in sorted(lost)]
    bad += await _inserted(tx)
    unsealed = await tx.scalar(_UNSEALED)
    return Verified(not bad, expected, int(unsealed), bad[0] if bad else None, tuple(bad[:NAMED_MAX]))


def _wrong(row: RowMapping, previous: bytes, newest: datetime | None) -> list[Bad]:
    """What is wrong with one link and its entry, if anything."""
    at, position = row["entry_at"].isoformat(), row["position"]
    if row["seq"] is None:
        return [Bad("deleted", row["entry_seq"], position, f"entry {row['entry_seq']} of {at} is gone")]
    if link(previous, row["sealed_at"], _entry(row)) != row["hash"]:
        return [Bad("edited", row["seq"], position, f"entry {row['seq']} of {at} is not what was sealed")]
    if newest is not None and row["at"] < newest - OUT_OF_TIME:
        told = f"entry {row['seq']} says {at} but was sealed after {newest.isoformat()}"
        return [Bad("inserted", row["seq"], position, told)]
    return []


class _Settled:
    """The newest instant among entries sealed at least SETTLED ago."""

    def __init__(self) -> None:
        self._newest: datetime | None = None
        self._recent: deque[tuple[datetime, datetime]] = deque()

    def add(self, sealed_at: datetime, at: datetime) -> None:
        if self._recent and self._recent[-1][0] == sealed_at:
            at = max(at, self._recent.pop()[1])
        self._recent.append((sealed_at, at))

    def newest(self, sealed_at: datetime) -> datetime | None:
        while self._recent and self._recent[0][0] <= sealed_at - SETTLED:
            at = self._recent.popleft()[1]
            self._newest = max(self._newest or at, at)
        return self._newest


async def _links(tx: Transaction) -> AsyncIterator[RowMapping]:
    """Every link with its entry, in order; read in pages, so any length fits."""
    last = 0
    while True:
        page = await tx.rows(_PAGE, {"last": last, "most": BATCH})
        for row in page:
            yield row
        if len(page) < BATCH:
            return
        last = page[-1]["position"]


_PAGE = text(
    """
    select c.position, c.entry_seq, c.entry_at, c.sealed_at, c.hash, e.*
    from audit_chain c left join audit_entries e on e.seq = c.entry_seq and e.at = c.entry_at
    where c.position > :last order by c.position limit :most
    """
)
_ENTRY_COLUMNS: Final = tuple(column.name for column in audit_entries.columns)


def _entry(row: RowMapping) -> dict[str, Any]:
    return {name: row[name] for name in _ENTRY_COLUMNS}


_SEEN_BY_SEALER: Final = """
    (pg_visible_in_snapshot(e.xid, cast(k.seen as pg_snapshot))
      or (k.target is not null and e.seq <= k.after_seq
          and pg_visible_in_snapshot(e.xid, cast(k.target as pg_snapshot))))
    """
_NOT_IN_CHAIN: Final = "not exists (select 1 from audit_chain c where c.entry_seq = e.seq and c.entry_at = e.at)"
_UNSEALED = text(
    f"select count(*) from audit_entries e left join audit_cursor k on true "  # noqa: S608 - constants
    f"where {_NOT_IN_CHAIN} and not coalesce({_SEEN_BY_SEALER}, false)"
)
_INSERTED = text(
    f"select e.seq, e.at from audit_entries e, audit_cursor k "  # noqa: S608 - constants
    f"where {_SEEN_BY_SEALER} and {_NOT_IN_CHAIN} order by e.seq limit {NAMED_MAX}"
)


async def _inserted(tx: Transaction) -> list[Bad]:
    return [
        Bad("inserted", row["seq"], 0, f"entry {row['seq']} of {row['at'].isoformat()} was never sealed")
        for row in await tx.rows(_INSERTED)
    ]
