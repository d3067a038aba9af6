"""Tables of the clocks: the books of calendars and targets as they were, and each case's own clocks."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from qiao.platform.database import metadata

clock_books = Table(
    "case_clock_books",
    metadata,
    Column("version", Integer, Identity(), primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("definition", JSONB, nullable=False),
    Column("text", Text, nullable=False, server_default=""),
    Column("kept_at", DateTime(timezone=True), nullable=False),
    Column("by", Text, nullable=False),
    CheckConstraint("source in ('built_in', 'edited')", name="source_known"),
)
"""Every book that a clock was started under; the newest edited one is in force, else the built-in one."""

case_clocks = Table(
    "case_clocks",
    metadata,
    Column("case_id", Uuid, ForeignKey("cases.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("book", Integer, ForeignKey("case_clock_books.version"), nullable=False),
    Column("calendar", Text, nullable=False),
    Column("target_seconds", Double, nullable=False),
    Column("steps", JSONB, nullable=False),
    Column("used_seconds", Double, nullable=False, server_default="0"),
    Column("since", DateTime(timezone=True)),
    Column("steps_done", SmallInteger, nullable=False, server_default="0"),
    Column("met_at", DateTime(timezone=True)),
    Column("breached_at", DateTime(timezone=True)),
    Column("due_at", DateTime(timezone=True)),
    Column("breach_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("case_id", "kind"),
    CheckConstraint("kind in ('first_answer', 'next_update', 'solution')", name="kind_known"),
    Index("ix_case_clocks_due_at", "due_at", postgresql_where="due_at is not null"),
)
"""`used_seconds` up to `since`, null while it stands; running on, `due_at` is its next step, `breach_at` its target."""
