"""The agent's telephone on the desk: the strip that stands through a whole shift, and what may be done in a call."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from qiao import customers, interactions, routing, staff
from qiao.channels.voice import emergency_again, ending, recordings, talking, talks, telephones
from qiao.channels.voice.endpoints import have_telephone
from qiao.channels.voice.model_talk import Leg, Talk
from qiao.channels.voice.store_talk import ongoing_of
from qiao.interactions import Interaction
from qiao.kernel.ids import AgentId, CustomerId, InteractionId
from qiao.kernel.refused import InputNotUnderstood
from qiao.platform.database import Transaction
from qiao.platform.policy import Access, Actor, Level
from qiao.platform.web import house_of, page, require_actor, see_other
from qiao.staff import Agent

AnyRequest = Request[Any, Any, Any]
TAKES: Final = {"access": Access(audience="staff", right="contacts.take")}
AGAIN: Final = "again"
LEADS: Final = {"access": Access(audience="staff", right=talks.LEADS)}


@dataclass(frozen=True, slots=True)
class Shown:
    """A call in the strip: no more of the customer than an offer shows until he has proved who he is."""

    contact: Interaction
    name: str
    talk: Talk
    leg: Leg
    people: dict[AgentId, Agent]
    recording: str
    may_notice: bool = False
    may_end: bool = False
    ends_at: datetime | None = None
    """Until then the caller has time after the notice; None: no longer."""

    def called(self, role: Any) -> str:
        """The colleague who has this part now."""
        leg = self.talk.live(role)
        found = self.people.get(AgentId(leg.agent_id)) if leg is not None else None
        return found.name if found is not None else ""


@get("/desk/phone", opt=TAKES, include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """The whole strip."""
    return page(request, "voice/phone.html", **await _calls(request))


@get("/desk/phone/calls", opt=TAKES, include_in_schema=False)
async def calls(request: AnyRequest) -> Response[str]:
    """What goes on, alone."""
    return page(request, "voice/phone_calls.html", **await _calls(request))


async def _calls(request: AnyRequest) -> dict[str, Any]:
    actor, house = require_actor(request), house_of(request)
    async with house.database.transaction() as tx:
        shown = []
        for one, leg in await ongoing_of(tx, _id(actor)):
            notice, end = await ending.may(tx, one, house.settings.region)
            found = await _shown(tx, one.interaction_id, one.talk, leg)
            ends_at = await _ends_at(tx, one.talk) if end else None
            shown.append(replace(found, may_notice=notice, may_end=end, ends_at=ends_at))
        led = []
        if talks.LEADS in actor.rights:
            led = [await _shown(tx, one.interaction_id, one.talk, agent) for one, agent in await _led(tx, actor)]
        stands = await routing.presence_of(tx, _id(actor))
        telephone = await telephones.of(tx, _id(actor))
        again = await emergency_again.may_call_again(tx, _id(actor))
    voice = house.settings.voice
    return {
        "shown": shown,
        "led": led,
        "again": again,
        "end_reasons": interactions.END_REASONS,
        "told": voice.agents_are_told,
        "pause": stands.reason == talking.PAUSE and not shown,
        "counsellor": voice.counsellor,
        "lacks": recordings.LACKS,
        "telephone": telephone,
    }


async def _ends_at(tx: Transaction, talk: Talk) -> datetime | None:
    assert talk.noticed_at is not None
    at = talk.noticed_at + timedelta(seconds=(await ending.rule_of(tx)).seconds)
    return at if at > tx.now else None


async def _led(tx: Transaction, actor: Actor) -> list[tuple[Any, Leg]]:
    return [(one, agent) for one, agent in await talking.led_calls(tx, actor) if agent.agent_id != actor.id]


def _id(actor: Actor) -> AgentId:
    return AgentId(actor.id)


async def _shown(tx: Transaction, interaction_id: InteractionId, talk: Talk, leg: Leg) -> Shown:
    contact = await interactions.interaction(tx, interaction_id)
    people = await staff.agents_by_ids(tx, [AgentId(one.agent_id) for one in talk.legs])
    recording = await recordings.stands(tx, contact.id)
    return Shown(contact, await _called(tx, contact), talk, leg, people, recording)


async def _called(tx: Transaction, contact: Interaction) -> str:
    known = None
    if contact.customer_id is not None and contact.claimed_customer_id is None:
        known = (await customers.customers_by_ids(tx, [CustomerId(contact.customer_id)])).get(contact.customer_id)
    if known is None:
        return contact.party
    return known.name if contact.level >= Level.ONE_FACTOR else known.masked_name


@post("/desk/phone/credential", opt=TAKES, include_in_schema=False, status_code=200)
async def credential(request: AnyRequest) -> Response[dict[str, object]]:
    """What this browser signs on with, new each time; an older one holds no more. Raises TelephoneAway."""
    told = await have_telephone(house_of(request).settings, _id(require_actor(request)))
    return Response(
        {"user": told.user, "domain": told.domain, "realm": told.realm, "ha1": told.ha1, "seconds": told.seconds}
    )


@get("/desk/phone/{interaction_id:uuid}/colleagues", opt=TAKES, include_in_schema=False)
async def colleagues(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """Whom he could ask now. Raises NotFound for a call that is not his."""
    actor = require_actor(request)
    async with house_of(request).database.transaction() as tx:
        await talks.mine(tx, actor, InteractionId(interaction_id))
        found = await talking.colleagues(tx, actor)
    return page(request, "voice/phone_colleagues.html", colleagues=found, interaction_id=interaction_id)


@post("/desk/phone/{interaction_id:uuid}/{verb:str}", opt=TAKES, include_in_schema=False, status_code=200)
async def act(request: AnyRequest, interaction_id: FromPath[UUID], verb: FromPath[str]) -> Response[Any]:
    """Do it in his own call; the answer is the strip as it is then."""
    form = await request.form() if verb == "consult" else {}
    told = form.get("agent_id")
    try:
        colleague = AgentId(UUID(str(told))) if told else None
    except ValueError:
        raise InputNotUnderstood from None
    actor = require_actor(request)
    async with house_of(request).database.transaction() as tx:
        if verb == AGAIN:
            await emergency_again.at_a_key(tx, actor=actor, interaction_id=InteractionId(interaction_id))
        else:
            await talking.act(
                tx,
                actor=actor,
                interaction_id=InteractionId(interaction_id),
                verb=verb,
                region=house_of(request).settings.region,
                colleague=colleague,
            )
    return await _after(request)


@post("/desk/phone/{interaction_id:uuid}/lead/{verb:str}", opt=LEADS, include_in_schema=False, status_code=200)
async def lead(request: AnyRequest, interaction_id: FromPath[UUID], verb: FromPath[str]) -> Response[Any]:
    """Be in a call of one's team, in one way or another."""
    async with house_of(request).database.transaction() as tx:
        await talking.lead(tx, actor=require_actor(request), interaction_id=InteractionId(interaction_id), verb=verb)
    return await _after(request)


async def _after(request: AnyRequest) -> Response[Any]:
    if not request.headers.get("hx-request"):
        return see_other("/desk")
    return page(request, "voice/phone_calls.html", **await _calls(request))


ROUTES: Final = (show, calls, credential, colleagues, act, lead)
