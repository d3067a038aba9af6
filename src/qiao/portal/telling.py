"""What happens on the pages while nobody looks at them: a contact ends, a late outcome is told."""

from datetime import timedelta
from typing import Final

from qiao import catalogue, customers, interactions, post
from qiao.kernel.ids import InteractionId, OrderId
from qiao.kernel.origin import Origin
from qiao.platform.database import Transaction

CHANNEL: Final = "web"
RECEIPT: Final = "order_receipt"
SEEN_WITHIN: Final = timedelta(seconds=15)
"""An outcome that came within this time stood on the page he was looking at."""


async def close(tx: Transaction, *, interaction_id: InteractionId, reason: str) -> None:
    """End the contact of a flow on the pages; ended before, it stays as it is."""
    await interactions.end_interaction(tx, interaction_id=interaction_id, reason=reason)


async def late(tx: Transaction, *, order_id: OrderId) -> None:
    """Text what became of an order that he placed on a page and whose page could not tell it; once.

    It goes to the number the order is about, if that is still his.
    """
    order = await catalogue.order(tx, order_id)
    if order.origin.channel != CHANNEL or order.actor != f"customer:{order.customer_id}" or order.finished_at is None:
        return
    if order.finished_at - order.placed_at <= SEEN_WITHIN:
        return
    if not await customers.holds(tx, order.customer_id, order.target):
        return
    person = await customers.customer(tx, order.customer_id)
    await post.send(
        tx,
        purpose=RECEIPT,
        recipient=order.target,
        text=catalogue.receipt_text(catalogue.service(order.code), order, person.language),
        language=person.language,
        key=f"{order.id}:{order.state}",
        origin=Origin(CHANNEL, order.origin.interaction, "system:portal"),
        priority="urgent",
    )
