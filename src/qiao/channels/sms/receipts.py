"""What became of an order placed by text, told by text."""

from typing import Final

from qiao import catalogue, customers, interactions, post
from qiao.channels.sms import sessions
from qiao.channels.sms.words import with_person
from qiao.interactions import InteractionHasEnded
from qiao.kernel.ids import OrderId
from qiao.kernel.origin import Origin
from qiao.platform.database import Transaction

RECEIPT: Final = "sms.receipt"


async def tell(tx: Transaction, *, order_id: OrderId) -> None:
    """The receipt of an order that was placed by text, once for each state; of any other nothing is said here.

    It goes to the number the order is about, if that is still his.
    """
    order = await catalogue.order(tx, order_id)
    if order.origin.channel != "sms" or order.actor != f"customer:{order.customer_id}":
        return
    if not await customers.holds(tx, order.customer_id, order.target):
        return
    contact = order.origin.interaction
    place = await sessions.place_of(tx, contact) if contact is not None else None
    person = await customers.customer(tx, order.customer_id)
    language = place.language if place else person.language
    words = catalogue.receipt_text(catalogue.service(order.code), order, language)
    if order.state == "refused":
        words = with_person(words, language)
    if contact is not None:
        try:
            key = f"{order.state}:{order.id}"
            await interactions.say(tx, interaction_id=contact, author_kind="bot", text=words, client_key=key)
        except InteractionHasEnded:
            contact = None
    await post.send(
        tx,
        purpose=RECEIPT,
        recipient=order.target,
        text=words,
        language=language,
        key=f"{order.id}:{order.state}",
        origin=Origin("sms", contact, "system:sms"),
        priority="urgent",
        sender=place.number if place else "",
    )
