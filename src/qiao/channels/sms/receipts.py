"""What became of orders placed by text, told by text."""

from collections.abc import Collection
from typing import Final

from qiao import catalogue, customers, interactions, post
from qiao.catalogue import Order
from qiao.channels.sms import sessions
from qiao.channels.sms.sessions import Place
from qiao.channels.sms.words import with_person
from qiao.interactions import Said
from qiao.kernel.ids import InteractionId, OrderId
from qiao.kernel.origin import Origin
from qiao.platform.database import Transaction
from qiao.post import Draft

RECEIPT: Final = "sms.receipt"


async def tell(tx: Transaction, order_ids: Collection[OrderId]) -> None:
    """The receipts of orders that were placed by text, once for each state; of any other nothing is said here.

    Each goes to the number the order is about, if that is still his.
    """
    found = await catalogue.orders_by_ids(tx, order_ids)
    ours = [one for one in found.values() if one.origin.channel == "sms" and one.actor == f"customer:{one.customer_id}"]
    holders = await customers.customers_of(tx, {one.target for one in ours})
    ours = [one for one in ours if (holder := holders.get(one.target)) is not None and holder.id == one.customer_id]
    contacts = {one.origin.interaction for one in ours if one.origin.interaction is not None}
    places = await sessions.places_of(tx, contacts)
    standing = await interactions.interactions_by_ids(tx, contacts)
    said: list[Said] = []
    drafts: list[Draft] = []
    for order in ours:
        contact = order.origin.interaction
        place = places.get(contact) if contact is not None else None
        language = place.language if place else holders[order.target].language
        words = catalogue.receipt_text(catalogue.service(order.code), order, language)
        if order.state == "refused":
            words = with_person(words, language)
        if contact is not None and contact in standing and standing[contact].ended_at is None:
            said.append(Said(contact, "bot", words, f"{order.state}:{order.id}"))
        else:
            contact = None
        drafts.append(_draft(order, contact, words, language, place))
    await interactions.say_all(tx, said)
    await post.send_all(tx, drafts)


def _draft(order: Order, contact: InteractionId | None, words: str, language: str, place: Place | None) -> Draft:
    return Draft(
        purpose=RECEIPT,
        recipient=order.target,
        text=words,
        language=language,
        key=f"{order.id}:{order.state}",
        origin=Origin("sms", contact, "system:sms"),
        priority="urgent",
        sender=place.number if place else "",
    )
