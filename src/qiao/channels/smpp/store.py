"""What the gateway keeps beside post's ledger: parts submitted, receipts that came too early, pieces of texts."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, PrimaryKeyConstraint, Table, Text, Uuid

from qiao.platform.database import PERSONAL, metadata

smpp_parts = Table(
    "smpp_parts",
    metadata,
    Column("message_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False, autoincrement=False),
    Column("of", Integer, nullable=False),
    Column("centre", Text, nullable=False),
    Column("centre_id", Text, nullable=False),
    Column("fate", Text, nullable=False, server_default="under way"),
    Column("error", Text, nullable=False, server_default=""),
    Column("at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("message_id", "number"),
    Index("ix_smpp_parts_centre_id", "centre", "centre_id"),
    Index("ix_smpp_parts_at", "at"),
)
"""Parts that a centre took; `centre_id` is its own name for one, which its receipt tells."""

smpp_receipts = Table(
    "smpp_receipts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("centre", Text, nullable=False),
    Column("centre_id", Text, nullable=False),
    Column("fate", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("ix_smpp_receipts_centre_id", "centre", "centre_id"),
    Index("ix_smpp_receipts_at", "at"),
)
"""Receipts of parts that nobody has written down yet: a receipt may overtake the answer to its submission."""

smpp_pieces = Table(
    "smpp_pieces",
    metadata,
    Column("centre", Text, nullable=False),
    Column("sender", Text, nullable=False, info=PERSONAL),
    Column("addressed_to", Text, nullable=False),
    Column("reference", Integer, nullable=False),
    Column("of", Integer, nullable=False),
    Column("number", Integer, nullable=False, autoincrement=False),
    Column("text", Text, nullable=False, info=PERSONAL),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("joined_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("centre", "sender", "addressed_to", "reference", "of", "number"),
    Index("ix_smpp_pieces_at", "at"),
)
"""Parts of a long text until all are there; kept a while after, so that one delivered again is known."""
