"""Any published flow as pages: one form for each step, a way back and a person at every one; no script is needed."""

from functools import partial
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from qiao import customers, interactions, selfservice
from qiao.kernel.ids import CustomerId
from qiao.kernel.languages import nearest
from qiao.kernel.refused import InputNotUnderstood, NotFound
from qiao.platform.database import Transaction, one_at_a_time
from qiao.platform.policy import Access, Actor
from qiao.platform.web import house_of, language_of, page, require_actor, see_other
from qiao.portal.account import service_of
from qiao.portal.listeners import CHANNEL
from qiao.portal.preferring import LARGE
from qiao.portal.shelf import NOT_BEGUN_BY_HIMSELF, flow_items
from qiao.portal.signing_in import AnyRequest
from qiao.portal.steps import BACK, PERSON, isolated, mark_of, standing, summary, word_of
from qiao.selfservice import Output, Running

CUSTOMER: Final = {"access": Access(audience="customer")}
ENTRY_POINT: Final = "portal"


@get("/me/help/{flow_code:str}", opt=CUSTOMER, include_in_schema=False)
async def begin(request: AnyRequest, flow_code: FromPath[str]) -> Response[None]:
    """Go on with this flow where he was, or begin it."""
    house, actor = house_of(request), require_actor(request)
    async with house.database.transaction() as tx:
        await one_at_a_time(tx, f"portal.help:{actor.id}")
        items = {one.code: one for one in await flow_items(tx, language_of(request))}
        if flow_code not in items or flow_code in NOT_BEGUN_BY_HIMSELF:
            raise NotFound
        running = await selfservice.open_session(tx, channel=CHANNEL, subject=_subject(actor))
        if running is None or running.flow != flow_code:
            running = await _begun(tx, request, actor, flow_code, items[flow_code].name)
    if running.session.waits == "begin":
        await selfservice.advance(house, session_id=running.id, told=selfservice.Begin(), key=mark_of(running.session))
    return see_other(f"/me/help/{flow_code}/{running.id}")


def _subject(actor: Actor) -> str:
    return f"customer:{actor.id}@{actor.service}"


async def _begun(tx: Transaction, request: AnyRequest, actor: Actor, code: str, name: str) -> Running:
    """A run in a contact of its own, in which stands what he proved to sign in; what the flow asks for rises on it."""
    person = await customers.customer(tx, CustomerId(actor.id))
    language, service = nearest(language_of(request)), service_of(actor)
    contact = await interactions.start_interaction(
        tx,
        channel=CHANNEL,
        language=language,
        unit_id=person.unit_id,
        customer_id=person.id,
        service_id=service,
        segment=person.segment,
        entry_point=ENTRY_POINT,
        topic=name,
    )
    proof = {"level": actor.level, "method": "one_time_code", "customer_id": person.id}
    await interactions.prove_level(tx, interaction_id=contact.id, **proof)  # type: ignore[arg-type]
    large = request.cookies.get(LARGE) == "1" or person.elderly_mode
    facts = {"language": language, "segment": person.segment, "level": int(actor.level)}
    return await selfservice.begin_flow(
        tx,
        code=code,
        channel=CHANNEL,
        subject=_subject(actor),
        facts={**facts, "age_band": "elderly"} if large else facts,
        customer_id=person.id,
        service=service,
        interaction_id=contact.id,
        unit_id=person.unit_id,
        entry_point=ENTRY_POINT,
    )


@get("/me/help/{flow_code:str}/{session_id:uuid}", opt=CUSTOMER, include_in_schema=False)
async def show(request: AnyRequest, flow_code: FromPath[str], session_id: FromPath[UUID]) -> Response[Any]:
    """Where he is: what was said last, and what is asked now. Somebody else's does not exist."""
    house = house_of(request)
    running = await _his(request, flow_code, session_id)
    language = nearest(language_of(request))
    outputs: tuple[Output, ...] = running.heard.outputs if running.heard else ()
    if not running.over and running.session.language != language:
        learned = selfservice.Learned({"language": language})
        anew = f"{language}:{mark_of(running.session)}"
        await selfservice.advance(house, session_id=session_id, told=learned, key=anew)
        outputs = ()
    if not outputs or running.session.waits == "answer":
        moved = await selfservice.advance(house, session_id=session_id, told=selfservice.Begin())
        running, outputs = moved.running, moved.outputs
    elif not running.over:
        running = await _his(request, flow_code, session_id)
    return await _page(request, running, outputs)


async def _his(request: AnyRequest, code: str, session_id: UUID) -> Running:
    actor = require_actor(request)
    async with house_of(request).database.transaction() as tx:
        running = await selfservice.session_running(tx, session_id)
    if (running.channel, running.subject, running.flow) != (CHANNEL, _subject(actor), code):
        raise NotFound
    return running


async def _page(request: AnyRequest, running: Running, outputs: tuple[Output, ...]) -> Response[str]:
    language = running.session.language
    async with house_of(request).database.transaction() as tx:
        items = {one.code: one for one in await flow_items(tx, language)}
        tried = await selfservice.tried_in(tx, running, language)
    name = items[running.flow].name if running.flow in items else ""
    return page(
        request,
        "portal/help.html",
        isolated=partial(isolated, language=language),
        name=name,
        running=running,
        form=selfservice.as_form(outputs, language),
        stands=standing(running.session, outputs),
        spoken=language,
        mark=mark_of(running.session),
        tried=tried,
        told=summary(name, tried),
        back=BACK,
        person=PERSON,
        may_back=bool(running.session.history),
    )


@post("/me/help/{flow_code:str}/{session_id:uuid}", opt=CUSTOMER, include_in_schema=False, status_code=200)
async def answer(request: AnyRequest, flow_code: FromPath[str], session_id: FromPath[UUID]) -> Response[Any]:
    """One word of his. A form sent twice, or one of an earlier step, changes nothing: he is shown where he is."""
    running = await _his(request, flow_code, session_id)
    sent = {name: value for name, value in (await request.form()).multi_items() if isinstance(value, str)}
    word = word_of(sent)
    if "mark" not in sent:
        raise InputNotUnderstood
    if not running.over and word and sent["mark"] == mark_of(running.session):
        told = selfservice.Told(word)
        await selfservice.advance(house_of(request), session_id=session_id, told=told, key=sent["mark"])
    return see_other(f"/me/help/{flow_code}/{session_id}")


ROUTES: Final = (begin, show, answer)
