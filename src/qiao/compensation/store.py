"""Tables of compensation: grants, what was decided about them, by which order they were spent, and the limits."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from qiao.platform.database import PERSONAL, metadata

limits = Table(
    "compensation_limits",
    metadata,
    Column("version", Integer, Identity(), primary_key=True),
    Column("definition", JSONB, nullable=False),
    Column("text", Text, nullable=False, server_default=""),
    Column("kept_at", DateTime(timezone=True), nullable=False),
    Column("by", Text, nullable=False),
)
"""Edited limits; the newest is in force, the built-in ones where there is none."""

grants = Table(
    "compensation_grants",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("matter", Text, nullable=False),
    Column("severity", SmallInteger, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("target", Text, nullable=False, info=PERSONAL),
    Column("code", Text, nullable=False),
    Column("charge", Text, nullable=False, server_default=""),
    Column("minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("reason", Text, nullable=False, info=PERSONAL),
    Column("agent_id", Uuid, nullable=False),
    Column("unit_id", Uuid),
    Column("rank", Text, nullable=False),
    Column("limit_minor", BigInteger, nullable=False),
    Column("within", Boolean, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    CheckConstraint("minor > 0", name="some_money"),
    Index("ix_compensation_grants_customer_id", "customer_id", "at"),
    Index("ix_compensation_grants_agent_id", "agent_id", "at"),
    Index("ix_compensation_grants_matter", "matter"),
    Index("ix_compensation_grants_asked", "at", postgresql_where="not within"),
)
"""`within`: it lay within the authority of whoever asked, whose limit then was `limit_minor`; else somebody approves.

`charge` names the line that is reversed ("month/line"), "" for a credit.
"""

decisions = Table(
    "compensation_decisions",
    metadata,
    Column("grant_id", Uuid, ForeignKey("compensation_grants.id"), primary_key=True),
    Column("approved", Boolean, nullable=False),
    Column("agent_id", Uuid, nullable=False),
    Column("reason", Text, nullable=False, info=PERSONAL),
    Column("at", DateTime(timezone=True), nullable=False),
)
spendings = Table(
    "compensation_spendings",
    metadata,
    Column("grant_id", Uuid, ForeignKey("compensation_grants.id"), primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("order_id"),
)
take_backs = Table(
    "compensation_take_backs",
    metadata,
    Column("grant_id", Uuid, ForeignKey("compensation_grants.id"), primary_key=True),
    Column("agent_id", Text, nullable=False),
    Column("reason", Text, nullable=False, info=PERSONAL),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""A grant that nobody spent, or whose order the operator refused: it counts no more."""

own_customers = Table(
    "compensation_own_customers",
    metadata,
    Column("agent_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("relation", Text, nullable=False),
    Column("declared_at", DateTime(timezone=True), nullable=False),
    Column("by", Text, nullable=False),
    PrimaryKeyConstraint("agent_id", "customer_id"),
    CheckConstraint("relation in ('self', 'family')", name="relation_known"),
)
"""Customers who are a member of staff himself, or his family; whoever shares an address with them counts as family."""
