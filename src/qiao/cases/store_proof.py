"""Tables of proof: what is to be looked at and what was seen, what was found charged, what the customer was asked."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from qiao.platform.database import PERSONAL, metadata


def _of_case(name: str, *parts: SchemaItem) -> Table:
    """A table of records, as those of `store`."""
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


case_checks = _of_case(
    "case_checks",
    Column("resolution_id", Uuid, ForeignKey("resolutions.id"), nullable=False),
    Column("condition", Text, nullable=False),
    Column("checker", Text, nullable=False),
    Column("asks", JSONB, nullable=False, server_default="{}"),
    Column("names", JSONB, nullable=False),
    Column("month", Text, nullable=False, server_default=""),
    Column("due_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("expired_at", DateTime(timezone=True)),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("looked_at", DateTime(timezone=True)),
    Column("reason", Text, nullable=False, server_default=""),
    UniqueConstraint("resolution_id", "condition"),
)
"""The conditions of a resolution as they were when it was made; `due_at` null once its outcome is on record.

What was seen stands in `verifications`; `tries`, `looked_at` and `reason` tell of looks that could not know.
"""

case_charges = _of_case(
    "case_charges",
    Column("month", Text, nullable=False),
    Column("line_ref", Text, nullable=False),
    Column("provider_code", Text),
    Column("names", JSONB, nullable=False, info=PERSONAL),
    Column("minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("charged_at", DateTime(timezone=True), nullable=False),
    Column("issued", Text, nullable=False),
    Column("hold_order_id", Uuid),
    Column("hold_key", Text),
    UniqueConstraint("case_id", "month", "line_ref"),
    CheckConstraint("issued in ('yes', 'no')", name="issued_known"),
)
"""Charges that the matter is about, as they were found on the operator's bills; each once."""

case_watches = _of_case(
    "case_watches",
    Column("service_id", Text, nullable=False, info=PERSONAL),
    Column("until_at", DateTime(timezone=True), nullable=False),
    Column("looked_at", DateTime(timezone=True)),
    Column("looks", Integer, nullable=False, server_default="0"),
    Column("ended_at", DateTime(timezone=True)),
    Column("ended_why", Text, nullable=False, server_default=""),
    UniqueConstraint("case_id"),
)
"""What is looked for is the case's `watch_terms`, as they are at each look."""

case_sightings = _of_case(
    "case_sightings",
    Column("kind", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("evidence", JSONB, nullable=False, info=PERSONAL),
    UniqueConstraint("case_id", "kind", "ref"),
    CheckConstraint("kind in ('subscription', 'charge')", name="kind_known"),
)
"""What a watch found that was not there before."""

platform_confirmations = _of_case(
    "platform_confirmations",
    Column("reference", Text, nullable=False),
    Column("what", Text, nullable=False, info=PERSONAL),
    UniqueConstraint("case_id", "reference"),
)
"""A content platform or another system said that it has done its part; checks are looked at anew at once."""

confirmation_questions = _of_case(
    "confirmation_questions",
    Column("resolution_id", Uuid, ForeignKey("resolutions.id"), nullable=False, unique=True),
    Column("customer_id", Uuid),
    Column("service_id", Text, info=PERSONAL),
    Index("ix_confirmation_questions_service_id", "service_id", "at"),
)
"""The customer was asked whether it is solved; open until there is a confirmation or the resolution stands no more."""

confirmation_steps = Table(
    "confirmation_steps",
    metadata,
    Column("question_id", Uuid, ForeignKey("confirmation_questions.id"), nullable=False),
    Column("step", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("outcome", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("question_id", "step"),
    CheckConstraint("step in ('asked', 'reminder', 'call', 'dormant')", name="step_known"),
)
"""What was done about his silence, each once; `outcome` is what outreach made of it."""

dormancies = _of_case("case_dormancies", Column("resolution_id", Uuid, ForeignKey("resolutions.id"), nullable=False))
wakings = _of_case("case_wakings")

case_ratings = _of_case(
    "case_ratings",
    Column("resolution_id", Uuid, ForeignKey("resolutions.id"), nullable=False, unique=True),
    Column("stars", SmallInteger, nullable=False),
    Column("words", Text, nullable=False, server_default="", info=PERSONAL),
    CheckConstraint("stars between 1 and 5", name="stars_known"),
)
"""What the customer thinks of how it was handled; once for each resolution."""

Index("ix_case_checks_resolution_id", case_checks.c.resolution_id)
Index("ix_case_checks_expired_at", case_checks.c.case_id, postgresql_where=text("expired_at is not null"))
