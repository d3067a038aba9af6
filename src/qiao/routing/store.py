"""Tables of desks, seats, waiting contacts, offers and assignments, and the facts that the owner has yet to take in.

Rows are the truth: each operation writes its whole effect and, in the same transaction, a fact that tells the owner
of it. The owner's memory is a copy that it can throw away and read anew at any time. `rev` grows with each write of
a row, so that the owner notices when somebody wrote what it has not heard of yet.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from qiao.platform.database import metadata

desks = Table(
    "routing_desks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False),
    Column("names", JSONB, nullable=False),
    Column("unit_id", Uuid),
    Column("entry_points", JSONB, nullable=False),
    Column("segments", JSONB),
    Column("rules", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("code"),
)

entry_points = Table(
    "routing_entry_points",
    metadata,
    Column("number", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("names", JSONB, nullable=False),
    Column("channels", JSONB, nullable=False),
    Column("brand", Text, nullable=False, server_default=""),
    Column("language", Text),
    Column("display_number", Text, nullable=False),
    Column("flow", Text, nullable=False, server_default=""),
    Column("hours", JSONB),
    Column("answer_minutes", Integer),
    Column("unit_id", Uuid),
    Column("rev", BigInteger, nullable=False, server_default="1"),
)
"""The service numbers customers text and call: what each is for. Desks name the `code` they serve."""

seats = Table(
    "routing_seats",
    metadata,
    Column("agent_id", Uuid, primary_key=True),
    Column("unit_id", Uuid),
    Column("seat", Uuid, nullable=False),
    Column("signed_on", Boolean, nullable=False),
    Column("profile", JSONB, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("lost", Boolean, nullable=False, server_default="false"),
    Column("engaged_in", Uuid),
    Column("rev", BigInteger, nullable=False, server_default="1"),
    Column("beats", BigInteger, nullable=False, server_default="0"),
    Column("beat_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("status in ('ready', 'not_ready')", name="status_known"),
    Index("ix_routing_seats_unit_id", "unit_id", postgresql_where=text("signed_on")),
    postgresql_with={"fillfactor": 70},
)
"""One row an agent, so one active seat. `beats` counts signs of life; how old they are is the owner's to tell.

`engaged_in`: the contact of a colleague's in which he is on the line; meanwhile he is offered nothing.
"""

presence = Table(
    "routing_presence",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("agent_id", Uuid, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("from_at", DateTime(timezone=True), nullable=False),
    Column("until_at", DateTime(timezone=True)),
    CheckConstraint("status in ('ready', 'not_ready', 'lost')", name="status_known"),
    Index("uq_routing_presence_open", "agent_id", unique=True, postgresql_where=text("until_at is null")),
    Index("ix_routing_presence_agent_id_from_at", "agent_id", "from_at"),
)
"""Intervals: at most one of an agent is open, and none while he is signed off."""

contacts = Table(
    "routing_contacts",
    metadata,
    Column("interaction_id", Uuid, ForeignKey("interactions.id", ondelete="CASCADE"), primary_key=True),
    Column("desk_id", Uuid, ForeignKey("routing_desks.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("agent_id", Uuid),
    Column("until_at", DateTime(timezone=True)),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("channel", Text, nullable=False),
    Column("entry_point", Text, nullable=False),
    Column("language", Text),
    Column("segment", Text),
    Column("unit_id", Uuid),
    Column("customer_id", Uuid),
    Column("skills", JSONB, nullable=False),
    Column("preferred_agent_id", Uuid),
    Column("avoid_agent_id", Uuid),
    Column("urgent", Boolean, nullable=False, server_default="false"),
    Column("origin", JSONB, nullable=False),
    Column("queued_at", DateTime(timezone=True), nullable=False),
    Column("entered_at", DateTime(timezone=True), nullable=False),
    Column("answered_at", DateTime(timezone=True)),
    Column("left_at", DateTime(timezone=True)),
    Column("rev", BigInteger, nullable=False, server_default="1"),
    CheckConstraint(
        "state in ('waiting', 'offered', 'active', 'wrap_up', 'done', 'abandoned', 'callback', 'dropped')",
        name="state_known",
    ),
    CheckConstraint("(agent_id is not null) = (state in ('offered', 'active', 'wrap_up'))", name="agent_when_held"),
    CheckConstraint(
        "(left_at is null) = (state in ('waiting', 'offered', 'active', 'wrap_up'))", name="left_when_over"
    ),
    Index(
        "ix_routing_contacts_here",
        "desk_id",
        "queued_at",
        postgresql_where=text("state in ('waiting', 'offered', 'active', 'wrap_up')"),
    ),
    Index(
        "ix_routing_contacts_agent_id",
        "agent_id",
        postgresql_where=text("state in ('offered', 'active', 'wrap_up')"),
    ),
    Index("ix_routing_contacts_abandoned", "desk_id", "left_at", postgresql_where=text("state = 'abandoned'")),
)
"""`entered_at`: when it came to this desk, from which the desk's steps count; `queued_at`: when its waiting began."""

offers = Table(
    "routing_offers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("interaction_id", Uuid, ForeignKey("routing_contacts.interaction_id", ondelete="CASCADE"), nullable=False),
    Column("agent_id", Uuid, nullable=False),
    Column("desk_id", Uuid, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("offered_at", DateTime(timezone=True), nullable=False),
    Column("until_at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("epoch", BigInteger, nullable=False),
    CheckConstraint(
        "state in ('live', 'accepted', 'missed', 'declined', 'withdrawn', 'abandoned', 'callback', 'dropped')",
        name="state_known",
    ),
    CheckConstraint("(ended_at is null) = (state = 'live')", name="ended_unless_live"),
    Index("uq_routing_offers_live", "interaction_id", unique=True, postgresql_where=text("state = 'live'")),
    Index("ix_routing_offers_agent_live", "agent_id", postgresql_where=text("state = 'live'")),
    Index("ix_routing_offers_interaction_id", "interaction_id"),
)
"""The wall behind the core: a contact has at most one live offer, whoever writes."""

assignments = Table(
    "routing_assignments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("interaction_id", Uuid, ForeignKey("routing_contacts.interaction_id", ondelete="CASCADE"), nullable=False),
    Column("agent_id", Uuid, nullable=False),
    Column("desk_id", Uuid, nullable=False),
    Column("channel", Text, nullable=False),
    Column("waited_seconds", Float, nullable=False),
    Column("from_at", DateTime(timezone=True), nullable=False),
    Column("released_at", DateTime(timezone=True)),
    Column("until_at", DateTime(timezone=True)),
    Column("why", Text),
    Index("uq_routing_assignments_open", "interaction_id", unique=True, postgresql_where=text("until_at is null")),
    Index("ix_routing_assignments_agent_id_until_at", "agent_id", "until_at"),
    Index("ix_routing_assignments_desk_id_from_at", "desk_id", "from_at"),
    Index("ix_routing_assignments_desk_id_until_at", "desk_id", "until_at"),
    CheckConstraint("(until_at is null) = (why is null)", name="why_when_over"),
)
"""Who had a contact from when to when: the other wall, at most one agent at a time. `why` as in `Freed`."""

facts = Table(
    "routing_facts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("body", JSONB, nullable=False),
)
"""What operations did and the owner has yet to take in; nearly always empty."""

HERE = ("waiting", "offered", "active", "wrap_up")
HELD = ("offered", "active", "wrap_up")
Body = dict[str, Any]
