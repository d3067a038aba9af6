"""The sandbox operator's own tables, in a schema of their own: nobody but the sandbox reads them."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, PrimaryKeyConstraint, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from qiao.platform.database import metadata

SCHEMA = "sandbox"

parties = Table(
    "parties",
    metadata,
    Column("ref", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("segment", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("born_year", Integer),
    Column("address", Text, nullable=False),
    Column("unit_code", Text, nullable=False),
    Column("contact_names", JSONB, nullable=False),
    Column("email", Text, nullable=False, server_default=""),
    schema=SCHEMA,
)

holdings = Table(
    "holdings",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("service", Text, nullable=False),
    Column("party_ref", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True)),
    Column("brand", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("plan_code", Text, nullable=False),
    Column("prepaid_minor", BigInteger, nullable=False),
    Column("password_mark", Text, nullable=False, server_default=""),
    Column("points", Integer, nullable=False, server_default="0"),
    Index("ux_sandbox_holdings_service", "service", unique=True, postgresql_where="until is null"),
    Index("ix_sandbox_holdings_party_ref", "party_ref"),
    schema=SCHEMA,
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("ref", Text, primary_key=True),
    Column("service", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True)),
    Column("ordered_by", Text, nullable=False),
    Index("ix_sandbox_subscriptions_service", "service"),
    schema=SCHEMA,
)

bill_lines = Table(
    "bill_lines",
    metadata,
    Column("service", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("names", JSONB, nullable=False),
    Column("minor", BigInteger, nullable=False),
    Column("provider_code", Text),
    PrimaryKeyConstraint("service", "month", "ref"),
    schema=SCHEMA,
)
"""Lines of issued bills: what is issued is written down and no longer computed. Adjustments and what was rated late are
added with their own dates, also to the month that runs."""

issued_bills = Table(
    "issued_bills",
    metadata,
    Column("service", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("service", "month"),
    schema=SCHEMA,
)

charge_holds = Table(
    "charge_holds",
    metadata,
    Column("service", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("line_ref", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True)),
    PrimaryKeyConstraint("service", "month", "line_ref", "since"),
    Index(
        "ux_sandbox_charge_holds_open", "service", "month", "line_ref", unique=True, postgresql_where="until is null"
    ),
    schema=SCHEMA,
)
"""Lines in dispute; `until` null while the hold stands."""

acts = Table(
    "acts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("act", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("about", Text, nullable=False, server_default=""),
    Column("before", JSONB, nullable=False, server_default="{}"),
    schema=SCHEMA,
)
"""What was asked under which key, and how it came out: asked again, it is answered again and not done again."""

texts_sent = Table(
    "texts_sent",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("service", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("ix_sandbox_texts_sent_service", "service", "id"),
    schema=SCHEMA,
)
"""Texts that did not come from us: of content providers, and of the operator's own systems."""

misbehaviour = Table(
    "misbehaviour",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    schema=SCHEMA,
)
"""One row while the operator is told to misbehave."""
