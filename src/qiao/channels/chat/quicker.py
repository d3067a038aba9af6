"""The quicker way in a chat: what can be done now, offered beside waiting for a person.

Assist decides whether there is one and counts who took it; the chat says it, keeps it open for one answer, and begins
it when that answer takes it. Only the assistant offers it: where no flow answers, no machine could do it.
"""

import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select, update

from qiao import assist, catalogue, interactions, selfservice
from qiao.assist import Way
from qiao.channels.chat.model import Told
from qiao.channels.chat.store import parties
from qiao.channels.chat.texts import say as text_of
from qiao.interactions import Interaction
from qiao.kernel.ids import InteractionId
from qiao.kernel.languages import nearest
from qiao.platform.database import Transaction
from qiao.selfservice import Option, Running

SEAT: Final = "chat"
TAKES: Final = "1"
LOOKED_BACK: Final = 50


async def offer(tx: Transaction, contact: Interaction, running: Running, text: str) -> str:
    """What is said of a quicker way to whoever asks for a person in these words, and says why; "" where none is
    offered.

    Only who is known is offered one. Nobody is who calls for help, in these words or before them in this conversation.
    """
    if contact.customer_id is None or contact.service_id is None:
        return ""
    if not selfservice.asks_for_person(text) or not await selfservice.fetches_person(tx, running, text):
        return ""
    before = await interactions.messages_before(tx, contact.id, limit=LOOKED_BACK)
    if any(selfservice.calls_for_help(one.text) for one in before if one.author_kind == "customer"):
        return ""
    way = await assist.offer_way(tx, contact=contact, words=text, chose_person=True, seat=SEAT)
    if way is None:
        return ""
    await _keep(tx, contact.id, {"kind": way.kind, "code": way.code})
    return text_of(contact.language, Told("quicker", {"service": _name(way, contact.language)}))


async def open_way(tx: Transaction, interaction_id: InteractionId) -> Way | None:
    """What was offered in the last answer of this conversation."""
    mine = parties.c.interaction_id == interaction_id
    kept = await tx.scalar(select(parties.c.offered).where(mine, parties.c.offered.is_not(None)).limit(1))
    return Way(kept["kind"], kept["code"]) if kept else None


def replies(way: Way, language: str) -> tuple[Option, ...]:
    """What can be tapped: the way, and a person."""
    return Option(TAKES, _name(way, language)), Option("0", selfservice.person_word(language))


async def settle(tx: Transaction, contact: Interaction, text: str, reply: str) -> Way | None:
    """Whatever he answers ends the offer; the way, if he takes it by a tap, its number, its name or a yes."""
    way = await open_way(tx, contact.id)
    if way is None:
        return None
    await _keep(tx, contact.id, None)
    named = _plain(text) == _plain(_name(way, contact.language))
    if reply != TAKES and not named and not selfservice.says_yes(text):
        return None
    return await assist.take_way(tx, contact.id)


def flow_of(way: Way) -> str:
    """The flow in which it is had."""
    return way.code if way.kind == "flow" else selfservice.flow_of_service(way.code)


async def _keep(tx: Transaction, interaction_id: InteractionId, offered: Mapping[str, Any] | None) -> None:
    await tx.execute(update(parties).where(parties.c.interaction_id == interaction_id).values(offered=offered))


def _name(way: Way, language: str) -> str:
    if way.kind == "flow":
        return selfservice.flow_names()[way.code][nearest(language)]
    return catalogue.service(way.code).names[nearest(language)]


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text[:200]).casefold().split())
