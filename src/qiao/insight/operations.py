"""Writing down what contacts count as: each worked out from what is on record, so hearing twice changes nothing."""

from collections.abc import Sequence
from dataclasses import asdict, astuple, fields, replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import RowMapping, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao import catalogue, customers, interactions, selfservice
from qiao.catalogue import Order
from qiao.insight.model import Contact, Counts, Key, changes, day_of, followed, merged, visit_at
from qiao.insight.store import contacts, days, ways
from qiao.insight.ways import note_campaign_order
from qiao.insight.zone import zone_of
from qiao.interactions import Interaction, Message
from qiao.kernel.ids import InteractionId, OrderId
from qiao.platform.database import Transaction
from qiao.platform.events import follow_anew, oldest_kept
from qiao.selfservice import Running

ROOM: Final = UUID("7d0c2f5e-6a0e-5a57-9d0b-2f2f35a6a9a1")
"""The name space of ids that are made of what a row is about."""
AROUND: Final = timedelta(days=2)
FIRST_SAID: Final = 20
WORDS_MAX: Final = 200
OF_A_CUSTOMER_MAX: Final = 1_000
LISTENER: Final = "insight"
WAYS_IN: Final = frozenset({"main_menu", "satisfaction"})
"""Flows that lead to what a contact is about, or ask about it afterwards."""
BY_PEOPLE: Final = frozenset({"desk", "system", ""})
"""Channels of orders that are no door of a customer's own."""


async def note_interaction(
    tx: Transaction, interaction_id: InteractionId, *, service: str = "", machine: bool = False, done: bool = False
) -> None:
    """Work a contact out anew. `service`: what it turned out to be about; the first that is told stays."""
    found = await interactions.interactions_by_ids(tx, [interaction_id])
    if interaction_id in found:
        contact = found[interaction_id]
        guess = ""
        if contact.direction == "inbound":
            nobody = contact.ended_at is not None and contact.queued_at is None and contact.agent_id is None
            said = await interactions.messages_after(tx, contact.id, 0, limit=FIRST_SAID)
            machine = machine or nobody or _bot_spoke(said)
            guess = "" if service or contact.ended_at is None else _meant(said)
        told = _from_interaction(contact, service=service or guess, machine=machine, done=done)
        await _keep(tx, replace(told, guessed=bool(guess)))


async def note_order(tx: Transaction, order_id: OrderId, *, done: bool = False) -> None:
    """An order tells what its contact was about; one that a customer placed outside any is a contact of its own."""
    order = await catalogue.order(tx, order_id)
    own = order.actor.startswith("customer:")
    if done:
        await note_campaign_order(tx, order)
    if order.origin.interaction is not None:
        await note_interaction(tx, order.origin.interaction, service=order.code, machine=own, done=done)
    elif own and order.origin.channel not in BY_PEOPLE:
        await _keep(tx, await _from_visit(tx, order, done=done))


async def note_flow(tx: Transaction, session_id: UUID) -> None:
    """A flow that is over tells what its contact was about; one outside any is a contact of its own."""
    running = await selfservice.session_running(tx, session_id)
    if running.channel in BY_PEOPLE or running.channel == "agent":
        return
    if running.interaction_id is not None:
        about = "" if running.flow in WAYS_IN else running.flow
        await note_interaction(tx, running.interaction_id, service=about, machine=True)
    else:
        await _keep(tx, _from_flow(running))


async def begin_anew(tx: Transaction) -> date | None:
    """Forget all contacts of days of which every event is still kept, and hear those events once more.

    Returns the first such day; None when there is no event at all. What is older stays as it is.
    """
    oldest_at = await oldest_kept(tx)
    if oldest_at is None:
        return None
    since = day_of(oldest_at, zone_of()) + timedelta(days=1)
    if await tx.scalar(select(contacts.c.id).where(contacts.c.started_at < oldest_at).limit(1)) is None:
        since -= timedelta(days=1)  # nothing was ever let go
    await tx.execute(delete(contacts).where(contacts.c.day >= since))
    await tx.execute(delete(days).where(days.c.day >= since))
    await tx.execute(delete(ways).where(ways.c.day >= since))
    await follow_anew(tx, listener=LISTENER)
    return since


def _bot_spoke(said: Sequence[Message]) -> bool:
    """Whether a machine answered him before a person did, among the first things said."""
    first = next((one.author_kind for one in said if one.author_kind in ("bot", "agent")), None)
    return first == "bot"


