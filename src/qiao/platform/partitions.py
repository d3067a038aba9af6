"""Month partitions of the big append-only tables; the default partition catches what nobody foresaw."""

from datetime import datetime

from sqlalchemy import text

from qiao.platform.database import Transaction, metadata


def partitioned_tables() -> list[str]:
    """All tables declared PARTITION BY RANGE over an instant."""
    return sorted(
        table.name
        for table in metadata.tables.values()
        if str(table.dialect_options["postgresql"].get("partition_by") or "").startswith("RANGE")
    )


def month_bounds(instant: datetime, ahead: int) -> tuple[str, datetime, datetime]:
    """(suffix "2026_11", first instant, first instant of the next month) of the month `ahead` months later."""
    index = instant.year * 12 + instant.month - 1 + ahead
    first = datetime(index // 12, index % 12 + 1, 1, tzinfo=instant.tzinfo)
    after = datetime((index + 1) // 12, (index + 1) % 12 + 1, 1, tzinfo=instant.tzinfo)
    return first.strftime("%Y_%m"), first, after


_LOCK = 0x51A1  # any number of our own


async def ensure_partitions(tx: Transaction, *, months_ahead: int = 3) -> list[str]:
    """Create the default partition and those of this month and the next few; returns the names made."""
    await tx.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})  # several processes start at once
    made = []
    for table in partitioned_tables():
        wanted = [(f"{table}_default", "default")]
        for ahead in range(-1, months_ahead + 1):
            suffix, first, after = month_bounds(tx.now, ahead)
            wanted.append((f"{table}_{suffix}", f"for values from ('{first.isoformat()}') to ('{after.isoformat()}')"))
        for name, bounds in wanted:
            if await tx.scalar(text("select to_regclass(:name)"), {"name": name}) is not None:
                continue
            if bounds != "default" and await _default_holds(tx, table, bounds):
                continue  # rows of that month already lie in the default partition; they stay there
            await tx.execute(text(f"create table {name} partition of {table} {bounds}"))
            made.append(name)
    return made


async def _default_holds(tx: Transaction, table: str, bounds: str) -> bool:
    first, after = bounds.split("'")[1], bounds.split("'")[3]
    column = metadata.tables[table].dialect_options["postgresql"]["partition_by"].split("(")[1].rstrip(") ")
    found = await tx.scalar(
        text(f"select 1 from {table}_default where {column} >= '{first}' and {column} < '{after}' limit 1")  # noqa: S608
    )
    return found is not None
