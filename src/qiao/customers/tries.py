"""Wrong answers for a number: one count for codes and passwords, on all channels and with all agents, for a day."""

from datetime import datetime

from sqlalchemy import RowMapping, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.bss import Operator, OperatorAway
from qiao.customers.events import ProvingBlocked
from qiao.customers.model import FAILURES_MAX, FAILURES_STICK, CodeCheck, blocked_until, counted
from qiao.customers.store import number_periods, proof_tries
from qiao.kernel.ids import CustomerId
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.house import House


async def check_password(house: House, *, service: ServiceId, password: str) -> CodeCheck:
    """Whether the operator takes this service password. Call with no transaction open. Raises OperatorAway.

    The try is counted before the operator is asked, so a hundred at the same moment count as a hundred, and given back
    when it was right or nobody answered. The password is neither kept nor logged.
    """
    async with house.database.transaction() as tx:
        row = await hold(tx, service)
        if (until := blocked_until(row["failures"], row["first_at"], tx.now)) is not None:
            return CodeCheck(ok=False, blocked_until=until)
        failures, first_at = await _count(tx, service, row)
        until = blocked_until(failures, first_at, tx.now)
    try:
        right = await house.get(Operator).check_service_password(service, password)
    except OperatorAway:
        await _give_back(house, service)
        raise
    if right:
        await _give_back(house, service)
        return CodeCheck(ok=True)
    async with house.database.transaction() as tx:
        await _tell(tx, service, failures)
    return CodeCheck(ok=False, blocked_until=until)


async def may_try_password(tx: Transaction, *, service: ServiceId) -> CodeCheck:
    """Whether an answer for this number would be heard now, for a page that asks for one; counts nothing."""
    row = await tx.one(select(proof_tries).where(proof_tries.c.service == str(service)))
    until = blocked_until(row["failures"], row["first_at"], tx.now) if row is not None else None
    return CodeCheck(ok=until is None, blocked_until=until)


async def note_wrong(tx: Transaction, *, service: ServiceId) -> datetime | None:
    """Count one wrong answer for this number; when it is now blocked, until when."""
    failures, first_at = await _count(tx, service, await hold(tx, service))
    await _tell(tx, service, failures)
    return blocked_until(failures, first_at, tx.now)


async def hold(tx: Transaction, service: ServiceId) -> RowMapping:
    """The number's count, locked; made if there is none, so that the first answers cannot slip by side by side."""
    fresh = insert(proof_tries).values(service=str(service), failures=0, first_at=tx.now)
    held = fresh.on_conflict_do_update(index_elements=["service"], set_={"service": fresh.excluded.service})
    row = await tx.one(held.returning(proof_tries))
    assert row is not None
    return row


async def forget_tries(tx: Transaction) -> None:
    """Drop counts that no longer stick."""
    await tx.execute(delete(proof_tries).where(proof_tries.c.first_at <= tx.now - FAILURES_STICK))


async def _count(tx: Transaction, service: ServiceId, row: RowMapping) -> tuple[int, datetime]:
    failures, first_at = counted(row["failures"], row["first_at"], tx.now)
    mine = update(proof_tries).where(proof_tries.c.service == str(service))
    await tx.execute(mine.values(failures=failures, first_at=first_at))
    return failures, first_at


async def _give_back(house: House, service: ServiceId) -> None:
    mine = update(proof_tries).where(proof_tries.c.service == str(service))
    async with house.database.transaction() as tx:
        await tx.execute(mine.values(failures=func.greatest(proof_tries.c.failures - 1, 0)))


async def _tell(tx: Transaction, service: ServiceId, failures: int) -> None:
    if failures != FAILURES_MAX:
        return
    mine = (number_periods.c.service == str(service)) & number_periods.c.until.is_(None)
    holder = await tx.scalar(select(number_periods.c.customer_id).where(mine))
    if holder is not None:
        await emit(tx, ProvingBlocked(CustomerId(holder)))
