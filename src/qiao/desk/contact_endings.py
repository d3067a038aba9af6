"""How a contact leaves an agent: handed on, ended, written up."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from qiao import interactions, routing, staff
from qiao.desk.access import TO_ACT, ContactAccess, contact_for, did, standing_of
from qiao.desk.case_call import call_choices, promise_in_contact, zone_of_contact
from qiao.desk.forms import AnyRequest, told
from qiao.desk.notes import note_hand_over
from qiao.desk.typed import Typed, say
from qiao.interactions import DISPOSITIONS
from qiao.kernel.ids import AgentId, DeskId
from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood
from qiao.platform.database import Transaction
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, redirect

ACTS: Final = {"access": Access(audience="staff", right="contacts.take", bases=TO_ACT)}
TRANSFERS: Final = {"access": Access(audience="staff", right="contacts.transfer", bases=TO_ACT)}
CHOOSE: Final = N_("Choose one of the list.")


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody a contact may be handed to, and whether he could take it now."""

    agent: staff.Agent
    state: str
    status: str


@get("/desk/contacts/{interaction_id:uuid}/transfer", opt=TRANSFERS, include_in_schema=False)
async def ask_transfer(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """To which desk, or to whom?"""
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
        context = await _places(request, tx, access)
    return page(request, "desk/contact_transfer.html", access=access, **context)


async def _places(request: AnyRequest, tx: Transaction, access: ContactAccess) -> dict[str, Any]:
    standing = await standing_of(request, tx)
    desks = [desk for desk in await routing.desks(tx) if standing.sees(desk.unit_id)]
    rows = [row for row in await routing.agents_overview(tx, standing.units) if row.agent_id != access.actor.id]
    agents = await staff.agents_by_ids(tx, [row.agent_id for row in rows])
    colleagues = [
        Colleague(agents[row.agent_id], row.state, row.status)
        for row in rows
        if row.agent_id in agents and row.state != "offline"
    ]
    colleagues.sort(key=lambda one: (one.status != "ready", one.state != "idle", one.agent.name))
    return {"desks": desks, "colleagues": colleagues, "wrong": {}}


@post("/desk/contacts/{interaction_id:uuid}/transfer", opt=TRANSFERS, include_in_schema=False, status_code=200)
async def transfer(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[Any]:
    """Hand the conversation on, with a word for whoever takes it; it keeps its place in time."""
    form = await told(request)
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
        places = await _places(request, tx, access)
        desk = next((desk for desk in places["desks"] if desk.id == form.id("desk_id")), None)
        to_agent = form.id("agent_id")
        if desk is None:
            raise InputNotUnderstood({"desk_id": CHOOSE})
        if form.text("agent_id") and to_agent not in {one.agent.id for one in places["colleagues"]}:
            raise InputNotUnderstood({"agent_id": CHOOSE})
        await note_hand_over(tx, access, desk=desk.name(language_of(request)), words=form.text("text"))
        await routing.transfer_contact(
            tx,
            interaction_id=access.interaction.id,
            agent_id=AgentId(access.actor.id),
            desk_id=DeskId(desk.id),
            to_agent=AgentId(to_agent) if to_agent else None,
        )
        await did(tx, access, "do.transfer", subject=f"desk:{desk.id}")
        onward = await next_path(tx, access)
    return redirect(request, onward)


@post("/desk/contacts/{interaction_id:uuid}/end", opt=ACTS, include_in_schema=False, status_code=200)
async def end(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[Any]:
    """End the conversation; it stays with the agent until he has written it up."""
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
        await interactions.end_interaction(tx, interaction_id=access.interaction.id, reason="agent_ended")
        await routing.release_contact(tx, interaction_id=access.interaction.id, agent_id=AgentId(access.actor.id))
        await did(tx, access, "do.end_contact")
    return redirect(request, f"/desk/contacts/{interaction_id}")


@get("/desk/contacts/{interaction_id:uuid}/wrap-up", opt=ACTS, include_in_schema=False)
async def ask_wrap_up(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """How did it come out?"""
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
        zone = await zone_of_contact(tx, access)
    choices = call_choices(partial(say, request))
    choices["suggested"] = "no_answer" if access.interaction.end_reason in interactions.NOT_REACHED else ""
    return page(request, "desk/contact_wrap_up.html", access=access, dispositions=DISPOSITIONS, zone=zone, **choices)


@post("/desk/contacts/{interaction_id:uuid}/wrap-up", opt=ACTS, include_in_schema=False, status_code=200)
async def wrap_up(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[Any]:
    """Write it down and be free for the next; a conversation that still runs ends by it."""
    form = await told(request)
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
        agent_id = AgentId(access.actor.id)
        if form.text("from_at").strip():
            await promise_in_contact(tx, access, Typed(form.fields))
        await interactions.wrap_up(
            tx,
            interaction_id=access.interaction.id,
            agent_id=agent_id,
            disposition=form.text("disposition"),
            note=form.text("note"),
            topic=form.text("topic"),
        )
        await routing.finish_wrap_up(tx, interaction_id=access.interaction.id, agent_id=agent_id)
        await did(tx, access, "do.wrap_up")
        onward = await next_path(tx, access)
    return redirect(request, onward)


async def next_path(tx: Transaction, access: ContactAccess) -> str:
    """Where the agent goes from here: his next conversation, else his work."""
    mine = await interactions.open_interactions(tx, AgentId(access.actor.id))
    other = next((contact for contact in mine if contact.id != access.interaction.id), None)
    return f"/desk/contacts/{other.id}" if other is not None else "/desk"


ROUTES: Final = (ask_transfer, transfer, end, ask_wrap_up, wrap_up)
