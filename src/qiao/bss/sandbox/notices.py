"""What the payment provider tells of a settled payment, again and again until it is taken; rows, so that no end of a
process loses one.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import RowMapping, select, update

from qiao.bss.sandbox.store_lines import payment_pages
from qiao.platform.database import Transaction

AGAIN: Final = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 5, 15, 60, 300, 900, 3600, 6 * 3600, 24 * 3600))
"""How long after each try that was not taken the next one comes; after the last one nothing more is told."""


async def due_notices(tx: Transaction, *, limit: int = 50) -> Sequence[RowMapping]:
    """Payments whose end is to be told now, the oldest first. Pages that nobody paid in time are settled here, too."""
    over = (payment_pages.c.state == "waiting") & (payment_pages.c.until <= tx.now)
    settled = {"state": "given_up", "settled_at": tx.now, "notice_due_at": tx.now}
    await tx.execute(update(payment_pages).where(over).values(settled))
    due = select(payment_pages).where(payment_pages.c.notice_due_at <= tx.now, payment_pages.c.notice_url != "")
    return await tx.rows(due.order_by(payment_pages.c.notice_due_at).limit(limit))


async def note_told(tx: Transaction, ref: str, *, taken: bool) -> None:
    """What became of a try: taken and never told again, or due again after a while."""
    mine = payment_pages.c.ref == ref
    tries = int(await tx.scalar(select(payment_pages.c.notice_tries).where(mine)) or 0)
    due_at = tx.now + AGAIN[tries] if not taken and tries < len(AGAIN) else None
    await tx.execute(update(payment_pages).where(mine).values(notice_due_at=due_at, notice_tries=tries + 1))
