"""Tables of contacts, what was said in them, and the timeline."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from qiao.platform.database import PERSONAL, metadata

interactions = Table(
    "interactions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("unit_id", Uuid),
    Column("customer_id", Uuid),
    Column("service_id", Text, info=PERSONAL),
    Column("claimed_customer_id", Uuid),
    Column("claimed_service_id", Text, info=PERSONAL),
    Column("party", Text, nullable=False, server_default="", info=PERSONAL),
    Column("channel", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("segment", Text, nullable=False, server_default=""),
    Column("direction", Text, nullable=False),
    Column("entry_point", Text, nullable=False, server_default=""),
    Column("topic", Text, nullable=False, server_default="", info=PERSONAL),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("queued_at", DateTime(timezone=True)),
    Column("answered_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("end_reason", Text),
    Column("agent_id", Uuid),
    Column("level", Integer, nullable=False, server_default="0"),
    Column("proof_method", Text),
    Column("proved_at", DateTime(timezone=True)),
    Column("proof_asked", Text),
    Column("disposition", Text),
    Column("wrap_note", Text, nullable=False, server_default="", info=PERSONAL),
    Column("wrapped_up_at", DateTime(timezone=True)),
    Column("last_seq", Integer, nullable=False, server_default="0"),
    Column("last_said_at", DateTime(timezone=True)),
    Column("last_said_by", Text),
    Column("customer_read_seq", Integer, nullable=False, server_default="0"),
    Column("agent_read_seq", Integer, nullable=False, server_default="0"),
    UniqueConstraint("id", "started_at"),
    CheckConstraint("level between 0 and 3", name="level_known"),
    CheckConstraint("(claimed_customer_id is null) = (claimed_service_id is null)", name="claim_is_whole"),
    CheckConstraint("direction in ('inbound', 'outbound', 'written')", name="direction_known"),
    CheckConstraint("wrapped_up_at is null or ended_at is not null", name="ended_before_wrap_up"),
    Index("ix_interactions_customer_id_started_at", "customer_id", text("started_at desc")),
    Index(
        "ix_interactions_agent_id_open",
        "agent_id",
        "answered_at",
        postgresql_where=text("agent_id is not null and wrapped_up_at is null"),
    ),
)
"""`started_at` never changes: messages lie in its month (see `messages`).

Whom the other side only says he is stands in `claimed_*`: nothing is looked up by them, so nothing of that customer
knows of the contact until the claim is proved.
"""

messages = Table(
    "messages",
    metadata,
    Column("interaction_id", Uuid, nullable=False),
    Column("began_at", DateTime(timezone=True), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("author_kind", Text, nullable=False),
    Column("author_id", Uuid),
    Column("text", Text, nullable=False, info=PERSONAL),
    Column("client_key", Text),
    Column("file_id", Uuid),
    PrimaryKeyConstraint("interaction_id", "seq", "began_at"),
    UniqueConstraint("interaction_id", "author_kind", "client_key", "began_at"),
    ForeignKeyConstraint(["interaction_id", "began_at"], ["interactions.id", "interactions.started_at"]),
    CheckConstraint("seq >= 1", name="seq_from_one"),
    CheckConstraint("author_kind in ('customer', 'agent', 'system', 'bot')", name="author_known"),
    postgresql_partition_by="RANGE (began_at)",
)
"""Partitioned by the month in which the *interaction* began. The foreign key makes `began_at` a function of
`interaction_id`, so a key that ends in it is unique over all partitions, and one conversation is read from one."""

attachments = Table(
    "attachments",
    metadata,
    Column("file_id", Uuid, primary_key=True),
    Column("interaction_id", Uuid, ForeignKey("interactions.id"), nullable=False, index=True),
    Column("name", Text, nullable=False, info=PERSONAL),
    Column("media_type", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("inline", Boolean, nullable=False),
    Column("kept_at", DateTime(timezone=True), nullable=False),
)

participations = Table(
    "participations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("interaction_id", Uuid, ForeignKey("interactions.id"), nullable=False, index=True),
    Column("agent_id", Uuid, nullable=False),
    Column("role", Text, nullable=False),
    Column("from_at", DateTime(timezone=True), nullable=False),
    Column("until_at", DateTime(timezone=True)),
    Column("reason", Text),
    Index(
        "uq_participations_one_agent",
        "interaction_id",
        unique=True,
        postgresql_where=text("role = 'agent' and until_at is null"),
    ),
    Index("ix_participations_agent_id_from_at", "agent_id", "from_at"),
)

matters = Table(
    "interaction_matters",
    metadata,
    Column("matter", Text, nullable=False),
    Column("interaction_id", Uuid, ForeignKey("interactions.id"), nullable=False, index=True),
    Column("linked_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("matter", "interaction_id"),
)
"""Which contacts were about the same thing: matter is such as "case:<id>"."""

drafts = Table(
    "drafts",
    metadata,
    Column("interaction_id", Uuid, ForeignKey("interactions.id"), nullable=False),
    Column("agent_id", Uuid, nullable=False),
    Column("text", Text, nullable=False, info=PERSONAL),
    Column("saved_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("interaction_id", "agent_id"),
)

timeline_entries = Table(
    "timeline_entries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("unit_id", Uuid),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("interaction_id", Uuid),
    Column("level", Integer, nullable=False, server_default="0"),
    Column("summary", JSONB, nullable=False, server_default="{}", info=PERSONAL),
    Index("ix_timeline_entries_customer_id_at_id", "customer_id", text("at desc"), text("id desc")),
    Index("ix_timeline_entries_ref", "ref"),
)
