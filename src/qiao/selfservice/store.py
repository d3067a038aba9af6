"""Tables of self-service: versions of flows that were edited, which one is in force, and sessions."""

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from qiao.platform.database import PERSONAL, metadata

flow_versions = Table(
    "flow_versions",
    metadata,
    Column("code", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("kept_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("version > 0", name="ck_flow_versions_version"),
)
"""Version 0 is the flow that came with the house and stands in no row."""

flows_published = Table(
    "flows_published",
    metadata,
    Column("code", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("by", Text, nullable=False),
    Column("published_at", DateTime(timezone=True), nullable=False),
)
"""The version that new sessions begin on; without a row, version 0."""

flow_sessions = Table(
    "flow_sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("subject", Text, nullable=False, info=PERSONAL),
    Column("flow", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("customer_id", Uuid, ForeignKey("customers.id")),
    Column("service", Text, info=PERSONAL),
    Column("interaction_id", Uuid),
    Column("unit_id", Uuid),
    Column("entry_point", Text, nullable=False, server_default=""),
    Column("segment", Text, nullable=False, server_default=""),
    Column("body", JSONB, nullable=False, info=PERSONAL),
    Column("pending", JSONB, info=PERSONAL),
    Column("confirming", JSONB, info=PERSONAL),
    Column("heard", JSONB, info=PERSONAL),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("over", Text, nullable=False, server_default=""),
    Column("result", Text, nullable=False, server_default=""),
    Column("left_step", Text, nullable=False, server_default=""),
    Column("ways", JSONB, nullable=False, server_default="{}"),
    CheckConstraint("(ended_at is null) = (over = '')", name="ck_flow_sessions_over"),
    Index("ux_flow_sessions_open", "channel", "subject", unique=True, postgresql_where="ended_at is null"),
    Index("ix_flow_sessions_expires_at", "expires_at", postgresql_where="ended_at is null"),
    Index("ix_flow_sessions_flow", "flow", "ended_at"),
    Index("ix_flow_sessions_subject", "subject", "channel"),
    Index("ix_flow_sessions_customer_id", "customer_id"),
    Index("ix_flow_sessions_interaction_id", "interaction_id"),
)
"""`body` is the session as the engine knows it; `pending` what the house is asked to do, without what nobody keeps;
`confirming` when digits were asked for and how often they were wrong; `heard` the key of the last word taken, and what
was said to it;
`ways` what brought him to a service (its code -> "campaign:LX5"), which orders of the session name as their way;
`left_step` the step ("flow.step") at which it was over."""
