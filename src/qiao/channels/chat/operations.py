"""What a customer does in a chat: begins, writes, leaves; and what silence does to it."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao import interactions, routing
from qiao.channels.chat import assistant, people, sites, waiting
from qiao.channels.chat.claims import VisitNotKnown
from qiao.channels.chat.model import Party, Site, Told, silence
from qiao.channels.chat.queries import held, site_of
from qiao.channels.chat.store import parties, used_tickets
from qiao.channels.chat.texts import say as text_of
from qiao.interactions import Interaction, InteractionHasEnded, KeyNotUnderstood, Message, Sniffed, TextIsEmpty
from qiao.kernel.ids import FileId, InteractionId
from qiao.kernel.refused import NotFound
from qiao.platform.database import Transaction
from qiao.platform.live import touch
from qiao.platform.timers import cancel_timer, set_timer

SILENT = "chat.silent"
GONE = "chat.gone"


async def ensure_site(tx: Transaction, *, place: Site, names: Mapping[str, str] | None = None) -> None:
    """Set up a place the chat may be embedded in and its way in, or change them. Raises InputNotUnderstood."""
    await routing.ensure_entry_point(
        tx,
        number=place.key,
        code=place.entry_point,
        names=names or {"en": place.name},
        channels=("chat",),
        language=place.language,
        flow=place.flow,
        answer_minutes=place.answer_minutes,
        unit_id=place.unit_id,
    )
    await sites.keep(tx, key=place.key, now=place)


async def use_ticket(tx: Transaction, *, nonce: str, seconds: int) -> None:
    """A ticket opens one connection, once. Raises VisitNotKnown the second time."""
    used = insert(used_tickets).values(nonce=nonce, expires_at=tx.now + timedelta(seconds=seconds))
    if await tx.scalar(used.on_conflict_do_nothing().returning(used_tickets.c.nonce)) is None:
        raise VisitNotKnown


async def forget_tickets(tx: Transaction) -> None:
    """Drop used tickets that could not be used again anyway."""
    await tx.execute(delete(used_tickets).where(used_tickets.c.expires_at < tx.now - timedelta(hours=1)))


async def said_before(tx: Transaction, *, party: Party, key: str) -> Message | None:
    """The message this party already sent under this key, in its present conversation or the one before."""
    place = await held(tx, party.key)
    for known in (place.interaction_id, place.previous_id):
        if known is not None:
            before = await interactions.message_by_key(tx, known, "customer", key)
            if before is not None:
                return before
    return None


async def say(
    tx: Transaction,
    *,
    party: Party,
    place: Site,
    key: str,
    text: str = "",
    file: tuple[FileId, Sniffed, int] | None = None,
    reply: str = "",
    hidden: bool = False,
) -> Message:
    """Keep what the customer wrote; begins a conversation (and queues it) when there is none going on.

    The same key is the same message, also when its conversation has ended meanwhile. Where the assistant speaks it is
    asked to answer: `reply` is the key of a choice he took, a `hidden` one is a secret that stands for nothing. Raises
    what `interactions.say` raises.
    """
    if interactions.clean_key(key) is None:
        raise KeyNotUnderstood
    if (before := await said_before(tx, party=party, key=key)) is not None:
        return before
    if not interactions.clean_text(text) and file is None:
        raise TextIsEmpty
    interaction_id = await going_on(tx, party=party, place=place)
    try:
        message = await _say(tx, interaction_id, party, key, text, file)
    except InteractionHasEnded:  # between the look and the word
        message = await _say(tx, await going_on(tx, party=party, place=place), party, key, text, file)
    await assistant.hear(tx, message, place, reply=reply, hidden=hidden)
    return message


async def _say(
    tx: Transaction,
    interaction_id: InteractionId,
    party: Party,
    key: str,
    text: str,
    file: tuple[FileId, Sniffed, int] | None,
) -> Message:
    file_id: FileId | None = None
    if file is not None:
        file_id, found, size_bytes = file
        await interactions.keep_file(
            tx, interaction_id=interaction_id, file_id=file_id, found=found, size_bytes=size_bytes
        )
    return await interactions.say(
        tx,
        interaction_id=interaction_id,
        author_kind="customer",
        author_id=party.customer_id,
        text=text,
        client_key=key,
        file_id=file_id,
    )


async def going_on(tx: Transaction, *, party: Party, place: Site) -> InteractionId:
    """The party's conversation that has not ended; a new one, begun and queued, if there is none."""
    current = await held(tx, party.key)
    if current.interaction_id is not None and not await _ended(tx, current.interaction_id):
        return current.interaction_id
    await tx.execute(
        insert(parties)
        .values(key=party.key, site_key=place.key, customer_id=party.customer_id, opened_at=tx.now)
        .on_conflict_do_nothing()
    )
    row = await tx.one(select(parties).where(parties.c.key == party.key).with_for_update())
    assert row is not None
    if row["interaction_id"] is not None and not await _ended(tx, row["interaction_id"]):
        return InteractionId(row["interaction_id"])  # another tab was faster
    contact = await _begin(tx, party, place)
    await tx.execute(
        update(parties)
        .where(parties.c.key == party.key)
        .values(
            interaction_id=contact.id,
            previous_id=row["interaction_id"],
            site_key=place.key,
            warned_at=None,
            opened_at=tx.now,
        )
    )
    await touch(tx, topic_of(party))
    return contact.id


async def _ended(tx: Transaction, interaction_id: InteractionId) -> bool:
    return (await interactions.interaction(tx, interaction_id)).ended_at is not None


