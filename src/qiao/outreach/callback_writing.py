"""How a callback in rows changes, and who is told: pieces of its operations."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import update

from qiao import interactions
from qiao.kernel.ids import CustomerId, InteractionId
from qiao.outreach.model_callbacks import Callback
from qiao.outreach.store import callbacks
from qiao.outreach.timeline import CALLBACK
from qiao.platform.database import Transaction
from qiao.platform.live import touch
from qiao.platform.timers import cancel_timer, set_timer

BEGINS: Final = "outreach.callback_begins"
CLOSES: Final = "outreach.callback_closes"


async def end(tx: Transaction, owed: Callback, how: str, by: str) -> None:
    """It is owed no more: "done" or "withdrawn"."""
    await set_columns(tx, owed, ended_at=tx.now, ended_how=how, ended_by=by, next_at=None)
    for kind in (BEGINS, CLOSES):
        await cancel_timer(tx, kind=kind, ref=str(owed.id))


async def set_next(tx: Transaction, owed: Callback, at: datetime) -> None:
    """It waits at its desk from then on."""
    await set_columns(tx, owed, next_at=at)
    await set_timer(tx, kind=BEGINS, ref=str(owed.id), due_at=at)


async def set_columns(tx: Transaction, owed: Callback, **changed: Any) -> None:
    """Write these columns."""
    await tx.execute(update(callbacks).where(callbacks.c.id == owed.id).values(changed))


async def tell(tx: Transaction, owed: Callback, what: str, interaction_id: InteractionId | None) -> None:
    """A line on the customer's timeline, and whoever looks at it looks again."""
    await interactions.add_entry(
        tx,
        customer_id=owed.customer_id,
        kind=CALLBACK,
        ref=str(owed.id),
        interaction_id=interaction_id,
        unit_id=owed.unit_id,
        summary={"what": what, "matter": owed.matter, "from_at": owed.from_at.isoformat()},
    )
    await touch_all(tx, owed)


async def touch_all(tx: Transaction, owed: Callback) -> None:
    """Whoever looks at it looks again."""
    await touch(tx, f"desk:{owed.desk_id}")
    await touch(tx, f"callback:{owed.id}")
    if owed.matter:
        await touch(tx, owed.matter)
    if owed.preferred_agent_id is not None:
        await touch(tx, f"agent:{owed.preferred_agent_id}")


def whose(owed: Callback) -> tuple[UUID, CustomerId, str, str]:
    """What each of its events begins with."""
    return owed.id, owed.customer_id, owed.matter, owed.key
