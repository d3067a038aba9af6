"""What the chat asks of its own tables."""

from dataclasses import dataclass

from sqlalchemy import select

from qiao import interactions
from qiao.channels.chat.model import PORTAL, Held, Party, Site
from qiao.channels.chat.store import parties, sites
from qiao.interactions import Interaction
from qiao.kernel.ids import InteractionId, UnitId
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound, Refused
from qiao.platform.database import Transaction


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
    """A place the chat is embedded in; our own portal is always there. Raises SiteNotKnown."""
    row = await tx.one(select(sites).where(sites.c.key == key, sites.c.active))
    if row is None:
        if key == PORTAL:
            return Site(PORTAL, "Portal", PORTAL)
        raise SiteNotKnown
    values = dict(row)
    values["origins"] = tuple(row["origins"])
    values["unit_id"] = UnitId(row["unit_id"]) if row["unit_id"] else None
    return Site(**values)


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
