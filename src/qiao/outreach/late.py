"""An order's outcome that came when nobody could tell him any more is texted, whichever door he ordered at."""

from typing import Final

from qiao import catalogue, customers, interactions, post
from qiao.catalogue import OrderDone, OrderRefused
from qiao.kernel.ids import OrderId
from qiao.kernel.origin import Origin
from qiao.outreach.model_late import IN_A_CONTACT, ON_A_PAGE, told_late
from qiao.platform.database import Transaction

RECEIPT: Final = "order_receipt"


async def on_order_over(tx: Transaction, event: OrderDone | OrderRefused) -> None:
    """Orders of other doors are passed over unread; events of before know no door."""
    if event.channel in ("", ON_A_PAGE) or event.channel in IN_A_CONTACT:
        await tell_late(tx, order_id=event.order_id)


async def tell_late(tx: Transaction, *, order_id: OrderId) -> None:
    """Text what became of the order if nobody else could tell him; once.

    It goes to the number the order is about, if that is still his.
    """
    order = await catalogue.order(tx, order_id)
    contact, door = order.origin.interaction, order.origin.channel
    if order.finished_at is None or (door == ON_A_PAGE and order.actor != f"customer:{order.customer_id}"):
        return
    ended_at = (await interactions.interaction(tx, contact)).ended_at if contact is not None else None
    told = {"placed_at": order.placed_at, "finished_at": order.finished_at}
    if not told_late(door, **told, contact_ended_at=ended_at, contact=contact is not None):
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
        origin=Origin(door, contact, "system:outreach"),
        priority="urgent",
    )
