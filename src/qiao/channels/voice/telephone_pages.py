"""An agent's SIP telephone on the desk: set up by him or by who leads him, its secret shown once; where he is rung."""

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from qiao import staff
from qiao.channels.voice import telephones
from qiao.channels.voice.endpoints import TelephoneAway
from qiao.channels.voice.telephones import Place
from qiao.kernel.ids import AgentId
from qiao.kernel.refused import InputNotUnderstood, NotFound
from qiao.platform.database import Transaction
from qiao.platform.policy import Access, Actor
from qiao.platform.web import house_of, page, require_actor, see_other
from qiao.staff import Agent

AnyRequest = Request[Any, Any, Any]
RIGHT: Final = "voice.telephones"
TAKES: Final = {"access": Access(audience="staff", right="contacts.take")}
SETS: Final = {"access": Access(audience="staff", right=RIGHT)}


@get("/desk/telephone", opt=TAKES, include_in_schema=False)
async def mine(request: AnyRequest) -> Response[str]:
    """One's own."""
    async with house_of(request).database.transaction() as tx:
        me = await staff.agent(tx, AgentId(require_actor(request).id))
    return await _shown(request, me, "/desk/telephone")


@post("/desk/telephone/{verb:str}", opt=TAKES, include_in_schema=False, status_code=200)
async def change_mine(request: AnyRequest, verb: FromPath[str]) -> Response[Any]:
    """Set one's own up, renew its secret, or remove it. Raises NotFound, TelephoneThere, NoTelephone."""
    async with house_of(request).database.transaction() as tx:
        me = await staff.agent(tx, AgentId(require_actor(request).id))
        secret = await _change(request, tx, me, verb)
    return await _changed(request, me, secret, "/desk/telephone")


@get("/desk/team/agents/{agent_id:uuid}/telephone", opt=SETS, include_in_schema=False)
async def of_agent(request: AnyRequest, agent_id: FromPath[UUID]) -> Response[str]:
    """That of somebody of one's units. Raises NotFound."""
    async with house_of(request).database.transaction() as tx:
        person = await _person(tx, require_actor(request), agent_id)
    return await _shown(request, person, _address(person))


@post("/desk/team/agents/{agent_id:uuid}/telephone/{verb:str}", opt=SETS, include_in_schema=False, status_code=200)
async def change_of_agent(request: AnyRequest, agent_id: FromPath[UUID], verb: FromPath[str]) -> Response[Any]:
    """The same for somebody of one's units. Raises NotFound, TelephoneThere, NoTelephone."""
    async with house_of(request).database.transaction() as tx:
        person = await _person(tx, require_actor(request), agent_id)
        secret = await _change(request, tx, person, verb)
    return await _changed(request, person, secret, _address(person))


async def _person(tx: Transaction, actor: Actor, agent_id: UUID) -> Agent:
    """Who takes contacts, in the actor's organisation unit or one below it."""
    person = await staff.agent(tx, AgentId(agent_id))
    me = await staff.agent(tx, AgentId(actor.id))
    if person.unit_id not in await staff.units_under(tx, me.unit_id) or "contacts.take" not in person.rights:
        raise NotFound
    return person


def _address(person: Agent) -> str:
    return f"/desk/team/agents/{person.id}/telephone"


async def _change(request: AnyRequest, tx: Transaction, person: Agent, verb: str) -> str:
    """The new secret; "" where there is none."""
    by = require_actor(request).reference
    _, secret = await telephones.change(tx, house_of(request), person=person, verb=verb, by=by)
    return secret


async def _changed(request: AnyRequest, person: Agent, secret: str, address: str) -> Response[Any]:
    told = await telephones.told_to_asterisk(house_of(request))
    if not secret:
        return see_other(address)
    return await _shown(request, person, address, secret=secret, away=not told)


async def _shown(
    request: AnyRequest, person: Agent, address: str, *, secret: str = "", away: bool = False
) -> Response[str]:
    house = house_of(request)
    async with house.database.transaction() as tx:
        telephone = await telephones.of(tx, person.id)
    voice = house.settings.voice
    stands: bool | None = None
    if telephone is not None and not secret:
        try:
            stands = await telephones.signed_on(house.settings, telephone.login)
        except TelephoneAway:
            away = True
    told = page(
        request,
        "voice/telephone.html",
        person=person,
        own=person.id == require_actor(request).id,
        telephone=telephone,
        address=address,
        server=telephones.server_address(voice, request.url.hostname or ""),
        this_machine=telephones.only_here(voice),
        secret=secret,
        away=away,
        stands=stands,
    )
    told.headers["Cache-Control"] = "no-store"
    return told


@get("/desk/phone/place", opt=TAKES, include_in_schema=False)
async def place(request: AnyRequest) -> Response[str]:
    """Where he is rung, as a part of the strip."""
    return await _place(request)


async def _place(request: AnyRequest) -> Response[str]:
    async with house_of(request).database.transaction() as tx:
        telephone = await telephones.of(tx, AgentId(require_actor(request).id))
    return page(request, "voice/phone_place.html", telephone=telephone)


@post("/desk/phone/place", opt=TAKES, include_in_schema=False, status_code=200)
async def choose(request: AnyRequest) -> Response[Any]:
    """Be rung in the browser, or at the telephone. Raises NoTelephone, TelephoneSilent, TelephoneAway, OnTheLine."""
    told = (await request.form()).get("place")
    places: dict[Any, Place] = {"browser": "browser", "telephone": "telephone"}
    if told not in places:
        raise InputNotUnderstood
    await telephones.choose_place(house_of(request), AgentId(require_actor(request).id), places[told])
    if not request.headers.get("hx-request"):
        return see_other("/desk")
    return await _place(request)


ROUTES: Final = (mine, change_mine, of_agent, change_of_agent, place, choose)
