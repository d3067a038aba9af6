"""Digits typed to a person: a code, a service password or the digits of an order are judged, and nobody reads them.

Where a person has the talk no machine asks for anything, but what was asked before may still wait: a proof the agent
asked for, an order that waits for the digits texted to the number. Typed into the conversation they are taken there.
"""

import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

from qiao import catalogue, interactions
from qiao.channels.chat import proving
from qiao.channels.chat.model import Party, Told
from qiao.channels.chat.queries import View
from qiao.channels.chat.texts import refusal_text
from qiao.channels.chat.texts import say as text_of
from qiao.interactions import Interaction, Message
from qiao.kernel.origin import Origin
from qiao.kernel.refused import Refused
from qiao.platform.database import Transaction
from qiao.platform.house import House

PROOF_DIGITS: Final = 6
"""Of a one-time code and of a service password."""
ORDER_DIGITS: Final = 4
BY_CHAT: Final = "chat"
WAIT_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Awaited:
    """What digits that were typed are meant for, in which contact."""

    what: Literal["proof", "order"]
    contact: Interaction
    digits: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What is said of digits, and whether they were a secret that stands nowhere."""

    words: str
    hidden: bool


async def awaited(tx: Transaction, view: View, text: str) -> Awaited | None:
    """What this text is the answer to, if it is nothing but the digits that something waits for."""
    contact, digits = view.contact, _digits(text)
    if contact is None or contact.ended_at is not None or not digits:
        return None
    if len(digits) == PROOF_DIGITS and contact.proof_asked is not None:
        return Awaited("proof", contact, digits)
    if len(digits) != ORDER_DIGITS or contact.service_id is None or contact.customer_id is None:
        return None
    waiting = (await catalogue.await_digits(tx, [contact.service_id])).get(contact.service_id)
    mine = waiting is not None and waiting.customer_id == contact.customer_id
    return Awaited("order", contact, digits) if mine else None


async def confirm(house: House, told: Awaited) -> Confirmed:
    """Place the order these digits confirm. Call with no transaction open.

    A number told a person that is not them stands as he told it. Wrong digits are committed, so that they count.
    """
    contact = told.contact
    assert contact.service_id is not None
    assert contact.customer_id is not None
    by = f"customer:{contact.customer_id}"
    async with house.database.transaction() as tx:
        try:
            order, _ = await catalogue.confirm(
                tx,
                target=contact.service_id,
                customer_id=contact.customer_id,
                digits=told.digits,
                origin=Origin(BY_CHAT, contact.id, by),
                actor_ref=by,
                level=int(contact.level),
            )
        except Refused as refused:
            shown = isinstance(refused, catalogue.ConfirmationNotRight)
            return Confirmed(refusal_text(contact.language, refused), hidden=not shown)
    done = await catalogue.wait_for_order(house, order.id, seconds=WAIT_SECONDS)
    return Confirmed(catalogue.receipt_text(catalogue.service(done.code), done, contact.language), hidden=True)


async def prove(house: House, party: Party, told: Awaited) -> str:
    """Judge a code or a password, and what is said of it. Call with no transaction open."""
    try:
        await proving.prove(house, party, told.digits)
    except Refused as refused:
        return refusal_text(party.language, refused)
    return text_of(party.language, Told("proof_done"))


async def answer(tx: Transaction, message: Message, words: str) -> None:
    """Say in the conversation what became of it, once."""
    about = message.interaction_id
    if (await interactions.interaction(tx, about)).ended_at is None:
        key = f"digits:{message.id}"
        await interactions.say(tx, interaction_id=about, author_kind="system", text=words, client_key=key)


def _digits(text: str) -> str:
    told = "".join(unicodedata.normalize("NFKC", text[:40]).replace("-", " ").split())
    return told if told.isascii() and told.isdecimal() else ""
