"""What the SMS room hears: what an agent writes to a customer who texts, what became of orders, that a talk is over."""

from collections.abc import Sequence
from typing import Any, Final

from qiao import catalogue
from qiao.catalogue import OrderDone, OrderPending, OrderRefused, OrderUnknown
from qiao.channels.sms import people, receipts, sessions
from qiao.interactions import InteractionEnded, MessageSaid
from qiao.kernel.events import Event
from qiao.kernel.ids import OrderId
from qiao.platform.database import Transaction
from qiao.platform.room import Hears

CHANNEL: Final = "sms"


async def on_message_said(tx: Transaction, event: MessageSaid) -> None:
    """An agent's words leave as a text."""
    if event.author_kind == "agent":
        await people.pass_on(tx, interaction_id=event.interaction_id, seq=event.seq)


async def on_ended(tx: Transaction, event: InteractionEnded) -> None:
    """The next text begins another contact."""
    if event.channel == CHANNEL:
        await sessions.contact_ended(tx, event.interaction_id)


async def on_order_over(tx: Transaction, event: OrderDone | OrderRefused | OrderUnknown) -> None:
    """Whoever ordered by text gets the receipt by text."""
    if event.channel in ("", CHANNEL):
        await receipts.tell(tx, [event.order_id])


async def on_order_pending(tx: Transaction, event: OrderPending) -> None:
    """Where it waits to be paid, he is told where; where somebody else was asked, that he was."""
    if event.channel not in ("", CHANNEL):
        return
    order = await catalogue.order(tx, event.order_id)
    if order.pay_at or order.waits_for_consent:
        await receipts.tell(tx, [event.order_id])


async def on_all(tx: Transaction, events: Sequence[Any]) -> None:
    """Many at once: the receipts of orders that came to their end one after the other are told together."""
    over: dict[OrderId, None] = {}
    for event in events:
        if isinstance(event, OrderDone | OrderRefused | OrderUnknown):
            if event.channel in ("", CHANNEL):
                over[event.order_id] = None
        elif not isinstance(event, MessageSaid) or event.author_kind == "agent":
            await receipts.tell(tx, over)
            over = {}
            await HEARS[type(event)](tx, event)
    await receipts.tell(tx, over)


HEARS: Final[dict[type[Event], Hears]] = {
    MessageSaid: on_message_said,
    InteractionEnded: on_ended,
    OrderDone: on_order_over,
    OrderRefused: on_order_over,
    OrderUnknown: on_order_over,
    OrderPending: on_order_pending,
}
