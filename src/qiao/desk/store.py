"""Tables of the desk: only what no lower room can know."""

from sqlalchemy import Column, DateTime, Table, Uuid

from qiao.platform.database import metadata

claimed_contacts = Table(
    "claimed_contacts",
    metadata,
    Column("interaction_id", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("agent_id", Uuid, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""Contacts whose customer an agent named from what he was told. Until that is proved the contact opens nothing of
his: else whoever wants to look up a stranger would only have to type a number."""
