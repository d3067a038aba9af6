"""The SMS desk: a text that wants a person waits for one like any contact, and what he writes leaves as a text."""

from datetime import timedelta
from typing import Final

from qiao import interactions, post, routing
from qiao.channels.sms import sessions
from qiao.channels.sms.model_hall import Told
from qiao.interactions import Interaction
from qiao.kernel.ids import InteractionId
from qiao.kernel.origin import Origin
from qiao.platform.database import Transaction
from qiao.platform.i18n import when_text
from qiao.routing import EntryPoint

SEAT: Final = routing.SEATS["sms"]
PREFERRED_DAYS: Final = 7
TALK: Final = "sms.talk"


async def hand_over(tx: Transaction, contact: Interaction, *, entry: EntryPoint | None, zone: str) -> Told:
    """Let the contact wait for a person, rather the one who last answered this customer; returns what to say of it."""
    expected = await routing.expected_wait(
        tx, entry_point=contact.entry_point, channel=SEAT, language=contact.language, segment=contact.segment
    )
    preferred = None
    if contact.customer_id is not None:
        preferred = await interactions.last_agent(tx, contact.customer_id, tx.now - timedelta(days=PREFERRED_DAYS))
    await routing.queue_contact(
        tx,
        interaction_id=contact.id,
        channel=SEAT,
        entry_point=contact.entry_point,
        language=contact.language,
        segment=contact.segment,
        customer_id=contact.customer_id,
        preferred_agent=preferred,
        unit_id=contact.unit_id,
        origin=Origin("sms", contact.id, f"customer:{contact.customer_id or 'unknown'}"),
    )
    await interactions.mark_queued(tx, interaction_id=contact.id)
    opens_at = expected.opens_at or (entry.opens_at(tx.now) if entry else None)
    if opens_at is not None:
        return Told("human_from", {"when": when_text(contact.language, opens_at, now=tx.now, zone=zone)})
    if expected.attended and expected.wait_seconds is not None:
        minutes = -(-expected.wait_seconds // 60)
    elif expected.attended and entry is not None and entry.answer_minutes:
        minutes = entry.answer_minutes
    else:
        return Told("human_later")
    return Told("human_minutes", {"minutes": minutes}) if minutes > 1 else Told("human_soon")


async def pass_on(tx: Transaction, *, interaction_id: InteractionId, seq: int) -> None:
    """What the agent wrote leaves as a text to the number of the talk, from the number the customer texted."""
    place = await sessions.place_of(tx, interaction_id)
    if place is None:
        return
    said = await interactions.messages_after(tx, interaction_id, seq - 1, limit=1)
    if said and said[0].text:
        await post.send(
            tx,
            purpose=TALK,
            recipient=place.sender,
            text=said[0].text,
            language=place.language,
            key=str(said[0].id),
            origin=Origin("sms", interaction_id, f"agent:{said[0].author_id}"),
            priority="urgent",
            sender=place.number,
        )
