"""The one clock: the machine's time plus an offset row that every process reads."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, Table, select, text
from sqlalchemy.dialects.postgresql import insert

from qiao.platform.database import Transaction, metadata

clock_offset = Table(
    "clock_offset",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("milliseconds", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)


class MachineClock:
    """Real time; what `HouseClock` adds its offset to, and what a bare tool uses."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class HouseClock:
    """Real time plus the offset; only the demo and tests ever move it."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    async def load(self, tx: Transaction) -> None:
        """Read the offset row; called at start and whenever it is said to have moved."""
        milliseconds = await tx.scalar(select(clock_offset.c.milliseconds))
        self.offset = timedelta(milliseconds=milliseconds or 0)


async def advance(tx: Transaction, by: timedelta) -> timedelta:
    """Move the clock of the whole house forward and tell every process; returns the new offset.

    Raises ValueError when asked to go back: what was promised for a moment must not happen twice.
    """
    if by < timedelta(0):
        raise ValueError("the clock only goes forward")
    moved = int(by / timedelta(milliseconds=1))
    written = insert(clock_offset).values(id=1, milliseconds=moved)
    statement = written.on_conflict_do_update(
        index_elements=["id"], set_={"milliseconds": clock_offset.c.milliseconds + written.excluded.milliseconds}
    ).returning(clock_offset.c.milliseconds)
    total = await tx.scalar(statement)
    await tx.execute(text("select pg_notify(:channel, '')"), {"channel": "qiao_clock"})
    return timedelta(milliseconds=int(total))
