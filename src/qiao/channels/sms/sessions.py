"""Sessions in rows, and the contact each of them is while it goes on."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import Insert, insert

from qiao import interactions
from qiao.channels.sms.model_hall import RESUMABLE, Session, as_json, from_json
from qiao.channels.sms.store import sms_sessions
from qiao.customers import Customer
from qiao.interactions import Beginning, Interaction
from qiao.kernel.ids import CustomerId, InteractionId
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction

SILENT_AFTER: Final = timedelta(hours=1)
"""A talk with a person in which the customer has not answered for so long is over; he may begin another."""
SWEEP_MAX: Final = 500


def _keep() -> Insert:
    made = insert(sms_sessions)
    keys = ("sender", "number")
    told = {one.name: made.excluded[one.name] for one in sms_sessions.c if one.name not in keys}
    return made.on_conflict_do_update(index_elements=keys, set_=told)


_KEEP: Final = _keep()


@dataclass(frozen=True, slots=True)
class Place:
    """Who texts where: his number, our service number, and the contact that goes on, if one does."""

    sender: ServiceId
    number: str
    session: Session
    customer_id: CustomerId | None = None
    interaction_id: InteractionId | None = None
    language: str = ""


async def places(tx: Transaction, wanted: Collection[tuple[ServiceId, str]]) -> dict[tuple[ServiceId, str], Place]:
    """The sessions of these numbers at these service numbers; new ones where there are none."""
    keys = [(str(sender), number) for sender, number in wanted]
    these = tuple_(sms_sessions.c.sender, sms_sessions.c.number).in_(keys)
    known = [_place(row) for row in await tx.rows(select(sms_sessions).where(these))]
    fresh = {(sender, number): Place(sender, number, Session()) for sender, number in wanted}
    return fresh | {(place.sender, place.number): place for place in known}


def _place(row: Any) -> Place:
    return Place(
        ServiceId.from_text(row["sender"]),
        row["number"],
        from_json(row["body"], row["until_at"]),
        row["customer_id"],
        row["interaction_id"],
        row["language"],
    )


async def keep(tx: Transaction, *stand: Place) -> None:
    """Write sessions as they stand now, each of another number."""
    if not stand:
        return
    rows = [
        {
            "sender": str(place.sender),
            "number": place.number,
            "customer_id": place.customer_id,
            "interaction_id": place.interaction_id,
            "language": place.language,
            "body": as_json(place.session),
            "until_at": place.session.until_at or tx.now,
        }
        for place in stand
    ]
    await tx.execute(_KEEP, rows)


async def contact_of(tx: Transaction, place: Place, person: Customer | None, beginning: Beginning) -> Interaction:
    """The contact that goes on, or a new one: of whoever holds the number now, never of who held it before."""
    known = await goes_on(tx, [(place, person)])
    if place.interaction_id in known:
        return known[place.interaction_id]
    (begun,) = await interactions.start_all(tx, [beginning])
    return begun


async def goes_on(tx: Transaction, met: Collection[tuple[Place, Customer | None]]) -> dict[InteractionId, Interaction]:
    """The contacts that are open still, of those places whose number the same person holds as before; one query."""
    ids = {
        place.interaction_id
        for place, person in met
        if place.interaction_id is not None and place.customer_id == (person.id if person else None)
    }
    known = await interactions.interactions_by_ids(tx, ids)
    return {contact_id: contact for contact_id, contact in known.items() if contact.ended_at is None}


async def place_of(tx: Transaction, interaction_id: InteractionId) -> Place | None:
    """The session whose contact this is, while it is open."""
    row = await tx.one(select(sms_sessions).where(sms_sessions.c.interaction_id == interaction_id))
    return None if row is None else _place(row)


async def places_of(tx: Transaction, ids: Collection[InteractionId]) -> dict[InteractionId, Place]:
    """The sessions whose contacts these are, by contact; one query however many."""
    if not ids:
        return {}
    rows = await tx.rows(select(sms_sessions).where(sms_sessions.c.interaction_id.in_(ids)))
    return {InteractionId(row["interaction_id"]): _place(row) for row in rows}


async def contact_ended(tx: Transaction, interaction_id: InteractionId) -> None:
    """Its contact is over: the next text begins another; choices given stay good for their while."""
    mine = update(sms_sessions).where(sms_sessions.c.interaction_id == interaction_id)
    await tx.execute(mine.values(interaction_id=None))


async def sweep(tx: Transaction) -> int:
    """End contacts whose session has lapsed: served by machine, or silent in a talk. Returns how many there were."""
    lapsed = select(sms_sessions).where(sms_sessions.c.interaction_id.is_not(None), sms_sessions.c.until_at < tx.now)
    rows = await tx.rows(lapsed.order_by(sms_sessions.c.until_at).limit(SWEEP_MAX).with_for_update(skip_locked=True))
    for row in rows:
        await _lapse(tx, _place(row))
    return len(rows)


async def _lapse(tx: Transaction, place: Place) -> None:
    assert place.interaction_id is not None
    contact = await interactions.interaction(tx, place.interaction_id)
    if contact.ended_at is None and (contact.queued_at is not None or contact.agent_id is not None):
        spoken_at = contact.last_said_at or contact.started_at
        his_turn = contact.agent_id is not None and contact.last_said_by == "agent"
        if not his_turn or tx.now < spoken_at + SILENT_AFTER:  # he waits for us, or has time to answer
            again = spoken_at + SILENT_AFTER if his_turn else tx.now + SILENT_AFTER
            mine = sms_sessions.c.interaction_id == contact.id
            await tx.execute(update(sms_sessions).where(mine).values(until_at=again))
            return
        await interactions.end_interaction(tx, interaction_id=contact.id, reason="silent")
    elif contact.ended_at is None:
        await interactions.end_interaction(tx, interaction_id=contact.id, reason="served")
    await contact_ended(tx, place.interaction_id)


async def forget(tx: Transaction) -> None:
    """Drop sessions nobody can take up any more."""
    over = (sms_sessions.c.until_at < tx.now - RESUMABLE) & sms_sessions.c.interaction_id.is_(None)
    await tx.execute(delete(sms_sessions).where(over))
