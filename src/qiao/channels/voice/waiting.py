"""Who waits for a person: what is true of his wait now, and what he may choose instead.

Routing knows his place and measures the wait, outreach owes the call back; nothing is said that neither of them says.
"""

from typing import Final

from qiao import outreach, routing
from qiao.channels.voice import person_first
from qiao.channels.voice.model import Call, CallbackTaken
from qiao.channels.voice.model_waiting import Announced, owed_window
from qiao.channels.voice.script import say
from qiao.channels.voice.store import Party
from qiao.kernel.languages import N_
from qiao.kernel.origin import Origin
from qiao.kernel.refused import Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.i18n import when_text
from qiao.routing import Hours

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
        why, offer = await _nobody(tx, party, language)
        told += why
    if may_be_called(party) and not soon and offer:
        told.append(say(offer, language))
    return (*told, *await person_first.offer(tx, party, language))


async def _nobody(tx: Transaction, party: Party, language: str) -> tuple[list[str], str]:
    """Why nobody answers, and which call back may be offered: none where no desk would ever make it."""
    hours = await _hours(tx, party)
    opens_at = hours.opens_at(tx.now) if hours is not None else None
    if hours is None or opens_at is None:
        return [say("wait_nobody", language)], ""
    if opens_at > tx.now:
        when = when_text(language, opens_at, now=tx.now, zone=hours.zone)
        return [say("closed_until", language, when=when)], "callback_then_offer"
    if await _speaker_missing(tx, party):
        return [say(one, language) for one in ("speaker_missing", "any_language_offer")], "speaker_callback_offer"
    return [say("wait_nobody", language)], "callback_offer"


async def _hours(tx: Transaction, party: Party) -> Hours | None:
    """When the desk that he waits for is open."""
    stands = await routing.waiting_contact(tx, party.interaction_id)
    found = await routing.desks(tx, [stands.desk_id]) if stands is not None else []
    return found[0].plan.hours if found else None


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
    """Owe him a call in the place that he has in line, once his desk is open. Raises CannotBeCalled."""
    stands = await routing.waiting_contact(tx, party.interaction_id)
    if party.customer_id is None or not party.number or stands is None or stands.state not in ("waiting", "offered"):
        raise CannotBeCalled
    hours = await _hours(tx, party)
    window = owed_window(tx.now, hours.opens_at(tx.now) if hours is not None else None)
    if window is None:
        raise CannotBeCalled
    await outreach.promise_callback(
        tx,
        customer_id=party.customer_id,
        service=ServiceId.from_text(party.number),
        window=window,
        matter="",
        desk_id=stands.desk_id,
        preferred_agent_id=None,
        origin=Origin("voice", party.interaction_id, f"customer:{party.customer_id}"),
        key=f"call:{call.id}",
    )
    await routing.take_callback(tx, interaction_id=party.interaction_id)
