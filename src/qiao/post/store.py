"""The ledger of everything that leaves."""

from sqlalchemy import Boolean, CheckConstraint, Column, DateTime, Index, Integer, Table, Text, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from qiao.platform.database import PERSONAL, metadata

post_messages = Table(
    "post_messages",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("recipient", Text, nullable=False, info=PERSONAL),
    Column("text", Text, info=PERSONAL),
    Column("language", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("secret", Boolean, nullable=False),
    Column("sender", Text, nullable=False, server_default=""),
    Column("origin", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default="accepted"),
    Column("accepted_at", DateTime(timezone=True), nullable=False),
    Column("claimed_at", DateTime(timezone=True)),
    Column("submitted_at", DateTime(timezone=True)),
    Column("settled_at", DateTime(timezone=True)),
    Column("reason", Text, nullable=False, server_default=""),
    UniqueConstraint("purpose", "key", "recipient", name="uq_post_messages_purpose_key_recipient"),
    CheckConstraint(
        "state in ('accepted', 'claimed', 'submitted', 'delivered', 'failed', 'unknown')", name="ck_post_messages_state"
    ),
    CheckConstraint(
        "(state in ('delivered', 'failed', 'unknown')) = (settled_at is not null)", name="ck_post_messages_settled"
    ),
    Index("ix_post_messages_waiting", "priority", "accepted_at", postgresql_where="state = 'accepted'"),
    Index("ix_post_messages_under_way", "claimed_at", postgresql_where="state in ('claimed', 'submitted')"),
    Index("ix_post_messages_unknown", "settled_at", "id", postgresql_where="state = 'unknown'"),
    Index("ix_post_messages_recipient", "recipient", "accepted_at"),
)
"""`text` of a secret message is null once it is settled. `sender` is a service number; empty: the usual."""

post_texts = Table(
    "post_texts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("sender", Text, nullable=False, info=PERSONAL),
    Column("text", Text, nullable=False, info=PERSONAL),
    Column("addressed_to", Text, nullable=False, server_default=""),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("heard_at", DateTime(timezone=True)),
    Column("fault", Text, nullable=False, server_default=""),
    Index("ix_post_texts_sender", "sender", "received_at"),
    Index("ix_post_texts_unheard", "received_at", "id", postgresql_where="heard_at is null"),
)
"""What customers texted us; `key` is the inlet's own for it, so that the same text delivered twice is one.

`addressed_to` is the service number it was sent to. `fault` says why nothing could be made of a text that was heard.
"""
