"""Alembic's way in: the rooms' tables against the database named by the caller."""

from typing import Any

from alembic import context
from sqlalchemy import create_engine, pool

from qiao.app.schema import declare_tables
from qiao.platform.database import async_url, metadata


def _ours(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """Procrastinate's tables and the month partitions are not declared by rooms."""
    if kind != "table" or name is None:
        return True
    return not name.startswith("procrastinate_") and not _is_partition(name)


def _is_partition(name: str) -> bool:
    parent, _, suffix = name.rpartition("_")
    if suffix == "default":
        return parent in metadata.tables
    return suffix.isdigit() and parent.rpartition("_")[0] in metadata.tables


def run() -> None:
    """Apply or compare within one transaction."""
    declare_tables()
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _run_on(connection)
        return
    url = context.config.get_main_option("sqlalchemy.url") or ""
    engine = create_engine(async_url(url), poolclass=pool.NullPool)
    with engine.connect() as opened, opened.begin():
        _run_on(opened)


def _run_on(connection: Any) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=_ours,
        include_schemas=True,
        include_name=lambda name, kind, _parents: (
            kind != "schema" or name is None or name in {table.schema for table in metadata.tables.values()}
        ),
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
