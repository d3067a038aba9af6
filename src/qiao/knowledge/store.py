"""Tables of knowledge."""

from sqlalchemy import Column, DateTime, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR

from qiao.platform.database import metadata

articles = Table(
    "articles",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code", Text, unique=True),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("tags", ARRAY(Text), nullable=False),
    Column("version", Integer, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("updated_by", Text, nullable=False),
    Column("words", TSVECTOR, nullable=False),
    Index("ix_articles_words", "words", postgresql_using="gin"),
    Index("ix_articles_updated_at", "audience", "updated_at", "id"),
)

article_versions = Table(
    "article_versions",
    metadata,
    Column("article_id", Uuid, ForeignKey("articles.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("by", Text, nullable=False),
    PrimaryKeyConstraint("article_id", "version"),
)
"""What an article said before; never changed, never removed."""
