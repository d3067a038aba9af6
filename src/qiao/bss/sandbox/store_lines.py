"""More of the sandbox operator's own tables: what runs on a number beside its plan, and what is paid."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, PrimaryKeyConstraint, Table, Text

from qiao.bss.sandbox.store import SCHEMA
from qiao.platform.database import metadata

plan_changes = Table(
    "plan_changes",
    metadata,
    Column("service", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("plan_code", Text, nullable=False),
    Column("fee_minor", BigInteger, nullable=False),
    PrimaryKeyConstraint("service", "at"),
    schema=SCHEMA,
)
"""From when a number has another plan than it began with, at the fee of that day; in the future for one to come."""

features = Table(
    "features",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("service", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("value", Text, nullable=False, server_default=""),
    Column("fee_minor", BigInteger, nullable=False, server_default="0"),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True)),
    Index("ux_sandbox_features_open", "service", "code", unique=True, postgresql_where="until is null"),
    Index("ix_sandbox_features_service", "service", "since"),
    schema=SCHEMA,
)
"""What is switched on for a number and since when: "caller_display", "forward:busy" (value: the number),
"refuse_added", "suspended" (value: why), "sim_request", "family:+86…"; `fee_minor` is charged each month it ran in."""

packs = Table(
    "packs",
    metadata,
    Column("ref", Text, primary_key=True),
    Column("service", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("ix_sandbox_packs_service", "service", "month"),
    schema=SCHEMA,
)

payments = Table(
    "payments",
    metadata,
    Column("ref", Text, primary_key=True),
    Column("service", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("minor", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("ix_sandbox_payments_service", "service", "month"),
    schema=SCHEMA,
)
"""What was paid; `month` "" for what went to the balance only."""

vouchers = Table(
    "vouchers",
    metadata,
    Column("mark", Text, primary_key=True),
    Column("minor", BigInteger, nullable=False),
    Column("used_by", Text),
    Column("used_at", DateTime(timezone=True)),
    schema=SCHEMA,
)

invoices = Table(
    "invoices",
    metadata,
    Column("service", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("number", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("tax_number", Text, nullable=False),
    Column("minor", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("service", "month"),
    schema=SCHEMA,
)

mails_sent = Table(
    "mails_sent",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("address", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("ix_sandbox_mails_sent_address", "address", "id"),
    schema=SCHEMA,
)
"""E-mail of the operator's own systems; none of it leaves the sandbox."""

prices = Table(
    "prices",
    metadata,
    Column("code", Text, primary_key=True),
    Column("minor", BigInteger, nullable=False),
    schema=SCHEMA,
)
"""Prices that were changed since the products were written down."""

payment_pages = Table(
    "payment_pages",
    metadata,
    Column("ref", Text, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("return_url", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("begun_at", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
    Column("settled_at", DateTime(timezone=True)),
    Column("notice_url", Text, nullable=False, server_default=""),
    Column("notice_due_at", DateTime(timezone=True)),
    Column("notice_tries", Integer, nullable=False, server_default="0"),
    Index("ix_sandbox_payment_pages_notice", "notice_due_at", postgresql_where="notice_due_at is not null"),
    schema=SCHEMA,
)
"""The payment provider's own: what is to be paid on which page. What it was paid with is written down nowhere."""
