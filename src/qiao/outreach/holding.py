"""He calls himself: nobody rings whoever is on the line, and what he is owed comes back if nobody served him."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update

from qiao import interactions, routing
from qiao.interactions import Interaction
from qiao.kernel.ids import CustomerId, InteractionId
from qiao.outreach.callback_rows import callback, locked_callback
from qiao.outreach.callback_writing import end, set_columns, set_next, tell, touch_all, whose
from qiao.outreach.events import CallbackWithdrawn
from qiao.outreach.model_callbacks import Callback, made_needless
from qiao.outreach.store import attempts, callbacks
from qiao.platform.database import Transaction
from qiao.platform.events import emit

WAITS: Final = frozenset({"waiting", "offered"})
CALLS: Final = "voice"
CALL_MAX: Final = timedelta(hours=6)
"""A call that began before that and never ended in rows holds nothing back for ever."""


async def hold_callbacks(tx: Transaction, *, customer_id: CustomerId, interaction_id: InteractionId) -> int:
    """He is on the line in this contact: what waits at a desk to call him waits no more; returns how many did.

    A call that somebody makes already is left to who makes it. What is not due yet is held when it is. All are locked
    before any is looked at: one that becomes due at this moment is waited for, and is held, or finds him on the line.
    """
    mine = (callbacks.c.customer_id == customer_id) & callbacks.c.ended_at.is_(None)
    found = await tx.rows(select(callbacks.c.id).where(mine).order_by(callbacks.c.id).with_for_update())
    return sum([await _hold(tx, await callback(tx, row["id"]), interaction_id) for row in found])


async def _hold(tx: Transaction, owed: Callback, interaction_id: InteractionId) -> bool:
    attempt = owed.open_attempt
    if owed.ended_at is not None or attempt is None or attempt.answered_at is not None:
        return False
    if not await interactions.goes_on(tx, attempt.interaction_id):  # whoever accepts it holds it first, too
        return False
    stands = await routing.waiting_contact(tx, attempt.interaction_id)
    if stands is None or stands.state not in WAITS or not await hold(tx, owed, interaction_id):
        return False
    mine = (attempts.c.callback_id == owed.id) & (attempts.c.number == attempt.number)
    await tx.execute(update(attempts).where(mine).values(outcome="dropped", settled_at=tx.now))
    await interactions.end_interaction(tx, interaction_id=attempt.interaction_id, reason="replaced")
    await routing.drop_contact(tx, interaction_id=attempt.interaction_id)
    return True


async def hold(tx: Transaction, owed: Callback, interaction_id: InteractionId) -> bool:
    """Let a locked callback wait for the end of the customer's own call; False where that has ended meanwhile.

    The call goes on until this is written, so that its end finds what it holds.
    """
    if not await interactions.goes_on(tx, interaction_id):
        return False
    await set_columns(tx, owed, held_by=interaction_id, next_at=None)
    await touch_all(tx, owed)
    return True


async def own_call(tx: Transaction, customer_id: CustomerId) -> Interaction | None:
    """The call to us in which he is now."""
    recent = await interactions.recent_for_customer(tx, customer_id, limit=5)
    on = (one for one in recent if one.channel == CALLS and one.direction == "inbound" and one.ended_at is None)
    return next((one for one in on if one.started_at > tx.now - CALL_MAX), None)


async def release_callbacks(tx: Transaction, *, interaction_id: InteractionId, talked: bool) -> None:
    """His own call is over. `talked`: an agent had him until then.

    Then nobody needs to call him, unless it was promised about a matter that they did not talk about. Otherwise it
    waits again, since when it waited first.
    """
    if not (held := await _held(tx, interaction_id)):
        return
    began_at = (await interactions.interaction(tx, interaction_id)).started_at
    for owed in held:
        about = bool(owed.matter) and await _is_about(tx, interaction_id, owed.matter)
        if talked and made_needless(owed, began_at=began_at, about=about):
            await _withdraw(tx, owed)
        else:
            await set_columns(tx, owed, held_by=None)
            await set_next(tx, owed, tx.now)
            await touch_all(tx, owed)


async def joined(tx: Transaction, contact: Interaction) -> datetime | None:
    """Another call back is promised in this contact: it takes the place of those that it makes needless.

    Returns since when the longest of them waits, None when there was none.
    """
    since = None
    for owed in await _held(tx, contact.id):
        if made_needless(owed, began_at=contact.started_at, about=False):
            since = min(since or owed.waiting_since, owed.waiting_since)
            await _withdraw(tx, owed)
    return since


async def _held(tx: Transaction, interaction_id: InteractionId) -> list[Callback]:
    mine = (callbacks.c.held_by == interaction_id) & callbacks.c.ended_at.is_(None)
    ordered = select(callbacks.c.id).where(mine).order_by(callbacks.c.id)
    found = [await locked_callback(tx, row["id"]) for row in await tx.rows(ordered)]
    return [owed for owed in found if owed is not None and owed.held_by == interaction_id and owed.ended_at is None]


async def _is_about(tx: Transaction, interaction_id: InteractionId, matter: str) -> bool:
    return interaction_id in {one.id for one in await interactions.interactions_on_matter(tx, matter)}


async def _withdraw(tx: Transaction, owed: Callback) -> None:
    by = f"customer:{owed.customer_id}"
    await end(tx, owed, "withdrawn", by)
    await emit(tx, CallbackWithdrawn(*whose(owed), by))
    await tell(tx, owed, "withdrawn", None)
