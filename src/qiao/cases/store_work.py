"""Tables of the work on a case: its stages, its relations to others, who watches it, files, causes, views."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from qiao.cases.store import cases, record_table
from qiao.platform.database import PERSONAL, metadata

RELATIONS = ("related", "child_of", "merged_into", "split_from")

case_stages = record_table(
    "case_stages",
    Column("move", Text, nullable=False),
    Column("stage", Text, nullable=False),
)
"""Each move of the work; the newest says at which stage it is, none that it is at the first."""

case_steps = record_table("case_steps", Column("text", Text, nullable=False, info=PERSONAL))
"""A step that the category did not foresee, added to this one case by somebody who may."""

case_step_endings = Table(
    "case_step_endings",
    metadata,
    Column("step_id", Uuid, ForeignKey("case_steps.id"), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("by", Text, nullable=False),
    Column("interaction_id", Uuid),
    Column("how", Text, nullable=False),
    Column("text", Text, nullable=False, info=PERSONAL),
    CheckConstraint("how in ('done', 'dropped')", name="how_known"),
)

case_texts = Table(
    "case_texts",
    metadata,
    Column("notice_id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("cases.id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("template", Text, nullable=False),
    Index("ix_case_texts_case_id_at", "case_id", "at"),
)
"""Texts about a case that left the house; what they said is outreach's to tell."""

case_relations = record_table(
    "case_relations",
    Column("other_id", Uuid, ForeignKey("cases.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default="", info=PERSONAL),
    UniqueConstraint("case_id", "other_id", "kind"),
    CheckConstraint("kind in ('related', 'child_of', 'merged_into', 'split_from')", name="kind_known"),
    CheckConstraint("case_id <> other_id", name="two_cases"),
    Index("ux_case_relations_parent", "case_id", unique=True, postgresql_where="kind = 'child_of'"),
    Index("ux_case_relations_merged", "case_id", unique=True, postgresql_where="kind = 'merged_into'"),
)
"""`case_id` is the child, the merged or the split-off case; `related` is kept once, from the older to the newer."""

case_watchers = Table(
    "case_watchers",
    metadata,
    Column("case_id", Uuid, ForeignKey(cases.c.id), nullable=False),
    Column("agent_id", Uuid, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("because", Text, nullable=False),
    Column("seen_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("case_id", "agent_id"),
    Index("ix_case_watchers_agent_id", "agent_id", "since"),
)
"""Who is told when it moves: because he asked to ("asked") or was named in a note ("named")."""

case_files = record_table(
    "case_files",
    Column("file_id", Uuid, nullable=False),
    Column("name", Text, nullable=False, info=PERSONAL),
    Column("media_type", Text, nullable=False),
    Column("bytes", JSONB, nullable=False),
)

resolution_causes = Table(
    "resolution_causes",
    metadata,
    Column("resolution_id", Uuid, ForeignKey("resolutions.id"), primary_key=True),
    Column("cause", Text, nullable=False, index=True),
    Column("system", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("by", Text, nullable=False),
)
"""Why it came about, and the system that is answerable; never a person."""

case_views = Table(
    "case_views",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("agent_id", Uuid, nullable=False, index=True),
    Column("unit_id", Uuid),
    Column("name", Text, nullable=False),
    Column("condition", JSONB, nullable=False),
    Column("shared", Text, nullable=False, server_default="no"),
    Column("kept_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("agent_id", "name"),
    CheckConstraint("shared in ('no', 'unit')", name="shared_known"),
)
"""A saved view: a tree of the condition language over `model_views.FIELDS`."""
