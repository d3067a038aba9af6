"""Audit: who saw or did what, as rows that are committed before the data leaves.

One row for each (actor, customer, act, subject, interaction), not for each refetch of an open page. Rows hold ids
and what was asked, never what was shown. `audit_chain` seals them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    RowMapping,
    Table,
    Text,
    Uuid,
    delete,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from qiao.kernel.ids import new_id
from qiao.platform.database import Transaction, metadata
from qiao.platform.events import Xid8
from qiao.platform.secrecy import secret_names

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("seq", BigInteger, Identity(always=True), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("id", Uuid, nullable=False),
    Column("xid", Xid8, nullable=False, server_default=text("pg_current_xact_id()")),
    Column("actor", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("customer_id", Uuid),
    Column("interaction_id", Uuid),
    Column("unit_id", Uuid),
    Column("subject", Text, nullable=False, server_default=""),
    Column("details", JSONB, nullable=False, server_default="{}"),
    PrimaryKeyConstraint("seq", "at"),
    Index("ix_audit_entries_xid", "xid"),
    Index("ix_audit_entries_customer_id", "customer_id", "at"),
    Index("ix_audit_entries_actor", "actor", "at"),
    postgresql_partition_by="RANGE (at)",
)

audit_seen = Table(
    "audit_seen",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("ix_audit_seen_at", "at"),
)
"""Which entries were written once already; swept after a month, when a view counts as a new one."""

SEEN_KEPT: Final = timedelta(days=31)


async def record(
    tx: Transaction,
    *,
    actor: str,
    act: str,
    customer_id: UUID | None = None,
    interaction_id: UUID | None = None,
    unit_id: UUID | None = None,
    subject: str = "",
    details: Mapping[str, Any] | None = None,
    once: bool = True,
) -> bool:
    """Write that `actor` ("agent:<id>") did `act` ("view.bill"); commit before anything is shown.

    With `once`, only the first of its kind within the interaction is written, or within the hour where there is no
    interaction; what changes something is recorded with `once=False`. Returns whether a row was written. Raises
    ValueError when `details` name a secret.
    """
    told = dict(details or {})
    if secrets := secret_names(told):
        raise ValueError(f"audit details may not hold {', '.join(secrets)}")
    if once and not await _first(tx, actor, act, customer_id, interaction_id, subject):
        return False
    await tx.execute(
        audit_entries.insert().values(
            at=tx.now,
            id=new_id(),
            actor=actor,
            act=act,
            customer_id=customer_id,
            interaction_id=interaction_id,
            unit_id=unit_id,
            subject=subject,
            details=told,
        )
    )
    return True


_SEEN: Final = insert(audit_seen).on_conflict_do_nothing().returning(audit_seen.c.key)


@dataclass(frozen=True, slots=True)
class View:
    """Somebody looks at something: `actor` ("agent:<id>") does `act` ("view.bill")."""

    actor: str
    act: str
    customer_id: UUID | None
    interaction_id: UUID | None
    unit_id: UUID | None
    subject: str
    details: Mapping[str, Any]


async def record_views(tx: Transaction, views: Sequence[View]) -> None:
    """As `record` with `once`, for many, in two statements."""
    keyed = {_key(tx, one.actor, one.act, one.customer_id, one.interaction_id, one.subject): one for one in views}
    if not keyed:
        return
    for one in views:
        if secrets := secret_names(one.details):
            raise ValueError(f"audit details may not hold {', '.join(secrets)}")
    written = await tx.execute(_SEEN, [{"key": key, "at": tx.now} for key in sorted(keyed)])
    fresh = {bytes(key) for key in written.scalars()}
    rows = [{**asdict(keyed[key]), "at": tx.now, "id": new_id()} for key in sorted(fresh)]
    if rows:
        await tx.execute(audit_entries.insert(), rows)


def _key(
    tx: Transaction, actor: str, act: str, customer_id: UUID | None, interaction_id: UUID | None, subject: str
) -> bytes:
    within = str(interaction_id) if interaction_id else f"{tx.now:%Y-%m-%dT%H}"
    parts = "\0".join((actor, act, str(customer_id), within, subject))
    return hashlib.sha256(parts.encode()).digest()


async def _first(
    tx: Transaction, actor: str, act: str, customer_id: UUID | None, interaction_id: UUID | None, subject: str
) -> bool:
    key = _key(tx, actor, act, customer_id, interaction_id, subject)
    written = insert(audit_seen).values(key=key, at=tx.now).on_conflict_do_nothing()
    return await tx.scalar(written.returning(audit_seen.c.at)) is not None


async def entries(
    tx: Transaction,
    *,
    customer_id: UUID | None = None,
    actor: str | None = None,
    before_seq: int | None = None,
    limit: int = 100,
) -> list[RowMapping]:
    """The newest entries about a customer or by an actor, newest first; page on with the last row's `seq`."""
    wanted = select(audit_entries).order_by(audit_entries.c.seq.desc()).limit(limit)
    if customer_id is not None:
        wanted = wanted.where(audit_entries.c.customer_id == customer_id)
    if actor is not None:
        wanted = wanted.where(audit_entries.c.actor == actor)
    if before_seq is not None:
        wanted = wanted.where(audit_entries.c.seq < before_seq)
    return await tx.rows(wanted)


async def forget_seen(tx: Transaction) -> int:
    """Sweep the once-only keys of more than a month ago; returns how many."""
    return (await tx.execute(delete(audit_seen).where(audit_seen.c.at < tx.now - SEEN_KEPT))).rowcount
