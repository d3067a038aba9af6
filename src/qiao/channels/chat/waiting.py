"""The chat's talk with routing: to queue a conversation, to take it back, to tell the wait truly."""

from datetime import timedelta
from typing import Final

from qiao import interactions, routing
from qiao.channels.chat.model import Outlook, Site
from qiao.interactions import Interaction
from qiao.kernel.ids import AgentId
from qiao.kernel.origin import Origin
from qiao.platform.database import Transaction

PREFERRED_DAYS: Final = 7


async def queue(tx: Transaction, contact: Interaction, *, site: Site) -> None:
    """Let the conversation wait for an agent, rather the one who last answered this customer."""
    preferred: AgentId | None = None
    if contact.customer_id is not None:
        preferred = await interactions.last_agent(tx, contact.customer_id, tx.now - timedelta(days=PREFERRED_DAYS))
    await routing.queue_contact(
        tx,
        interaction_id=contact.id,
        channel="chat",
        entry_point=site.entry_point,
        language=contact.language,
        segment=contact.segment,
        customer_id=contact.customer_id,
        preferred_agent=preferred,
        unit_id=contact.unit_id,
        origin=Origin(channel="chat", interaction=contact.id, actor=f"customer:{contact.customer_id or 'unknown'}"),
    )
    await interactions.mark_queued(tx, interaction_id=contact.id)


async def abandon(tx: Transaction, contact: Interaction) -> None:
    """The customer left before anybody answered."""
    await routing.abandon_contact(tx, interaction_id=contact.id)


async def outlook(tx: Transaction, *, site: Site, language: str, segment: str = "") -> Outlook:
    """Who is there now and how long it takes; outside the hours of the chat itself nobody is."""
    if site.opens_at is not None:
        return Outlook(False, None, site.opens_at)
    expected = await routing.expected_wait(
        tx, entry_point=site.entry_point, channel="chat", language=language, segment=segment
    )
    promised = site.answer_minutes * 60 if site.answer_minutes else None
    seconds = expected.wait_seconds if expected.wait_seconds is not None else promised
    return Outlook(expected.attended, seconds, expected.opens_at)
