"""Tables of templates, consent, messages with their reasons, and callbacks owed."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from qiao.platform.database import PERSONAL, metadata

templates = Table(
    "outreach_templates",
    metadata,
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("texts", JSONB, nullable=False),
    Column("kept_at", DateTime(timezone=True), nullable=False),
    Column("kept_by", Text, nullable=False),
    PrimaryKeyConstraint("code", "version"),
)
"""Versions kept in the desk, above those built in; none is ever changed."""

recipients = Table(
    "outreach_recipients",
    metadata,
    Column("customer_id", Uuid, primary_key=True),
    Column("zone", Text),
)
"""One row a customer: its lock keeps two messages at once from both taking the last place of his budget."""

consents = Table(
    "outreach_consents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("given", Boolean, nullable=False),
    Column("by_stop_word", Boolean, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("by", Text, nullable=False),
    Column("proof", Text, nullable=False, info=PERSONAL),
    Index("ix_outreach_consents_customer_id", "customer_id", "at", "id"),
)
"""Every word he said about it, kept as proof; the newest of a purpose and channel counts."""

notices = Table(
    "outreach_notices",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", Text, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("service", Text, nullable=False, info=PERSONAL),
    Column("channel", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("text", Text, nullable=False, info=PERSONAL),
    Column("matter", Text, nullable=False),
    Column("origin", JSONB, nullable=False),
    Column("emergency_right", Boolean, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("hold_until", DateTime(timezone=True)),
    Column("settled_at", DateTime(timezone=True)),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("message_id", Uuid),
    UniqueConstraint("customer_id", "key"),
    CheckConstraint("state in ('sent', 'held', 'refused')", name="state_known"),
    CheckConstraint("(state = 'held') = (settled_at is null)", name="held_until_settled"),
    CheckConstraint("channel = 'phone' or (state = 'sent') = (message_id is not null)", name="sent_by_post"),
    Index("ix_outreach_notices_sent", "customer_id", "settled_at", postgresql_where=text("state = 'sent'")),
    Index("ix_outreach_notices_matter", "matter", "asked_at", postgresql_where=text("matter <> ''")),
)

callbacks = Table(
    "outreach_callbacks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", Text, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("service", Text, nullable=False, info=PERSONAL),
    Column("from_at", DateTime(timezone=True), nullable=False),
    Column("until_at", DateTime(timezone=True), nullable=False),
    Column("zone", Text, nullable=False),
    Column("matter", Text, nullable=False),
    Column("desk_id", Uuid, nullable=False),
    Column("preferred_agent_id", Uuid),
    Column("unit_id", Uuid),
    Column("segment", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("promised_at", DateTime(timezone=True), nullable=False),
    Column("promised_by", Text, nullable=False),
    Column("waiting_since", DateTime(timezone=True), nullable=False),
    Column("origin", JSONB, nullable=False),
    Column("next_at", DateTime(timezone=True)),
    Column("missed_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("ended_how", Text),
    Column("ended_by", Text),
    Column("held_by", Uuid),
    UniqueConstraint("customer_id", "key"),
    CheckConstraint("from_at < until_at", name="window_is_one"),
    CheckConstraint("(ended_at is null) = (ended_how is null)", name="ended_somehow"),
    CheckConstraint("ended_how is null or ended_how in ('done', 'withdrawn')", name="ending_known"),
    Index("ix_outreach_callbacks_owed", "desk_id", "from_at", postgresql_where=text("ended_at is null")),
    Index("ix_outreach_callbacks_matter", "matter"),
    Index("ix_outreach_callbacks_customer_id", "customer_id"),
    Index("ix_outreach_callbacks_held_by", "held_by", postgresql_where=text("held_by is not null")),
)
"""`waiting_since` ranks it among who waits: when the customer's own waiting began. `held_by`: the contact in which he
has called us himself since; while it goes on nobody calls him."""

attempts = Table(
    "outreach_callback_attempts",
    metadata,
    Column("callback_id", Uuid, ForeignKey("outreach_callbacks.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("interaction_id", Uuid, ForeignKey("interactions.id"), nullable=False),
    Column("queued_at", DateTime(timezone=True), nullable=False),
    Column("agent_id", Uuid),
    Column("answered_at", DateTime(timezone=True)),
    Column("outcome", Text),
    Column("settled_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("callback_id", "number"),
    UniqueConstraint("interaction_id"),
    CheckConstraint("outcome is null or outcome in ('reached', 'no_answer', 'dropped')", name="outcome_known"),
    CheckConstraint("(outcome is null) = (settled_at is null)", name="outcome_when_settled"),
    Index("uq_outreach_callback_attempts_open", "callback_id", unique=True, postgresql_where=text("outcome is null")),
)
"""At most one attempt of a callback is under way, whoever writes."""

campaign_codes = Table(
    "outreach_campaign_codes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False),
    Column("word", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("parameters", JSONB, nullable=False),
    Column("campaign", Text, nullable=False),
    Column("from_at", DateTime(timezone=True), nullable=False),
    Column("until_at", DateTime(timezone=True), nullable=False),
    Column("rev", Integer, nullable=False),
    Column("kept_at", DateTime(timezone=True), nullable=False),
    Column("kept_by", Text, nullable=False),
    CheckConstraint("from_at < until_at", name="time_is_one"),
    Index("ix_outreach_campaign_codes_word", "word"),
    Index("ix_outreach_campaign_codes_until_at", "until_at"),
)
"""`word` is the code as texts are compared with it; two of one word are never live at the same moment."""

campaign_answers = Table(
    "outreach_campaign_answers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code_id", Uuid, ForeignKey("outreach_campaign_codes.id"), nullable=False, index=True),
    Column("customer_id", Uuid, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("ix_outreach_campaign_answers_customer_id", "customer_id", "at"),
)
