"""Tables of insight: each contact as it counts, and sums by day."""

from sqlalchemy import Boolean, Column, Date, DateTime, Index, Integer, Table, Text, Uuid

from qiao.platform.database import metadata

contacts = Table(
    "insight_contacts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("day", Date, nullable=False),
    Column("channel", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("segment", Text, nullable=False),
    Column("unit_id", Uuid),
    Column("customer_id", Uuid),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("machine", Boolean, nullable=False),
    Column("person_at", DateTime(timezone=True)),
    Column("answered", Boolean, nullable=False),
    Column("done", Boolean, nullable=False),
    Column("followed_at", DateTime(timezone=True)),
    Column("guessed", Boolean, nullable=False),
    Index("ix_insight_contacts_customer_id", "customer_id", "started_at"),
    Index("ix_insight_contacts_day", "day"),
)

days = Table(
    "insight_days",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("day", Date, nullable=False),
    Column("channel", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("segment", Text, nullable=False),
    Column("unit_id", Uuid),
    Column("contacts", Integer, nullable=False),
    Column("machine", Integer, nullable=False),
    Column("handed", Integer, nullable=False),
    Column("followed", Integer, nullable=False),
    Column("unknown", Integer, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("answered", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Index("ix_insight_days_day", "day"),
)
"""`id` is made of what the row is about, so that the same row is found again."""

ways = Table(
    "insight_ways",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("day", Date, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("unit_id", Uuid),
    Column("shown", Integer, nullable=False),
    Column("taken", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Index("ix_insight_ways_day", "day"),
)
"""Quicker ways that were offered ("offer") and answers to campaigns ("campaign"): one row each, and one for each order
that came of a campaign's code."""

answers = Table(
    "insight_answers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("day", Date, nullable=False),
    Column("entry_point", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("unit_id", Uuid),
    Column("target_minutes", Integer),
    Column("from_at", DateTime(timezone=True), nullable=False),
    Column("answered_at", DateTime(timezone=True)),
    Column("gone_at", DateTime(timezone=True)),
    Index("ix_insight_answers_day", "day", "from_at"),
)
"""Contacts in writing in which a person was asked for: what was promised then, and when one answered. `id` is the
contact's; both times are empty while it is open."""
