"""What compensation learns of the orders that spend its grants."""

from sqlalchemy import select

from qiao.catalogue import OrderRefused
from qiao.compensation.operations import take_back
from qiao.compensation.store import spendings
from qiao.platform.database import Transaction


async def on_order_refused(tx: Transaction, event: OrderRefused) -> None:
    """Billing will not give it: the grant counts no more."""
    grant_id = await tx.scalar(select(spendings.c.grant_id).where(spendings.c.order_id == event.order_id))
    if grant_id is not None:
        await take_back(tx, grant_id=grant_id, by="system:compensation", reason=event.reason)
