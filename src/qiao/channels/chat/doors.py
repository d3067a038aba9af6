"""Opens the door of a request: which party calls, on which site, by token or by session."""

from dataclasses import dataclass
from typing import Any

from litestar import Request

from qiao.channels.chat import queries, visits
from qiao.channels.chat.answering import language_asked, text_field
from qiao.channels.chat.claims import VisitNotKnown
from qiao.channels.chat.model import PORTAL, Party, Site
from qiao.channels.chat.switchboard import Switchboard, switchboard_of
from qiao.channels.chat.telling import Teller
from qiao.channels.chat.visits import keys_of
from qiao.platform.house import House
from qiao.platform.signing import Keys
from qiao.platform.web import actor_of, house_of

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls and what is needed to serve him."""

    house: House
    board: Switchboard
    keys: Keys
    place: Site
    party: Party

    @property
    def teller(self) -> Teller:
        """Tells this caller what happens to his conversation."""
        return Teller(self.party, self.place, self.keys, self.house.settings.default_zone)


async def caller_of(request: AnyRequest, value: dict[str, Any], *, may_be_new: bool = False) -> Caller:
    """The party behind a call: session (`"session": true`), claim, token, or (where allowed) somebody new.

    Raises VisitNotKnown for a token that is not good here, SiteNotKnown for a site that is not ours.
    """
    house = house_of(request)
    keys = keys_of(house)
    language = language_asked(request)
    async with house.database.transaction() as tx:
        place = await queries.site(tx, text_field(value, "site", most=80) or PORTAL)
    token = request.headers.get(visits.HEADER) or text_field(value, "token")
    claim = text_field(value, "claim")
    now = house.clock.now()
    if value.get("session") is True:
        party = _signed_in(request, place, language)
    elif claim is not None:
        party = visits.claimed(keys, claim, place, now=now, language=language)
    elif token:
        party = visits.visitor(keys, token, place.key, now=now, language=language)
    elif may_be_new:
        party = visits.new_visitor(place, language=language)
    else:
        raise VisitNotKnown
    return Caller(house, switchboard_of(request), keys, place, party)


def _signed_in(request: AnyRequest, place: Site, language: str) -> Party:
    actor = actor_of(request)
    if actor is None or actor.kind != "customer" or place.key != PORTAL:
        raise VisitNotKnown
    if not visits.asked_by_our_page(request, actor):
        raise VisitNotKnown
    return visits.signed_in(actor, language=language)