async def _begin(tx: Transaction, party: Party, place: Site) -> Interaction:
    segment, unit_id = await people.standing_of(tx, party.customer_id)
    now = await waiting.outlook(tx, site=place, language=party.language, segment=segment)
    contact = await interactions.start_interaction(
        tx,
        channel="chat",
        language=party.language,
        direction="inbound" if now.somebody or place.flow else "written",
        unit_id=unit_id or place.unit_id,
        customer_id=party.customer_id,
        service_id=party.service_id,
        party=party.name,
        segment=segment,
        entry_point=place.entry_point,
    )
    if await assistant.begin(tx, contact, place):
        return contact
    await waiting.queue(tx, contact, site=place)
    if now.somebody:
        await still_here(tx, interaction_id=contact.id, gone_seconds=place.gone_seconds)
    return contact


def topic_of(party: Party) -> str:
    """The live topic that tells a party's tabs that its conversation is another one now; names nobody."""
    return f"chat:{party.digest}"


async def leave(tx: Transaction, *, party: Party) -> None:
    """The customer ends his conversation. Unanswered it leaves the queue; a written one stays to be answered."""
    place = await held(tx, party.key)
    if place.interaction_id is not None:
        contact = await interactions.interaction(tx, place.interaction_id)
        if contact.ended_at is None and contact.phase != "written":
            waits = contact.queued_at is not None and contact.answered_at is None
            await _end(tx, contact, "abandoned" if waits else "customer_left")


async def _end(tx: Transaction, contact: Interaction, reason: str) -> None:
    if contact.agent_id is None and contact.queued_at is not None:
        await waiting.abandon(tx, contact)
    await interactions.end_interaction(tx, interaction_id=contact.id, reason=reason)
    await quiet(tx, interaction_id=contact.id)


async def quiet(tx: Transaction, *, interaction_id: InteractionId) -> None:
    """No clock runs for this conversation any more."""
    for kind in (SILENT, GONE, assistant.QUIET):
        await cancel_timer(tx, kind=kind, ref=str(interaction_id))


async def still_here(tx: Transaction, *, interaction_id: InteractionId, gone_seconds: int) -> None:
    """The waiting customer's page is open: give him another stretch before he counts as gone."""
    await set_timer(tx, kind=GONE, ref=str(interaction_id), due_at=tx.now + timedelta(seconds=gone_seconds))


async def gone(tx: Transaction, refs: list[str]) -> None:
    """No page of these waiting customers has answered for long: they have left, unless somebody answered meanwhile."""
    for ref in refs:
        contact = await interactions.interaction(tx, InteractionId(UUID(ref)))
        if contact.phase == "waiting" and contact.answered_at is None:
            await _end(tx, contact, "abandoned")


async def watch_silence(tx: Transaction, *, interaction_id: InteractionId) -> None:
    """Somebody spoke: the clock of silence starts with our word and stops with the customer's."""
    contact = await interactions.interaction(tx, interaction_id)
    if contact.channel != "chat" or contact.ended_at is not None:
        return
    try:
        place = await site_of(tx, interaction_id)
    except NotFound:
        return
    _, again_at = silence(
        last_said_by=contact.last_said_by,
        last_said_at=contact.last_said_at,
        warned=False,
        now=tx.now,
        warn_seconds=place.warn_seconds,
        end_seconds=place.end_seconds,
    )
    if again_at is None:
        await cancel_timer(tx, kind=SILENT, ref=str(contact.id))
    else:
        await set_timer(tx, kind=SILENT, ref=str(contact.id), due_at=again_at)


async def silent(tx: Transaction, refs: list[str]) -> None:
    """A silence has lasted: warn, later end; the agent's capacity is free with the end."""
    for ref in refs:
        await _silent(tx, InteractionId(UUID(ref)))


async def _silent(tx: Transaction, interaction_id: InteractionId) -> None:
    contact = await interactions.interaction(tx, interaction_id)
    if contact.ended_at is not None:
        return
    place = await site_of(tx, interaction_id)
    warned_at = await tx.scalar(select(parties.c.warned_at).where(parties.c.interaction_id == interaction_id))
    warned = warned_at is not None and contact.last_said_at is not None and warned_at >= contact.last_said_at
    step, again_at = silence(
        last_said_by=contact.last_said_by,
        last_said_at=contact.last_said_at,
        warned=warned,
        now=tx.now,
        warn_seconds=place.warn_seconds,
        end_seconds=place.end_seconds,
    )
    if step == "warn":
        told = Told("silent_warning", {"minutes": max(1, round(place.end_seconds / 60))})
        await notice(tx, contact, told)
        await tx.execute(update(parties).where(parties.c.interaction_id == interaction_id).values(warned_at=tx.now))
    if step == "end":
        await notice(tx, contact, Told("silent_ended"))
        await _end(tx, contact, "silent")
    elif again_at is not None:
        await set_timer(tx, kind=SILENT, ref=str(interaction_id), due_at=again_at)


async def notice(tx: Transaction, contact: Interaction, told: Told) -> None:
    """A line of the house's own in the conversation, in the customer's language."""
    await interactions.say(tx, interaction_id=contact.id, author_kind="system", text=text_of(contact.language, told))


async def greet(tx: Transaction, *, interaction_id: InteractionId) -> None:
    """An agent has it: say who, and stop counting the customer as waiting."""
    contact = await interactions.interaction(tx, interaction_id)
    if contact.channel != "chat" or contact.ended_at is not None or contact.agent_id is None:
        return
    name = (await people.agent_names(tx, [contact.agent_id])).get(contact.agent_id)
    await notice(tx, contact, Told("agent_joined", {"agent": name}) if name else Told("agent_joined_somebody"))
    await cancel_timer(tx, kind=GONE, ref=str(interaction_id))
