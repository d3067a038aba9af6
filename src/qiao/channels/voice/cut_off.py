"""Asterisk died, and a call with it: its agent is free, and the caller gets one text with the offer of a callback."""

from typing import Final

from qiao import post, routing
from qiao.channels.voice.model import Call
from qiao.channels.voice.parting import language_of
from qiao.channels.voice.script import say
from qiao.channels.voice.store import Party
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction

PURPOSE: Final = "voice.cut_off"
WORD: Final = "HD"
"""What he texts to be called back, in any language: a keyword of the catalogue's service."""
ACTOR: Final = "system:voice"


async def cut_off(tx: Transaction, call: Call, party: Party, *, reached: bool, rescued: bool) -> None:
    """In the transaction that ends a call which was lost, after its contact's end; `call` is as it was before.

    Its agent has nobody to talk to and is free at once; what there was to write up he may still write up.
    Told once a call; nothing to who was not on the line, had been served, or has a number that takes no texts.
    `rescued`: it was an emergency cut short, of which he hears by the card. The word is for customers: of whoever is
    none it would not be taken, and he is asked to call again.
    """
    if call.state == "over":
        return
    if call.offered:
        await routing.drop_contact(tx, interaction_id=party.interaction_id)
    if not reached or rescued or call.ending or not party.number:
        return
    service = ServiceId.from_text(party.number)
    if service.kind != "mobile":
        return
    language = await language_of(tx, party)
    await post.send(
        tx,
        purpose=PURPOSE,
        recipient=service,
        text=say("cut_off", language, word=WORD) if party.customer_id else say("cut_off_stranger", language),
        language=language,
        key=str(call.id),
        origin=Origin("voice", party.interaction_id, ACTOR),
        priority="urgent",
    )
