"""Writing down what contacts count as: each worked out from what is on record, so hearing twice changes nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import RowMapping, bindparam, delete, select, update
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
ABOUT_MAX: Final = 10_000
"""So many contacts of those customers about that time are looked at."""
LISTENER: Final = "insight"
WAYS_IN: Final = frozenset({"main_menu", "satisfaction"})
"""Flows that lead to what a contact is about, or ask about it afterwards."""
BY_PEOPLE: Final = frozenset({"desk", "system", ""})
"""Channels of orders that are no door of a customer's own."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something heard of a contact: what it was about, that a machine served it, that an order was done."""

    interaction_id: InteractionId
    service: str = ""
    machine: bool = False
    done: bool = False

    def with_(self, later: "Note") -> "Note":
        """Both; of two services the first that was told stays."""
        service, machine = self.service or later.service, self.machine or later.machine
        return replace(self, service=service, machine=machine, done=self.done or later.done)


async def note_all(tx: Transaction, notes: Sequence[Note | Contact]) -> None:
    """Work contacts out anew, in a handful of statements; a Contact is one that no interaction stands for.

    What a contact turned out to be about: the first service that is told stays.
    """
    heard: dict[InteractionId, Note] = {}
    for note in notes:
        if isinstance(note, Note):
            known = heard.get(note.interaction_id)
            heard[note.interaction_id] = known.with_(note) if known is not None else note
    standing = await interactions.interactions_by_ids(tx, heard.keys())
    fresh = [await _worked_out(tx, standing[one], heard[one]) for one in heard if one in standing]
    await _keep(tx, [*fresh, *(one for one in notes if isinstance(one, Contact))])


async def _worked_out(tx: Transaction, contact: Interaction, note: Note) -> Contact:
    machine, guess = note.machine, ""
    if contact.direction == "inbound":
        ended = contact.ended_at is not None
        machine = machine or (ended and contact.queued_at is None and contact.agent_id is None)
        untold = ended and not note.service
        if untold or not machine:
            said = await interactions.messages_after(tx, contact.id, 0, limit=FIRST_SAID)
            machine = machine or _bot_spoke(said)
            guess = _meant(said) if untold else ""
    told = _from_interaction(contact, service=note.service or guess, machine=machine, done=note.done)
    return replace(told, guessed=bool(guess))


async def notes_of_orders(tx: Transaction, heard: Sequence[tuple[OrderId, bool]]) -> list[Note | Contact]:
    """What orders tell of contacts, each with whether it is done by now.

    One that a customer placed outside any contact is a contact of its own.
    """
    found = await catalogue.orders_by_ids(tx, {order_id for order_id, _ in heard})
    notes: list[Note | Contact] = []
    for order_id, done in heard:
        order = found[order_id]
        own = order.actor.startswith("customer:")
        if done:
            await note_campaign_order(tx, order)
        if order.origin.interaction is not None:
            notes.append(Note(order.origin.interaction, service=order.code, machine=own, done=done))
        elif own and order.origin.channel not in BY_PEOPLE:
            notes.append(await _from_visit(tx, order, done=done))
    return notes


async def notes_of_flow(tx: Transaction, session_id: UUID) -> list[Note | Contact]:
    """What a flow that is over tells; nothing of one that people ran."""
    running = await selfservice.session_running(tx, session_id)
    if running.channel in BY_PEOPLE or running.channel == "agent":
        return []
    if running.interaction_id is not None:
        about = "" if running.flow in WAYS_IN else running.flow
        return [Note(running.interaction_id, service=about, machine=True)]
    return [_from_flow(running)]


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


async def _keep(tx: Transaction, fresh: Sequence[Contact]) -> None:
    """Write contacts as they stand now; whatever else of their customers' contacts that changes, changes with them."""
    before = await _held(tx, {one.id for one in fresh})
    after: dict[UUID, Contact] = {}
    for one in fresh:
        known = after.get(one.id) or before.get(one.id)
        after[one.id] = merged(known, one) if known is not None else one
    changed = [one for one in after.values() if one != before.get(one.id)]
    if not changed:
        return
    made = insert(contacts)
    names = [one.name for one in fields(Contact) if one.name != "id"]
    kept = made.on_conflict_do_update(index_elements=["id"], set_={name: made.excluded[name] for name in names})
    await tx.execute(kept, [asdict(one) for one in changed])
    told: dict[Key, Counts] = {}
    for one in changed:
        told = _together(told, changes(before.get(one.id), one))
    await _add(tx, _together(told, await _refollow(tx, changed, before)))


async def _refollow(tx: Transaction, changed: Sequence[Contact], before: Mapping[UUID, Contact]) -> dict[Key, Counts]:
    """See anew which contacts of these customers about that time were followed by a person."""
    about = [*changed, *(before[one.id] for one in changed if one.id in before)]
    whose = {one.customer_id for one in about if one.customer_id is not None}
    if not whose:
        return {}
    first_at, last_at = min(one.started_at for one in about), max(one.until for one in about)
    near = contacts.c.customer_id.in_(whose) & contacts.c.started_at.between(first_at - AROUND, last_at + AROUND)
    rows = await tx.rows(select(contacts).where(near).order_by(contacts.c.started_at).limit(ABOUT_MAX))
    found: dict[UUID | None, list[Contact]] = {}
    for row in rows:
        found.setdefault(row["customer_id"], []).append(_contact(row))
    told: dict[Key, Counts] = {}
    moved: list[dict[str, Any]] = []
    for his in found.values():
        asked = followed(his)
        for one in his:
            at = asked.get(one.id)
            if at != one.followed_at and one.started_at <= last_at:  # of later ones not all that follows was read
                moved.append({"contact_id": one.id, "followed_at": at})
                told = _together(told, changes(one, replace(one, followed_at=at)))
    if moved:
        await tx.execute(update(contacts).where(contacts.c.id == bindparam("contact_id")), moved)
    return told


def _together(one: dict[Key, Counts], other: dict[Key, Counts]) -> dict[Key, Counts]:
    return {key: one.get(key, Counts()) + other.get(key, Counts()) for key in (*one, *other)}


async def _add(tx: Transaction, told: dict[Key, Counts]) -> None:
    made = insert(days)
    sums = {one.name: getattr(days.c, one.name) + made.excluded[one.name] for one in fields(Counts)}
    rows = [
        {"id": uuid5(ROOM, repr(astuple(key))), **asdict(key), **asdict(counts)}
        for key, counts in told.items()
        if counts != Counts()
    ]
    if rows:
        await tx.execute(made.on_conflict_do_update(index_elements=["id"], set_=sums), rows)


async def _held(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Contact]:
    if not ids:
        return {}
    mine = select(contacts).where(contacts.c.id.in_(ids)).order_by(contacts.c.id).with_for_update()
    return {row["id"]: _contact(row) for row in await tx.rows(mine)}


def _contact(row: RowMapping) -> Contact:
    return Contact(**row)
