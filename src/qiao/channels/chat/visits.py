"""Who is calling: a visitor with our token, a host site's signed user, or a customer signed in on the portal.

Nothing a visitor types is ever who he is. The three ways in are never mixed: a token never makes a customer, and a
session never opens a visitor's conversation.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from litestar.connection import ASGIConnection

from qiao.channels.chat import tokens
from qiao.channels.chat.model import PORTAL, Party, Site
from qiao.channels.chat.texts import spoken
from qiao.channels.chat.tokens import VisitNotKnown
from qiao.interactions import clean_text, for_display
from qiao.kernel.ids import CustomerId, FileId, InteractionId
from qiao.platform.house import House
from qiao.platform.policy import Actor

HEADER: Final = "x-chat-token"
Calling = ASGIConnection[Any, Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Keys:
    """The signing keys of one house."""

    secret: str

    def purpose(self, name: str) -> bytes:
        """The key of one purpose."""
        return tokens.purpose_key(self.secret, name)


def keys_of(house: House) -> Keys:
    """The keys under the house's secret. Raises LookupError without one: tokens would be anybody's to forge."""
    secret = house.settings.secret_key.get_secret_value()
    if len(secret) < 32:
        raise LookupError("the chat signs its visitors: set QIAO_SECRET_KEY to 32 characters or more")
    return Keys(secret)


def visitor_token(keys: Keys, party: Party, *, now: datetime) -> str:
    """What the browser keeps to be known again; good for 180 days, renewed at each visit."""
    told: dict[str, Any] = {"p": party.key, "s": party.site_key, "exp": _in(now, tokens.VISITOR_SECONDS)}
    if party.name:
        told["n"] = party.name
    return tokens.sign(keys.purpose("visitor"), told)


def visitor(keys: Keys, token: str, site_key: str, *, now: datetime, language: str) -> Party:
    """The visitor behind his token, on the site it was given for. Raises VisitNotKnown."""
    told = tokens.read(keys.purpose("visitor"), token, now=now)
    if told.get("s") != site_key:
        raise VisitNotKnown
    return Party(key=str(told["p"]), site_key=site_key, name=str(told.get("n", "")), language=language)


def new_visitor(place: Site, *, language: str) -> Party:
    """Somebody never seen before."""
    return Party(key=f"visitor:{uuid4()}", site_key=place.key, language=language)


def claimed(keys: Keys, claim: str, place: Site, *, now: datetime, language: str) -> Party:
    """A user for whom the host site signed: `{"sub", "name", "exp"}`, at most an hour ahead. Raises VisitNotKnown.

    It makes the same conversation on all his devices and gives it a name; it proves nothing to us.
    """
    secret = tokens.site_secret(keys.secret, place.key)
    told = tokens.read(secret.encode(), claim, now=now, seconds_max=tokens.CLAIM_SECONDS_MAX)
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
        key=f"customer:{actor.id}", site_key=PORTAL, name=actor.name, customer_id=customer_id, language=language
    )


def ticket(keys: Keys, party: Party, *, now: datetime) -> str:
    """Opens one connection within 30 seconds."""
    told = {
        "p": party.key,
        "s": party.site_key,
        "c": str(party.customer_id) if party.customer_id else None,
        "n": party.name,
        "l": party.language,
        "t": uuid4().hex,
        "exp": _in(now, tokens.TICKET_SECONDS),
    }
    return tokens.sign(keys.purpose("ticket"), told)


def ticket_holder(keys: Keys, value: str, *, now: datetime) -> tuple[Party, str]:
    """Who the ticket was given to, and its nonce to be used up. Raises VisitNotKnown."""
    told = tokens.read(keys.purpose("ticket"), value, now=now, seconds_max=tokens.TICKET_SECONDS)
    customer_id = CustomerId(UUID(told["c"])) if told["c"] else None
    party = Party(told["p"], told["s"], told["n"], customer_id, spoken(told["l"]))
    return party, str(told["t"])


def file_url(keys: Keys, interaction_id: InteractionId, file_id: FileId, *, now: datetime) -> str:
    """Where a file of a conversation is fetched for a day; the address names one file and serves nothing else."""
    told = {"f": str(file_id), "i": str(interaction_id), "exp": _in(now, tokens.FILE_SECONDS)}
    return f"/chat/files/{file_id}?k={tokens.sign(keys.purpose('file'), told)}"


def file_of(keys: Keys, key: str, file_id: UUID, *, now: datetime) -> InteractionId:
    """The conversation whose file this address opens. Raises VisitNotKnown."""
    told = tokens.read(keys.purpose("file"), key, now=now)
    if told.get("f") != str(file_id):
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


def _in(now: datetime, seconds: int) -> int:
    return int(now.timestamp()) + seconds
