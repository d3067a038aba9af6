"""Suggestions beside a conversation: what may help with the customer's last words, and a machine's draft if asked for.

They are fetched anew when he says something new, and never do anything: one click or key puts an article's words into
the editor, or opens a service's form, and the agent goes on from there.
"""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from qiao import assist, catalogue, selfservice
from qiao.assist import Assistant, AssistantAway, AssistantOff, Suggested, Suggestion
from qiao.desk.access import TO_ACT, TO_LOOK, ContactAccess, contact_for, did, viewed
from qiao.desk.contact_gone import left_hands
from qiao.desk.contact_service import orderable
from qiao.desk.forms import AnyRequest
from qiao.desk.typed import sentence
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.policy import Access, Level
from qiao.platform.web import house_of, language_of, page

LOOKS: Final = {"access": Access(audience="staff", bases=TO_LOOK)}
ACTS: Final = {"access": Access(audience="staff", right="contacts.take", bases=TO_ACT)}
KINDS: Final = {"article": N_("Article"), "service": N_("Service"), "flow": N_("Guided dialogue")}
SIGNS: Final = {"article": "book", "service": "gear", "flow": "chat"}
GLANCE: Final = frozenset({"balance", "plan", "bill", "bills", "services_list", "usage", "plans_offered"})
"""What the account's part of the panel shows by itself."""


@dataclass(frozen=True, slots=True)
class Card:
    """One suggestion as it is shown: `inserts` are words for the editor, `opens` is a form's address, `runs` a flow."""

    suggestion: Suggestion
    title: str
    inserts: str = ""
    reads: str = ""
    opens: str = ""
    runs: str = ""
    waits_for_proof: bool = False


@get(
    "/desk/contacts/{interaction_id:uuid}/suggestions",
    opt=LOOKS,
    include_in_schema=False,
    exception_handlers={NotFound: left_hands},
)
async def show(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[Any]:
    """What may help now; nothing (204) while the customer has said nothing after `?after=<number>`."""
    house = house_of(request)
    async with house.database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id)
        words = await assist.last_words(tx, access.interaction.id)
        seq = words[-1].seq if words else 0
        state = _state(seq, access)
        if request.query_params.get("after", "") == state:
            return Response(None, status_code=204)
        found = await _suggested(tx, house, access)
        await viewed(tx, access, "view.contact")
    return _page(request, access, found)


@post("/desk/contacts/{interaction_id:uuid}/advice", opt=ACTS, include_in_schema=False, status_code=200)
async def advice(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """Ask the assistant to put them in order and to draft an answer; on record before the customer's words leave."""
    house = house_of(request)
    async with house.database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
        assistant = assistant_of(house)
        if assistant is None:
            raise AssistantOff
        found = await _suggested(tx, house, access)
        leaves = [assist.struck_out(text) for text in found.said]
        told = {"assistant": assistant.name, "messages": len(leaves), "characters": sum(map(len, leaves))}
        await did(tx, access, "export.to_assistant", details=told)
    if not leaves:
        return _page(request, access, found)
    try:
        given = await assistant.advise(leaves, assist.as_sources(found), access.interaction.language)
    except AssistantAway as away:
        return _page(request, access, found, away=sentence(request, away))
    ordered = Suggested(assist.reordered(found.items, given), found.articles, found.said, found.seq)
    return _page(request, access, ordered, draft=given.draft, machine=assistant.name, asked=True)


def assistant_of(house: House) -> Assistant | None:
    """The one the operator allowed, if any."""
    found = house.ports.get(Assistant)
    return found if isinstance(found, Assistant) else None


async def _suggested(tx: Transaction, house: House, access: ContactAccess) -> Suggested:
    words = await assist.last_words(tx, access.interaction.id)
    return await assist.suggest(tx, assist.shelf_of(house), words=words, rights=access.actor.rights)


def _state(seq: int, access: ContactAccess) -> str:
    """What the suggestions depend on: the customer's last words, what he proved, and whether it still goes on."""
    return f"{seq}-{int(access.level)}-{int(access.interaction.ended_at is None)}"


def _page(request: AnyRequest, access: ContactAccess, found: Suggested, **more: Any) -> Response[str]:
    return page(
        request,
        "desk/contact_suggestions.html",
        access=access,
        state=_state(found.seq, access),
        cards=[_card(one, found, access, language_of(request)) for one in found.items],
        machine_allowed=assistant_of(house_of(request)) is not None,
        kinds=KINDS,
        signs=SIGNS,
        **{"draft": "", "machine": "", "away": "", "asked": False, **more},
    )


def _card(one: Suggestion, found: Suggested, access: ContactAccess, language: str) -> Card:
    """An article for customers can be said to him as it stands; one for staff alone is only read."""
    base = f"/desk/contacts/{access.interaction.id}"
    if one.kind == "article":
        article = found.articles[one.ref]
        if article.audience == "customer":
            return Card(one, article.title, inserts=article.body.strip(), reads=f"/desk/knowledge/{article.id}")
        return Card(one, article.title, reads=f"/desk/knowledge/{article.id}")
    if one.kind == "flow":
        return Card(one, selfservice.built_in()[one.ref].names.say(language), runs=one.ref)
    service = catalogue.service(one.ref)
    title = service.names.get(language) or service.names["en"]
    if access.level < max(service.level, Level.ONE_FACTOR):
        return Card(one, title, waits_for_proof=True)
    glance = service.kind == "look" and one.ref in GLANCE
    if not glance and not orderable(service):
        return Card(one, title)
    return Card(one, title, opens=f"{base}/account" if glance else f"{base}/service?{urlencode({'code': one.ref})}")


ROUTES: Final = (show, advice)
