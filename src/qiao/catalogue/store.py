"""Tables of the catalogue."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from qiao.platform.database import PERSONAL, metadata

orders = Table(
    "orders",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("code", Text, nullable=False),
    Column("customer_id", Uuid, ForeignKey("customers.id"), nullable=False),
    Column("target", Text, nullable=False, info=PERSONAL),
    Column("parameters", JSONB, nullable=False, info=PERSONAL),
    Column("state", Text, nullable=False, server_default="placed"),
    Column("reason", Text, nullable=False, server_default=""),
    Column("reference", Text, nullable=False, server_default=""),
    Column("actor", Text, nullable=False),
    Column("level", Integer, nullable=False),
    Column("basis", Text, nullable=False),
    Column("origin", JSONB, nullable=False),
    Column("interaction_id", Uuid),
    Column("grant_id", Text),
    Column("price_minor", BigInteger),
    Column("currency", Text, nullable=False, server_default=""),
    Column("before", JSONB, nullable=False, server_default="{}", info=PERSONAL),
    Column("placed_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
    Column("due_at", DateTime(timezone=True)),
    Column("tries", Integer, nullable=False, server_default="0"),
    CheckConstraint(
        "state in ('placed', 'performing', 'done', 'refused', 'pending', 'unknown')", name="ck_orders_state"
    ),
    CheckConstraint("(state in ('done', 'refused')) = (finished_at is not null)", name="ck_orders_finished"),
    Index("ix_orders_customer_id", "customer_id", "placed_at"),
    Index("ix_orders_interaction_id", "interaction_id"),
    Index("ix_orders_open", "placed_at", postgresql_where="state not in ('done', 'refused')"),
    Index("ix_orders_open_target", "target", postgresql_where="state not in ('done', 'refused')"),
    Index("ix_orders_due", "placed_at", "id", postgresql_where="due_at is not null"),
)
"""`due_at`: since when it waits to be taken in hand; null while it is in hand and when it is over."""

confirmations = Table(
    "order_confirmations",
    metadata,
    Column("target", Text, primary_key=True, info=PERSONAL),
    Column("id", Uuid, nullable=False, unique=True),
    Column("code", Text, nullable=False),
    Column("customer_id", Uuid, ForeignKey("customers.id"), nullable=False),
    Column("parameters", JSONB, nullable=False, info=PERSONAL),
    Column("what", Text, nullable=False, info=PERSONAL),
    Column("price_minor", BigInteger),
    Column("currency", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("mark", LargeBinary, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index("ix_order_confirmations_customer_id", "customer_id"),
    Index("ix_order_confirmations_expires_at", "expires_at"),
)
"""Orders by text that wait for the digits texted to the number; one a number."""

consents = Table(
    "order_consents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, ForeignKey("orders.id"), nullable=False, unique=True),
    Column("asker", Text, nullable=False, info=PERSONAL),
    Column("member", Text, nullable=False, info=PERSONAL),
    Column("salt", LargeBinary, nullable=False),
    Column("mark", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("until_at", DateTime(timezone=True), nullable=False),
    Column("answered_at", DateTime(timezone=True)),
    CheckConstraint("state in ('asked', 'agreed', 'refused', 'silent')", name="ck_order_consents_state"),
    Index("ix_order_consents_member", "member", postgresql_where="state = 'asked'"),
)
"""Whether the holder of another number agrees to what was ordered about it; the mark goes with his answer."""
