"""A flow that the agent runs with his customer: what to say, what he may hear, and what came of each step.

Services are asked and ordered through the catalogue in the agent's name, on the contact's basis and level. A code or a
password is asked of the customer in his own channel; nothing here ever takes one. Whoever cannot or will not go on
leaves at any step; what was tried stays, for the case and for whoever takes over.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from qiao import cases, interactions, selfservice
from qiao.desk import contact_view
from qiao.desk.access import TO_ACT, ContactAccess, contact_for, did, viewed
from qiao.desk.contact_panel import linked_cases, number_of, open_matters
from qiao.desk.forms import AnyRequest, told
from qiao.kernel.ids import InteractionId
from qiao.kernel.languages import nearest
from qiao.kernel.refused import NotFound
from qiao.platform.database import Transaction
from qiao.platform.policy import Access, Level
from qiao.platform.web import house_of, language_of, page
from qiao.selfservice import ByAgent, Output, Running

RUNS: Final = {"access": Access(audience="staff", right="contacts.take", bases=TO_ACT)}
CHANNEL: Final = "desk"
FIRST_WORDS: Final = 20
WORD_MAX: Final = 500
LEAVES: Final = "quit"
"""The engine's word for whoever does not go on."""
TRIED_MAX: Final = 300


@get("/desk/contacts/{interaction_id:uuid}/flow", opt=RUNS, include_in_schema=False)
async def show(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """Where the flow stands; else the flows to choose from, those first that fit what was said."""
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
        running = await _open(tx, access)
        outputs = await selfservice.asked_now(tx, running) if running is not None else ()
        await viewed(tx, access, "view.contact")
    return await _page(request, access, running, outputs)


@post("/desk/contacts/{interaction_id:uuid}/flow", opt=RUNS, include_in_schema=False, status_code=200)
async def go_on(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """Begin one, answer for the customer, look whether he has proved himself, or leave. A form of an earlier step shows
    where it stands and changes nothing."""
    form, house = await told(request), house_of(request)
    act, word = form.text("act"), form.text("word").strip()[:WORD_MAX]
    async with house.database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
        running = await _open(tx, access)
        if act == "begin" and running is None:
            running = await _begin(tx, access, form.text("flow"))
            await did(tx, access, "do.begin_flow", details={"flow": running.flow})
        elif running is None:
            raise NotFound
        outputs = await selfservice.asked_now(tx, running)
    if act != "begin" and form.text("mark") != mark_of(running):
        return await _page(request, access, running, outputs)
    said: selfservice.Input = selfservice.Told(word)
    if act == "begin":
        said = selfservice.Begin()
    elif act == "look":
        said = selfservice.Learned({})
    elif act == "leave":
        said = selfservice.Told(LEAVES)
    elif not word or running.session.waits == "secret":
        return await _page(request, access, running, outputs)
    key = f"{act}:{form.text('mark')}"
    by = ByAgent(access.actor, access.basis)
    moved = await selfservice.advance(house, session_id=running.id, told=said, key=key, by=by)
    if moved.running.over:
        async with house.database.transaction() as tx:
            await _into_case(tx, access, moved.running)
    return await _page(request, access, moved.running, moved.outputs)


async def _open(tx: Transaction, access: ContactAccess) -> Running | None:
    return await selfservice.open_session(tx, channel=CHANNEL, subject=_subject(access.interaction.id))


def _subject(interaction_id: InteractionId) -> str:
    return f"desk:{interaction_id}"


async def _begin(tx: Transaction, access: ContactAccess, code: str) -> Running:
    """Raises NotFound for a flow that is not there."""
    contact = access.interaction
    service = contact.service_id
    if access.customer_id is not None and access.level >= Level.ONE_FACTOR:
        customer = await contact_view.customer_of(tx, access)
        service = await number_of(tx, access, customer) if customer is not None else service
    return await selfservice.begin_flow(
        tx,
        code=code,
        channel=CHANNEL,
        subject=_subject(contact.id),
        facts={"language": contact.language, "segment": contact.segment, "level": int(access.level)},
        customer_id=access.customer_id,
        service=service,
        interaction_id=contact.id,
        unit_id=contact.unit_id,
        entry_point=contact.entry_point,
    )


def mark_of(running: Running) -> str:
    """Which step of which session a form was made for."""
    session = running.session
    return f"{running.id}:{session.number}:{len(session.tried)}:{len(session.path)}:{session.tries}:{session.waits}"


async def _page(
    request: AnyRequest, access: ContactAccess, running: Running | None, outputs: Sequence[Output]
) -> Response[str]:
    language = nearest(language_of(request))
    async with house_of(request).database.transaction() as tx:
        offered = await _offered(tx, access, language) if running is None else ((), ())
        tried = await selfservice.tried_in(tx, running, language) if running is not None else []
    names = selfservice.flow_names()
    return page(
        request,
        "desk/contact_flow.html",
        access=access,
        running=running,
        name=names[running.flow][language] if running is not None and running.flow in names else "",
        script=selfservice.as_script(outputs, running.session.language) if running is not None else None,
        mark=mark_of(running) if running is not None else "",
        tried=tried,
        fits=offered[0],
        others=offered[1],
    )


async def _offered(
    tx: Transaction, access: ContactAccess, language: str
) -> tuple[Sequence[tuple[str, str]], Sequence[tuple[str, str]]]:
    """Flows by code and name: those that fit the customer's first words, and all."""
    said = await interactions.messages_after(tx, access.interaction.id, 0, limit=FIRST_WORDS)
    words = [one.text for one in said if one.author_kind == "customer" and one.text]
    meant = next((found for found in map(selfservice.meant, words) if found), ())
    fits = [(one.flow, one.name(language)) for one in meant]
    names = selfservice.flow_names()
    known = await selfservice.known_flows(tx)
    own = [code for code in known if code in names and code != selfservice.ANSWER]
    others = sorted(((code, names[code][language]) for code in own), key=lambda one: one[1])
    return fits, others


async def _into_case(tx: Transaction, access: ContactAccess, running: Running) -> None:
    """What was tried belongs to the matter this contact is about, so that nobody tries it again."""
    if "cases.write" not in access.actor.rights:
        return
    matters = await open_matters(tx, access)
    linked = await linked_cases(tx, access, matters)
    here = [one.case.id for one in matters if one.case.id in linked]
    if len(here) != 1:
        return
    for line in await selfservice.tried_in(tx, running, nearest(access.actor.language)):
        await cases.add_tried(
            tx,
            case_id=here[0],
            step=line.what[:TRIED_MAX],
            outcome=line.answer[:TRIED_MAX],
            by=access.actor.reference,
            interaction_id=access.interaction.id,
        )


ROUTES: Final = (show, go_on)
