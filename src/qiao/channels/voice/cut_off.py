"""Asterisk died, and a call with it: the caller gets one text that says so and how to be called back."""

from typing import Final

from qiao import post
from qiao.channels.voice.model import Call
from qiao.channels.voice.script import say
from qiao.channels.voice.store import Party
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction

PURPOSE: Final = "voice.cut_off"
WORD: Final = "HD"
"""What he texts to be called back, in any language: a keyword of the catalogue's service."""
ACTOR: Final = "system:voice"


async def tell_cut_off(tx: Transaction, call: Call, party: Party, language: str) -> None:
    """Once a call; nothing for a number that takes no texts, nor for who had been served."""
    if not party.number or call.state == "over" or call.ending:
        return
    service = ServiceId.from_text(party.number)
    if service.kind != "mobile":
        return
    await post.send(
        tx,
        purpose=PURPOSE,
        recipient=service,
        text=say("cut_off", language, word=WORD),
        language=language,
        key=str(call.id),
        origin=Origin("voice", party.interaction_id, ACTOR),
        priority="urgent",
    )
