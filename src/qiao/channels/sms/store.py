"""What goes on with whom by text: one row a number and service number."""

from sqlalchemy import Column, DateTime, Index, PrimaryKeyConstraint, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from qiao.platform.database import PERSONAL, metadata

sms_sessions = Table(
    "sms_sessions",
    metadata,
    Column("sender", Text, nullable=False, info=PERSONAL),
    Column("number", Text, nullable=False),
    Column("customer_id", Uuid),
    Column("interaction_id", Uuid),
    Column("language", Text, nullable=False),
    Column("body", JSONB, nullable=False, info=PERSONAL),
    Column("until_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("sender", "number"),
    Index("ix_sms_sessions_interaction_id", "interaction_id", unique=True),
    Index("ix_sms_sessions_open", "until_at", postgresql_where="interaction_id is not null"),
)
"""`interaction_id` while a contact is open; `number` is the service number, empty for the usual one."""
