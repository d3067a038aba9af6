"""Tables of staff."""

from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from qiao.platform.database import metadata

units = Table(
    "units",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("parent_id", Uuid, ForeignKey("units.id")),
    Index("ix_units_parent_id", "parent_id"),
)
"""Organisation units: provinces, brands, outsourcers; a tree."""

roles = Table(
    "staff_roles",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("rights", ARRAY(Text), nullable=False),
    Column("built_in", Boolean, nullable=False, server_default="false"),
)

agents = Table(
    "agents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("shown_name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("unit_id", Uuid, ForeignKey("units.id"), nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("languages", ARRAY(Text), nullable=False),
    Column("skills", JSONB, nullable=False),
    Column("segments", ARRAY(Text)),
    Column("capacity", JSONB, nullable=False),
    Column("desks", ARRAY(Uuid), nullable=False, server_default="{}"),
    Column("language", Text, nullable=False),
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("ix_agents_unit_id", "unit_id"),
)
"""`segments` null: any; `desks` empty: whatever the skills fit."""
