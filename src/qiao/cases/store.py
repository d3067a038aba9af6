"""Tables of cases: one row for the case, and a record for everything that was said, asked, promised and done.

`status`, `red_since`, `due_at` and `returned_at` of a case are a projection of its records for the lists, written in
one place only (`settling.happened`); `listed_at` puts a case that came back before all newer ones; `number` is for
people, ids for programs.
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.schema import SchemaItem

from qiao.platform.database import PERSONAL, metadata

_LIVE = text("status <> 'closed'")

case_categories = Table(
    "case_categories",
    metadata,
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("definition", JSONB, nullable=False),
    Column("text", Text, nullable=False, server_default=""),
    Column("kept_at", DateTime(timezone=True), nullable=False),
    Column("by", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("code", "version"),
    CheckConstraint("source in ('built_in', 'edited')", name="source_known"),
)
"""Every version that a case was opened under, and every one that was edited here; the parent is in the code's path."""

case_numbers = Table(
    "case_numbers",
    metadata,
    Column("day", Date, primary_key=True),
    Column("last", Integer, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("unit_id", Uuid),
    Column("customer_id", Uuid),
    Column("service_id", Text, info=PERSONAL),
    Column("category_code", Text, nullable=False),
    Column("category_version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("severity", SmallInteger, nullable=False),
    Column("title", Text, nullable=False, info=PERSONAL),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("origin", JSONB, nullable=False),
    Column("owner_id", Uuid),
    Column("desk_id", Uuid),
    Column("watch_terms", JSONB, nullable=False, server_default="[]", info=PERSONAL),
    Column("idempotency_key", Text, unique=True),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("status", Text, nullable=False),
    Column("red_since", DateTime(timezone=True)),
    Column("due_at", DateTime(timezone=True)),
    Column("moved_at", DateTime(timezone=True), nullable=False),
    Column("returned_at", DateTime(timezone=True)),
    Column("listed_at", DateTime(timezone=True), Computed("coalesce(returned_at, opened_at)", persisted=True)),
    Column("search", TSVECTOR, nullable=False, server_default=text("''::tsvector"), info=PERSONAL),
    ForeignKeyConstraint(["category_code", "category_version"], ["case_categories.code", "case_categories.version"]),
    CheckConstraint("severity between 1 and 4", name="severity_known"),
    Index("ix_cases_customer_id_opened_at", "customer_id", text("opened_at desc"), text("id desc")),
    Index("ix_cases_unit_id_listed_live", "unit_id", text("listed_at desc"), text("id desc"), postgresql_where=_LIVE),
    Index("ix_cases_unit_id_listed_at", "unit_id", text("listed_at desc"), text("id desc")),
    Index("ix_cases_owner_id_listed_live", "owner_id", text("listed_at desc"), text("id desc"), postgresql_where=_LIVE),
    Index("ix_cases_desk_id_listed_live", "desk_id", text("listed_at desc"), text("id desc"), postgresql_where=_LIVE),
    Index(
        "ix_cases_unit_id_listed_unowned",
        "unit_id",
        text("listed_at desc"),
        text("id desc"),
        postgresql_where=text("owner_id is null and status <> 'closed'"),
    ),
    Index(
        "ix_cases_unit_id_listed_red",
        "unit_id",
        text("listed_at desc"),
        text("id desc"),
        postgresql_where=text("red_since is not null and status <> 'closed'"),
    ),
    Index("ix_cases_resolved", "id", postgresql_where=text("status = 'resolved'")),
    Index("ix_cases_customer_id_dormant", "customer_id", postgresql_where=text("status = 'dormant'")),
    Index("ix_cases_search", "search", postgresql_using="gin"),
)


def record_table(name: str, *parts: SchemaItem) -> Table:
    """A table of records: each belongs to a case, was made by somebody, at an instant, maybe within a contact."""
    return Table(
        name,
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("case_id", Uuid, ForeignKey("cases.id"), nullable=False, index=True),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("by", Text, nullable=False),
        Column("interaction_id", Uuid),
        *parts,
    )


case_words = record_table(
    "case_words",
    Column("text", Text, nullable=False, info=PERSONAL),
    Column("language", Text, nullable=False),
    Column("said_by", Text, nullable=False),
)
"""The customer's own words as said; there is no verb that changes them."""

case_facts = record_table(
    "case_facts",
    Column("customer_id", Uuid),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False, info=PERSONAL),
    Column("said_by", Text, nullable=False),
    Column("file_id", Uuid),
    Index("ix_case_facts_customer_id", "customer_id", "at"),
    Index("ix_case_facts_key_value", "key", text("left(value, 100)")),
)
"""What the words come down to; several values under one key stand side by side (two short codes)."""

fact_withdrawals = Table(
    "case_fact_withdrawals",
    metadata,
    Column("fact_id", Uuid, ForeignKey("case_facts.id"), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False, info=PERSONAL),
)

case_tried = record_table(
    "case_tried",
    Column("step", Text, nullable=False, info=PERSONAL),
    Column("outcome", Text, nullable=False, info=PERSONAL),
)
case_declarations = record_table(
    "case_declarations",
    Column("key", Text, nullable=False),
    Column("text", Text, nullable=False, info=PERSONAL),
    Column("declared_by", Text, nullable=False),
)
case_notes = record_table("case_notes", Column("text", Text, nullable=False, info=PERSONAL))
answers_given = record_table("case_answers_given", Column("text", Text, nullable=False, info=PERSONAL))

case_interactions = Table(
    "case_interactions",
    metadata,
    Column("case_id", Uuid, ForeignKey("cases.id"), nullable=False),
    Column("interaction_id", Uuid, ForeignKey("interactions.id"), nullable=False, index=True),
    Column("linked_at", DateTime(timezone=True), nullable=False),
    Column("linked_by", Text, nullable=False),
    PrimaryKeyConstraint("case_id", "interaction_id"),
)

information_requests = record_table("information_requests")
request_items = Table(
    "information_request_items",
    metadata,
    Column("request_id", Uuid, ForeignKey("information_requests.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("wording", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("request_id", "key"),
)
"""What is asked; `wording` only where the category has no item of that key."""

request_answers = Table(
    "information_answers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, nullable=False),
    Column("key", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("by", Text, nullable=False),
    Column("interaction_id", Uuid),
    Column("fact_id", Uuid, ForeignKey("case_facts.id"), nullable=False),
    ForeignKeyConstraint(
        ["request_id", "key"], ["information_request_items.request_id", "information_request_items.key"]
    ),
    Index("ix_information_answers_request_id_key", "request_id", "key"),
)
request_withdrawals = Table(
    "information_request_withdrawals",
    metadata,
    Column("request_id", Uuid, ForeignKey("information_requests.id"), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

promises = record_table(
    "promises",
    Column("customer_id", Uuid, index=True),
    Column("owner_id", Uuid, nullable=False),
    Column("what", Text, nullable=False, info=PERSONAL),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Index("ix_promises_owner_id_due_at", "owner_id", "due_at"),
)
promise_keepings = Table(
    "promise_keepings",
    metadata,
    Column("promise_id", Uuid, ForeignKey("promises.id"), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("by", Text, nullable=False),
    Column("interaction_id", Uuid),
    Column("how", Text, nullable=False, info=PERSONAL),
)
promise_breaches = Table(
    "promise_breaches",
    metadata,
    Column("promise_id", Uuid, ForeignKey("promises.id"), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""Its time passed before it was kept; keeping it later does not take the row away."""

resolutions = record_table(
    "resolutions",
    Column("kind", Text, nullable=False),
    Column("what", Text, nullable=False, info=PERSONAL),
    CheckConstraint("kind in ('remedied', 'explained', 'withdrawn', 'merged', 'regulator')", name="kind_known"),
)
verifications = record_table(
    "verifications",
    Column("resolution_id", Uuid, ForeignKey("resolutions.id"), nullable=False, index=True),
    Column("condition", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("evidence", JSONB, nullable=False, info=PERSONAL),
    CheckConstraint("outcome in ('passed', 'failed', 'unknown')", name="outcome_known"),
)
confirmations = record_table(
    "confirmations",
    Column("resolution_id", Uuid, ForeignKey("resolutions.id"), nullable=False, unique=True),
    Column("solved", Text, nullable=False),
    Column("words", Text, nullable=False, info=PERSONAL),
    Column("channel", Text, nullable=False, server_default=""),
    CheckConstraint("solved in ('yes', 'no')", name="solved_known"),
)
reopenings = record_table("reopenings", Column("reason", Text, nullable=False, info=PERSONAL))

case_history = record_table(
    "case_history",
    Column("kind", Text, nullable=False),
    Column("status", Text),
    Column("details", JSONB, nullable=False, server_default="{}", info=PERSONAL),
)
"""One line for each thing that happened, in order; `status` where it changed where the case stands."""
