"""What the SMS room hears: what an agent writes to a customer who texts, and that a talk is over."""

from typing import Final

from qiao import catalogue
from qiao.catalogue import OrderDone, OrderPending, OrderRefused, OrderUnknown
from qiao.channels.sms import people, receipts, sessions
from qiao.interactions import InteractionEnded, MessageSaid
from qiao.kernel.events import Event
from qiao.platform.database import Transaction
from qiao.platform.room import Hears


async def on_message_said(tx: Transaction, event: MessageSaid) -> None:
    """An agent's words leave as a text."""
    if event.author_kind == "agent":
        await people.pass_on(tx, interaction_id=event.interaction_id, seq=event.seq)


async def on_ended(tx: Transaction, event: InteractionEnded) -> None:
    """The next text begins another contact."""
    if event.channel == "sms":
        await sessions.contact_ended(tx, event.interaction_id)


async def on_order_over(tx: Transaction, event: OrderDone | OrderRefused | OrderUnknown) -> None:
    """Whoever ordered by text gets the receipt by text."""
    await receipts.tell(tx, order_id=event.order_id)


async def on_order_pending(tx: Transaction, event: OrderPending) -> None:
    """Where it waits to be paid, he is told where."""
    if (await catalogue.order(tx, event.order_id)).pay_at:
        await receipts.tell(tx, order_id=event.order_id)


HEARS: Final[dict[type[Event], Hears]] = {
    MessageSaid: on_message_said,
    InteractionEnded: on_ended,
    OrderDone: on_order_over,
    OrderRefused: on_order_over,
    OrderUnknown: on_order_over,
    OrderPending: on_order_pending,
}
