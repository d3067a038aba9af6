"""Who waits for a person: what is true of his wait now, and what he may choose instead.

Routing knows his place and measures the wait, outreach owes the call back; nothing is said that neither of them says.
"""

from datetime import timedelta
from typing import Final

from qiao import outreach, routing
from qiao.channels.voice import person_first
from qiao.channels.voice.model import Call, CallbackTaken
from qiao.channels.voice.model_waiting import Announced
from qiao.channels.voice.script import say
from qiao.channels.voice.store import Party
from qiao.kernel.languages import N_
from qiao.kernel.origin import Origin
from qiao.kernel.refused import Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.house import House

OWED_WITHIN: Final = timedelta(hours=4)
"""He keeps his place, so his turn comes as soon as it would have come here; later than this it is red on the desk."""
SOON_SECONDS: Final = 60


class CannotBeCalled(Refused):
    """He does not wait any more, or nobody knows his number."""

    code = "voice.cannot_be_called"
    text = N_("This caller cannot be called back now. He keeps his place in line.")


async def words(tx: Transaction, party: Party, language: str) -> tuple[str, ...]:
    """His place and his wait as they are, then what he may choose; nothing once he does not wait any more."""
    place = await routing.place_in_line(tx, party.interaction_id)
    if place is None:
        return ()
    told = [say("wait_place", language, place=place.ahead + 1)] if place.ahead else []
    soon = place.wait_seconds is not None and place.wait_seconds <= SOON_SECONDS
    offer = "callback_offer"
    if place.attended:
        told.append(_how_long(place.wait_seconds, language))
    else:
        missing = await _speaker_missing(tx, party)
        told.append(say("speaker_missing" if missing else "wait_nobody", language))
        told += [say("any_language_offer", language)] if missing else []
        offer = "speaker_callback_offer" if missing else offer
    if may_be_called(party) and not soon:
        told.append(say(offer, language))
    return (*told, *await person_first.offer(tx, party, language))


def _how_long(seconds: int | None, language: str) -> str:
    if seconds is None:
        return say("wait_unknown", language)
    minutes = -(-seconds // 60)
    return say("wait_minutes" if minutes > 1 else "wait_soon", language, minutes=minutes)


async def _speaker_missing(tx: Transaction, party: Party) -> bool:
    """Whether somebody would be there if only he spoke the language."""
    anybody = await routing.place_in_line(tx, party.interaction_id, needs_language=False)
    return anybody is not None and anybody.attended


def may_be_called(party: Party) -> bool:
    """Whether we know whom to call, and where: a number that its network vouches for, of a customer."""
    return party.customer_id is not None and bool(party.number)


def callback_asked(party: Party, language: str) -> CallbackTaken | Announced:
    """What his key for a callback leads to, in his words."""
    if may_be_called(party):
        return CallbackTaken((say("callback_promised", language),))
    return Announced((say("callback_not_now", language),))


async def anybody(house: House, party: Party) -> bool:
    """As `take_anybody`, in a transaction of its own."""
    async with house.database.transaction() as tx:
        return await take_anybody(tx, party)


async def take_anybody(tx: Transaction, party: Party) -> bool:
    """Let an agent of any language take him, where only his language is missing; whether it was so."""
    place = await routing.place_in_line(tx, party.interaction_id)
    if place is None or place.attended or not await _speaker_missing(tx, party):
        return False
    await routing.take_any_language(tx, interaction_id=party.interaction_id)
    return True


async def promise(tx: Transaction, call: Call, party: Party) -> None:
    """Owe him a call in the place that he has in line. Raises CannotBeCalled, DeskClosedThen."""
    stands = await routing.waiting_contact(tx, party.interaction_id)
    if party.customer_id is None or not party.number or stands is None or stands.state not in ("waiting", "offered"):
        raise CannotBeCalled
    await outreach.promise_callback(
        tx,
        customer_id=party.customer_id,
        service=ServiceId.from_text(party.number),
        window=(tx.now, tx.now + OWED_WITHIN),
        matter="",
        desk_id=stands.desk_id,
        preferred_agent_id=None,
        origin=Origin("voice", party.interaction_id, f"customer:{party.customer_id}"),
        key=f"call:{call.id}",
    )
    await routing.take_callback(tx, interaction_id=party.interaction_id)
