"""Tables of customers."""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from qiao.platform.database import PERSONAL, metadata

customers = Table(
    "customers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("operator_ref", Text, nullable=False, unique=True, info=PERSONAL),
    Column("name", Text, nullable=False, info=PERSONAL),
    Column("kind", Text, nullable=False),
    Column("segment", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("unit_id", Uuid),
    Column("address", Text, nullable=False, server_default="", info=PERSONAL),
    Column("address_as_of", DateTime(timezone=True)),
    Column("born_year", Integer, info=PERSONAL),
    Column("language_chosen", Text),
    Column("elderly_mode", Boolean, nullable=False, server_default="false"),
    Column("person_first", Boolean, nullable=False, server_default="false"),
    Column("known_at", DateTime(timezone=True), nullable=False),
    Column("as_of", DateTime(timezone=True), nullable=False),
    Index("ix_customers_unit_id", "unit_id"),
)

number_periods = Table(
    "number_periods",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("service", Text, nullable=False, info=PERSONAL),
    Column("customer_id", Uuid, ForeignKey("customers.id"), nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True)),
    Index("ux_number_periods_held", "service", unique=True, postgresql_where="until is null"),
    Index("ix_number_periods_customer_id", "customer_id"),
)
"""A number belongs to somebody for a period; `until` null while it still does, and at most one period is open."""

snapshots = Table(
    "customer_snapshots",
    metadata,
    Column("customer_id", Uuid, ForeignKey("customers.id"), primary_key=True),
    Column("service", Text, primary_key=True, info=PERSONAL),
    Column("as_of", DateTime(timezone=True), nullable=False),
    Column("body", JSONB, nullable=False, info=PERSONAL),
)
"""What the operator last said of an account: shown with its date while he does not answer."""

one_time_codes = Table(
    "one_time_codes",
    metadata,
    Column("service", Text, nullable=False, info=PERSONAL),
    Column("purpose", Text, nullable=False),
    Column("customer_id", Uuid, ForeignKey("customers.id"), nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("mark", LargeBinary, nullable=False),
    Column("sent_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("service", "purpose"),
    Index("ix_one_time_codes_expires_at", "expires_at"),
    Index("ix_one_time_codes_customer_id", "customer_id"),
)

proof_tries = Table(
    "proof_tries",
    metadata,
    Column("service", Text, primary_key=True, info=PERSONAL),
    Column("failures", Integer, nullable=False),
    Column("first_at", DateTime(timezone=True), nullable=False),
)
"""Wrong codes and passwords for a number, on whatever channel, with whatever agent."""
