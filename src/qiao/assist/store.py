"""Table of assist: the quicker ways that were offered."""

from sqlalchemy import Column, DateTime, Table, Text, Uuid

from qiao.platform.database import metadata

offers = Table(
    "assist_quicker_ways",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("interaction_id", Uuid, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("shown_at", DateTime(timezone=True), nullable=False),
    Column("taken_at", DateTime(timezone=True)),
    Column("done_at", DateTime(timezone=True)),
)
"""One a contact at most, whoever writes."""
