"""The team leader's view: desks as rows, agents as tiles, each as it is now; a click shows what an agent is at."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from qiao import interactions, routing, staff
from qiao.desk import contact_view
from qiao.desk.access import SUPERVISE, Standing, contact_for, standing_of, viewed
from qiao.desk.forms import AnyRequest
from qiao.interactions import Interaction, Message
from qiao.kernel.ids import AgentId, DeskId
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound
from qiao.platform.database import Transaction
from qiao.platform.policy import Access, Basis
from qiao.platform.web import house_of, language_of, page

LEADS: Final = {"access": Access(audience="staff", right=SUPERVISE)}
LOOKS_IN: Final = {
    "access": Access(audience="staff", right=SUPERVISE, bases=frozenset({Basis.SUPERVISION, Basis.LIVE_CONTACT}))
}

STATES: Final = {
    "idle": N_("ready"),
    "offered": N_("being offered a contact"),
    "busy": N_("talking"),
    "wrap_up": N_("writing up"),
    "offline": N_("signed off"),
}
REASONS: Final = {**routing.REASONS, **routing.SYSTEM_REASONS}
ORDER: Final = ("busy", "offered", "idle", "wrap_up", "not_ready", "offline")


@dataclass(frozen=True, slots=True)
class Tile:
    """An agent as the team sees him now; `shows` is his state, or not_ready when he set himself so."""

    agent: staff.Agent
    row: routing.AgentRow
    desks: tuple[str, ...]

    @property
    def shows(self) -> str:
        """What the tile is coloured and sorted by."""
        if self.row.state in ("busy", "offered", "wrap_up", "offline"):
            return self.row.state
        return "idle" if self.row.status == "ready" else "not_ready"

    @property
    def capacity(self) -> int:
        """How many contacts he can have at once on the channel where he can have most."""
        return max(self.agent.capacity.values(), default=0)


@dataclass(frozen=True, slots=True)
class LookedAt:
    """One live contact of an agent, as a supervisor sees it."""

    contact: Interaction
    who: contact_view.Who
    messages: tuple[Message, ...]
    names: dict[UUID, str]


@get("/desk/team", opt=LEADS, include_in_schema=False)
async def team(request: AnyRequest) -> Response[str]:
    """Desks and agents of the units this person sees."""
    async with house_of(request).database.transaction() as tx:
        context = await _team(request, tx)
    return page(request, "desk/team.html", **context)


@get("/desk/team/desks", opt=LEADS, include_in_schema=False)
async def desks(request: AnyRequest) -> Response[str]:
    """The rows alone."""
    async with house_of(request).database.transaction() as tx:
        context = await _team(request, tx)
    return page(request, "desk/team_desks.html", **context)


@get("/desk/team/agents", opt=LEADS, include_in_schema=False)
async def agents(request: AnyRequest) -> Response[str]:
    """The tiles alone."""
    async with house_of(request).database.transaction() as tx:
        context = await _team(request, tx)
    return page(request, "desk/team_agents.html", **context)


async def _team(request: AnyRequest, tx: Transaction) -> dict[str, Any]:
    standing = await standing_of(request, tx)
    rows = await routing.desk_overview(tx, standing.units, language=language_of(request))
    tiles = await _tiles(tx, standing, {row.desk_id: row.name for row in rows})
    return {"rows": rows, "tiles": tiles, **_labels(request)}


def _labels(request: AnyRequest) -> dict[str, Any]:
    return {
        "states": STATES,
        "reasons": REASONS,
        "channels": interactions.CHANNELS,
        "zone": house_of(request).settings.default_zone,
        "language": language_of(request),
    }


async def _tiles(tx: Transaction, standing: Standing, desk_names: dict[DeskId, str]) -> list[Tile]:
    rows = await routing.agents_overview(tx, standing.units)
    people = await staff.agents_by_ids(tx, [row.agent_id for row in rows])
    tiles = [
        Tile(
            people[row.agent_id],
            row,
            tuple(desk_names[desk] for desk in people[row.agent_id].desks if desk in desk_names),
        )
        for row in rows
        if row.agent_id in people
    ]
    return sorted(tiles, key=lambda tile: (ORDER.index(tile.shows), tile.agent.name))


@get("/desk/team/agents/{agent_id:uuid}", opt=LOOKS_IN, include_in_schema=False)
async def agent(request: AnyRequest, agent_id: FromPath[UUID]) -> Response[str]:
    """What one agent is at: his live contacts, to read only. Each contact seen is on record as supervision."""
    async with house_of(request).database.transaction() as tx:
        standing = await standing_of(request, tx)
        person = await staff.agent(tx, AgentId(agent_id))
        if not standing.sees(person.unit_id):
            raise NotFound
        seen = [await _look(request, tx, one.id) for one in await interactions.open_interactions(tx, person.id)]
        standing_now = await routing.agents_overview(tx, [person.unit_id])
        row = next((row for row in standing_now if row.agent_id == person.id), None)
        all_desks = [desk for desk in await routing.desks(tx) if standing.sees(desk.unit_id)]
    return page(
        request, "desk/team_agent.html", person=person, row=row, seen=seen, all_desks=all_desks, **_labels(request)
    )


@get("/desk/team/agents/{agent_id:uuid}/contacts/{interaction_id:uuid}", opt=LOOKS_IN, include_in_schema=False)
async def contact(request: AnyRequest, agent_id: FromPath[UUID], interaction_id: FromPath[UUID]) -> Response[str]:
    """One of these contacts alone, when something was said in it."""
    async with house_of(request).database.transaction() as tx:
        person = await staff.agent(tx, AgentId(agent_id))
        seen = await _look(request, tx, interaction_id)
    if seen.contact.agent_id != person.id:
        raise NotFound
    return page(request, "desk/team_contact.html", person=person, one=seen, **_labels(request))


async def _look(request: AnyRequest, tx: Transaction, interaction_id: UUID) -> LookedAt:
    seen = await contact_for(request, tx, interaction_id)
    await viewed(tx, seen, "view.contact", subject=f"interaction:{interaction_id}")
    messages = await interactions.messages_before(tx, seen.interaction.id, limit=50)
    customer = await contact_view.customer_of(tx, seen)
    who = contact_view.who(seen, customer)
    return LookedAt(
        seen.interaction, who, tuple(messages), await contact_view.names_of(tx, messages, customer, who.name)
    )


ROUTES: Final = (team, desks, agents, agent, contact)
