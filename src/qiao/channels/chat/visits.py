"""Who is calling: a visitor with our token, a host site's signed user, or a customer signed in on the portal.

Nothing a visitor types is ever who he is. The three ways in are never mixed: a token never makes a customer, and a
session never opens a visitor's conversation.
"""

import hmac
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from litestar.connection import ASGIConnection

from qiao.channels.chat.claims import VisitNotKnown, read_claim, site_secret
from qiao.channels.chat.model import PORTAL, Party, Site
from qiao.channels.chat.texts import spoken
from qiao.interactions import clean_text, for_display
from qiao.kernel.ids import CustomerId, FileId, InteractionId
from qiao.kernel.service_ids import ServiceId
from qiao.platform.house import House
from qiao.platform.policy import Actor
from qiao.platform.signing import Keys, LinkExpired, LinkNotValid

HEADER: Final = "x-chat-token"
VISITOR_SECONDS: Final = 180 * 24 * 3600
TICKET_SECONDS: Final = 30
FILE_SECONDS: Final = 24 * 3600
Calling = ASGIConnection[Any, Any, Any, Any]


def keys_of(house: House) -> Keys:
    """The signing keys of the house."""
    return house.get(Keys)


def visitor_token(keys: Keys, party: Party, *, now: datetime) -> str:
    """What the browser keeps to be known again; good for 180 days, renewed at each visit."""
    told = {"p": party.key, "s": party.site_key, "n": party.name}
    return keys.signer("chat.visitor").sign(told, now=now, seconds=VISITOR_SECONDS)


def visitor(keys: Keys, token: str, site_key: str, *, now: datetime, language: str) -> Party:
    """The visitor behind his token, on the site it was given for. Raises VisitNotKnown."""
    told = _read(keys, "chat.visitor", token, now)
    if told["s"] != site_key:
        raise VisitNotKnown
    return Party(key=told["p"], site_key=site_key, name=told["n"], language=language)


def _read(keys: Keys, purpose: str, token: str, now: datetime) -> dict[str, Any]:
    """What we signed for this purpose; why it is not good is nobody's business."""
    try:
        return keys.signer(purpose).read(token, now=now)
    except (LinkNotValid, LinkExpired):
        raise VisitNotKnown from None


def new_visitor(place: Site, *, language: str) -> Party:
    """Somebody never seen before."""
    return Party(key=f"visitor:{uuid4()}", site_key=place.key, language=language)


def claimed(keys: Keys, claim: str, place: Site, *, now: datetime, language: str) -> Party:
    """A user for whom the host site signed: `{"sub", "name", "exp"}`, at most an hour ahead. Raises VisitNotKnown.

    It makes the same conversation on all his devices and gives it a name; it proves nothing to us.
    """
    told = read_claim(site_secret(keys, place.key), claim, now=now)
    sub = told.get("sub")
    if not isinstance(sub, str | int) or not 0 < len(str(sub)) <= 200:
        raise VisitNotKnown
    name = told.get("name")
    shown = for_display(clean_text(name, limit=10_000))[:80] if isinstance(name, str) and "\x00" not in name else ""
    return Party(key=f"user:{place.key}:{sub}", site_key=place.key, name=shown, language=language)


def signed_in(actor: Actor, *, language: str) -> Party:
    """A customer signed in on the portal: known, though nothing is proven in this contact yet."""
    customer_id = CustomerId(actor.id)
    return Party(
        key=f"customer:{actor.id}",
        site_key=PORTAL,
        name=actor.name,
        customer_id=customer_id,
        language=language,
        session_topic=f"session:{actor.session_id}",
        service_id=ServiceId.from_text(actor.service) if actor.service else None,
    )


def ticket(keys: Keys, party: Party, *, now: datetime) -> str:
    """Opens one connection within 30 seconds."""
    told = {
        "p": party.key,
        "s": party.site_key,
        "c": str(party.customer_id) if party.customer_id else None,
        "n": party.name,
        "l": party.language,
        "w": party.session_topic,
        "v": str(party.service_id) if party.service_id else None,
        "t": uuid4().hex,
    }
    return keys.signer("chat.ticket").sign(told, now=now, seconds=TICKET_SECONDS)


def ticket_holder(keys: Keys, value: str, *, now: datetime) -> tuple[Party, str]:
    """Who the ticket was given to, and its nonce to be used up. Raises VisitNotKnown."""
    told = _read(keys, "chat.ticket", value, now)
    customer_id = CustomerId(UUID(told["c"])) if told["c"] else None
    service_id = ServiceId.from_text(told["v"]) if told["v"] else None
    return Party(told["p"], told["s"], told["n"], customer_id, spoken(told["l"]), told["w"], service_id), told["t"]


def file_url(keys: Keys, interaction_id: InteractionId, file_id: FileId, *, now: datetime) -> str:
    """Where a file of a conversation is fetched for a day; the address names one file and serves nothing else."""
    told = {"f": str(file_id), "i": str(interaction_id)}
    return f"/chat/files/{file_id}?k={keys.signer('chat.file').sign(told, now=now, seconds=FILE_SECONDS)}"


def file_of(keys: Keys, key: str, file_id: UUID, *, now: datetime) -> InteractionId:
    """The conversation whose file this address opens. Raises VisitNotKnown."""
    told = _read(keys, "chat.file", key, now)
    if told["f"] != str(file_id):
        raise VisitNotKnown
    return InteractionId(UUID(told["i"]))


def origin_fits(calling: Calling, place: Site | None, *, address: str) -> bool:
    """Whether the page that opens a socket is ours or one of the site's; a caller that names none is neither."""
    origin = calling.headers.get("origin")
    if not origin or origin == "null":
        return False
    parts = urlsplit(origin)
    if parts.netloc.lower() in {urlsplit(address).netloc.lower(), (calling.headers.get("host") or "").lower()}:
        return True
    return place is not None and f"{parts.scheme}://{parts.netloc}".lower() in {o.lower() for o in place.origins}


def asked_by_our_page(calling: Calling, actor: Actor) -> bool:
    """For calls on the strength of a session: the page's own token must come along."""
    told = calling.headers.get("x-csrf-token") or ""
    return hmac.compare_digest(told.encode(), actor.csrf.encode())
