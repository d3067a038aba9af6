"""Tables of the chat: where it is embedded, who holds which conversation, which tickets are used up."""

from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from qiao.platform.database import PERSONAL, metadata

sites = Table(
    "chat_sites",
    metadata,
    Column("key", Text, primary_key=True),
    Column("origins", JSONB, nullable=False, server_default="[]"),
    Column("warn_seconds", Integer, nullable=False),
    Column("end_seconds", Integer, nullable=False),
    Column("gone_seconds", Integer, nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
)
"""What only a chat has; what every way in has (flow, hours, language, unit) is its entry point of the same key."""

parties = Table(
    "chat_parties",
    metadata,
    Column("key", Text, primary_key=True, info=PERSONAL),
    Column("site_key", Text, nullable=False),
    Column("customer_id", Uuid),
    Column("interaction_id", Uuid, ForeignKey("interactions.id")),
    Column("previous_id", Uuid, ForeignKey("interactions.id")),
    Column("warned_at", DateTime(timezone=True)),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("offered", JSONB(none_as_null=True)),
    Index("ix_chat_parties_interaction_id", "interaction_id"),
)
"""One row for whoever has ever written; a mere visit leaves none. `offered` is the quicker way of the last answer."""

used_tickets = Table(
    "chat_used_tickets",
    metadata,
    Column("nonce", Text, primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
)