def _meant(said: Sequence[Message]) -> str:
    """What the first of his words that mean anything mean, by the house's one matcher; the words are not kept."""
    words = (one.text for one in said if one.author_kind == "customer" and one.text)
    found = (selfservice.meant(text[:WORDS_MAX]) for text in words)
    return next((told[0].code for told in found if told), "")


def _from_interaction(contact: Interaction, *, service: str, machine: bool, done: bool) -> Contact:
    written = contact.direction == "written"  # to people, who answer later
    return Contact(
        id=contact.id,
        day=day_of(contact.started_at, zone_of()),
        channel=contact.channel,
        service=service,
        language=contact.language,
        segment=contact.segment,
        unit_id=contact.unit_id,
        customer_id=contact.customer_id,
        started_at=contact.started_at,
        ended_at=contact.ended_at,
        machine=machine and contact.direction == "inbound",
        person_at=contact.queued_at or contact.answered_at or (contact.started_at if written else None),
        answered=contact.answered_at is not None,
        done=done,
    )


async def _from_visit(tx: Transaction, order: Order, *, done: bool) -> Contact:
    begins = visit_at(order.placed_at)
    person = await customers.customer(tx, order.customer_id)
    channel = order.origin.channel
    return Contact(
        id=uuid5(ROOM, f"{order.customer_id}:{channel}:{begins.isoformat()}"),
        day=day_of(begins, zone_of()),
        channel=channel,
        service=order.code,
        language=person.language or "",
        segment=person.segment,
        unit_id=person.unit_id,
        customer_id=order.customer_id,
        started_at=begins,
        ended_at=order.placed_at,
        machine=True,
        person_at=None,
        answered=False,
        done=done,
    )


def _from_flow(running: Running) -> Contact:
    return Contact(
        id=running.id,
        day=day_of(running.started_at, zone_of()),
        channel=running.channel,
        service=running.flow,
        language=running.session.language,
        segment=running.segment,
        unit_id=running.unit_id,
        customer_id=running.customer_id,
        started_at=running.started_at,
        ended_at=running.ended_at,
        machine=True,
        person_at=running.ended_at if running.over == "handed" else None,
        answered=False,
        done=False,
    )


async def _keep(tx: Transaction, fresh: Contact) -> None:
    """Write a contact as it stands now; whatever else of its customers' contacts that changes, changes with it."""
    known = await _one(tx, fresh.id)
    stands = merged(known, fresh) if known is not None else fresh
    if known == stands:
        return
    row = asdict(stands)
    made = insert(contacts).values(row)
    await tx.execute(made.on_conflict_do_update(index_elements=["id"], set_=row))
    told = changes(known, stands)
    for customer_id in {stands.customer_id, known.customer_id if known else None} - {None}:
        told = _together(told, await _refollow(tx, customer_id, stands))
    await _add(tx, told)


async def _refollow(tx: Transaction, customer_id: UUID | None, about: Contact) -> dict[Key, Counts]:
    """See anew which of his contacts about that time were followed by a person."""
    near = contacts.c.started_at.between(about.started_at - AROUND, about.until + AROUND)
    wanted = select(contacts).where(contacts.c.customer_id == customer_id, near)
    rows = await tx.rows(wanted.order_by(contacts.c.started_at).limit(OF_A_CUSTOMER_MAX))
    found = [_contact(row) for row in rows]
    told: dict[Key, Counts] = {}
    for one in found:
        at = followed(found).get(one.id)
        if at != one.followed_at:
            await tx.execute(update(contacts).where(contacts.c.id == one.id).values(followed_at=at))
            told = _together(told, changes(one, replace(one, followed_at=at)))
    return told


def _together(one: dict[Key, Counts], other: dict[Key, Counts]) -> dict[Key, Counts]:
    return {key: one.get(key, Counts()) + other.get(key, Counts()) for key in (*one, *other)}


async def _add(tx: Transaction, told: dict[Key, Counts]) -> None:
    names = [one.name for one in fields(Counts)]
    for key, counts in told.items():
        if counts == Counts():
            continue
        about = asdict(key)
        row = {"id": uuid5(ROOM, repr(astuple(key))), **about, **asdict(counts)}
        made = insert(days).values(row)
        sums = {name: getattr(days.c, name) + made.excluded[name] for name in names}
        await tx.execute(made.on_conflict_do_update(index_elements=["id"], set_=sums))


async def _one(tx: Transaction, contact_id: UUID) -> Contact | None:
    row = await tx.one(select(contacts).where(contacts.c.id == contact_id).with_for_update())
    return _contact(row) if row is not None else None


def _contact(row: RowMapping) -> Contact:
    return Contact(**row)
