"""What the chat asks of its own tables."""

from dataclasses import asdict, dataclass, replace

from sqlalchemy import select

from qiao import interactions, routing
from qiao.channels.chat.model import PORTAL, Held, Party, Site
from qiao.channels.chat.store import parties, sites
from qiao.interactions import Interaction
from qiao.kernel.ids import InteractionId
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound, Refused
from qiao.platform.database import Transaction
from qiao.routing import EntryPoint


class SiteNotKnown(Refused):
    """No chat is set up under this key, or it is switched off."""

    code = "chat.site_not_known"
    status = 404
    text = N_("The chat is not set up for this page. Please contact us on our own site.")


@dataclass(frozen=True, slots=True)
class View:
    """What a party holds now."""

    held: Held
    contact: Interaction | None


async def site(tx: Transaction, key: str) -> Site:
    """A chat: its way in as staff keep it, and where it may be embedded. Our own portal is always there.

    A way in alone is a chat on our own pages. Raises SiteNotKnown.
    """
    row = await tx.one(select(sites).where(sites.c.key == key))
    entry = await _way_in(tx, key)
    if (row is not None and not row["active"]) or (row is None and entry is None and key != PORTAL):
        raise SiteNotKnown
    place = Site(key, key, key)
    if row is not None:
        place = Site(**{**asdict(place), **row, "origins": tuple(row["origins"])})
    if entry is None:
        return place
    return replace(
        place,
        name=entry.names["en"],
        entry_point=entry.code,
        unit_id=entry.unit_id,
        language=entry.language or place.language,
        flow=entry.flow,
        answer_minutes=entry.answer_minutes,
        opens_at=entry.opens_at(tx.now),
    )


async def _way_in(tx: Transaction, key: str) -> EntryPoint | None:
    try:
        found = await routing.entry_point(tx, key)
    except NotFound:
        return None
    return found if "chat" in found.channels else None


async def held(tx: Transaction, party_key: str) -> Held:
    """The conversation a party is in or was in last."""
    row = await tx.one(select(parties.c.interaction_id, parties.c.previous_id).where(parties.c.key == party_key))
    return Held(row["interaction_id"], row["previous_id"]) if row else Held()


async def view(tx: Transaction, party: Party) -> View:
    """The party's conversation as it now stands."""
    place = await held(tx, party.key)
    if place.interaction_id is None:
        return View(place, None)
    return View(place, await interactions.interaction(tx, place.interaction_id))


async def site_of(tx: Transaction, interaction_id: InteractionId) -> Site:
    """Where this conversation was begun. Raises NotFound if it is no chat of ours."""
    key = await tx.scalar(select(parties.c.site_key).where(parties.c.interaction_id == interaction_id).limit(1))
    if key is None:
        raise NotFound
    return await site(tx, key)
