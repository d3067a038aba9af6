"""The team leader's view: desks as rows, agents as tiles, each as it is now; a click shows what an agent is at."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from qiao import interactions, routing, staff
from qiao.desk import contact_view
from qiao.desk.access import SUPERVISE, TAKE, Standing, contact_for, serves, standing_of, viewed
from qiao.desk.case_acts import CHOOSE
from qiao.desk.contact_gone import left_colleague
from qiao.desk.forms import AnyRequest
from qiao.desk.typed import Wrong, in_fields, read
from qiao.desk.work_pages import shift
from qiao.interactions import Interaction, Message
from qiao.kernel.ids import AgentId
from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood, NotFound
from qiao.platform import audit
from qiao.platform.database import Transaction
from qiao.platform.policy import Access, Basis
from qiao.platform.web import house_of, language_of, page, see_other

LEADS: Final = {"access": Access(audience="staff", right=SUPERVISE)}
STEER: Final = "team.steer"
STEERS: Final = {"access": Access(audience="staff", right=STEER)}
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
    """An agent as the team sees him now; `row` None while he is not signed on."""

    agent: staff.Agent
    row: routing.AgentRow | None
    desks: tuple[str, ...]

    @property
    def shows(self) -> str:
        """What the tile is colored and sorted by: the system's word, or not_ready when he set himself so."""
        if self.row is None:
            return "offline"
        if self.row.state == "idle":
            return "idle" if self.row.status == "ready" else "not_ready"
        return self.row.state

    @property
    def contacts_now(self) -> int:
        """How many he has in hand."""
        return self.row.contacts_now if self.row else 0

    @property
    def load(self) -> int:
        """How much of what he can have he had in the last hour, percent."""
        return round(100 * self.row.load / self.capacity) if self.row and self.capacity else 0

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
        context = await shift(request, tx) | await _team(request, tx)
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
    language = language_of(request)
    rows = await routing.desk_overview(tx, standing.units, language=language)
    people = await staff.agents_of_units(tx, standing.units)
    tiles = await _tiles(tx, standing, people, language)
    return {"rows": rows, "tiles": tiles, "everybody": len(people), **_labels(request)}


def _labels(request: AnyRequest) -> dict[str, Any]:
    return {
        "states": STATES,
        "reasons": REASONS,
        "channels": interactions.CHANNELS,
        "zone": house_of(request).settings.default_zone,
        "language": language_of(request),
    }


async def _tiles(tx: Transaction, standing: Standing, people: list[staff.Agent], language: str) -> list[Tile]:
    """Those who take contacts, or are signed on: who has most to do first, who is away last."""
    rows = {row.agent_id: row for row in await routing.agents_overview(tx, standing.units)}
    known = [desk for desk in await routing.desks(tx) if standing.sees(desk.unit_id)]
    tiles = [
        Tile(one, rows.get(one.id), tuple(desk.name(language) for desk in known if _belongs(one, desk)))
        for one in people
        if one.id in rows or TAKE in one.rights
    ]
    return sorted(tiles, key=lambda tile: (ORDER.index(tile.shows), tile.agent.name))


def _belongs(agent: staff.Agent, desk: routing.Desk) -> bool:
    """Whether he works at this desk: it is one of those he is bound to, or he is bound to none and his skills fit."""
    return desk.id in agent.desks if agent.desks else serves(agent, desk)


@get("/desk/team/agents/{agent_id:uuid}", opt=LOOKS_IN, include_in_schema=False)
async def agent(request: AnyRequest, agent_id: FromPath[UUID]) -> Response[str]:
    """What one agent is at: his live contacts, to read only. Each contact seen is on record as supervision."""
    async with house_of(request).database.transaction() as tx:
        context = await _agent(request, tx, agent_id)
    return page(request, "desk/team_agent.html", **context)


async def _agent(request: AnyRequest, tx: Transaction, agent_id: UUID) -> dict[str, Any]:
    standing, person = await _on_my_team(request, tx, agent_id)
    seen = []
    for one in await interactions.open_interactions(tx, person.id):
        with suppress(NotFound):  # a contact of another organisation unit
            seen.append(await _look(request, tx, one.id))
    tiles = await _tiles(tx, standing, [person], language_of(request))
    known = [desk for desk in await routing.desks(tx) if standing.sees(desk.unit_id)]
    return {
        **await shift(request, tx),
        **_labels(request),
        "person": person,
        "tile": tiles[0] if tiles else Tile(person, None, ()),
        "seen": seen,
        "known_desks": known,
        "may_move": STEER in standing.actor.rights,
        "wrong": Wrong(),
        "moved": False,
    }


async def _on_my_team(request: AnyRequest, tx: Transaction, agent_id: UUID) -> tuple[Standing, staff.Agent]:
    """Somebody of the units that the caller sees. Raises NotFound."""
    standing = await standing_of(request, tx)
    person = await staff.agent(tx, AgentId(agent_id))
    if not standing.sees(person.unit_id):
        raise NotFound
    return standing, person


@post("/desk/team/agents/{agent_id:uuid}/desks", opt=STEERS, include_in_schema=False, status_code=200)
async def move(request: AnyRequest, agent_id: FromPath[UUID]) -> Response[Any]:
    """Let an agent work at these desks from now on; none ticked: at every desk that his skills fit."""
    typed = await read(request)
    try:
        async with house_of(request).database.transaction() as tx:
            standing, person = await _on_my_team(request, tx, agent_id)
            known = {str(desk.id): desk.id for desk in await routing.desks(tx) if standing.sees(desk.unit_id)}
            if not set(typed.every("desks")) <= set(known):
                raise InputNotUnderstood({"desks": CHOOSE})
            chosen = tuple(dict.fromkeys(known[one] for one in typed.every("desks")))
            await staff.change_agent(tx, agent_id=person.id, desks=chosen)
            await audit.record(
                tx,
                actor=standing.actor.reference,
                act="do.move_agent",
                unit_id=standing.actor.unit_id,
                subject=f"agent:{person.id}",
                details={"desks": [str(one) for one in chosen]},
                once=False,
            )
    except InputNotUnderstood as refused:
        return await _moved(request, agent_id, wrong=in_fields(request, refused), status=refused.status)
    if not request.headers.get("hx-request"):
        return see_other(f"/desk/team/agents/{agent_id}")
    return await _moved(request, agent_id)


async def _moved(
    request: AnyRequest, agent_id: UUID, *, wrong: Wrong | None = None, status: int = 200
) -> Response[str]:
    async with house_of(request).database.transaction() as tx:
        context = await _agent(request, tx, agent_id)
    context |= {"wrong": wrong or Wrong(), "moved": not wrong}
    partly = bool(request.headers.get("hx-request"))
    return page(request, "desk/team_move.html" if partly else "desk/team_agent.html", status=status, **context)


@get(
    "/desk/team/agents/{agent_id:uuid}/contacts/{interaction_id:uuid}",
    opt=LOOKS_IN,
    include_in_schema=False,
    exception_handlers={NotFound: left_colleague},
)
async def contact(request: AnyRequest, agent_id: FromPath[UUID], interaction_id: FromPath[UUID]) -> Response[str]:
    """One of these contacts alone, when something was said in it."""
    async with house_of(request).database.transaction() as tx:
        _, person = await _on_my_team(request, tx, agent_id)
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


ROUTES: Final = (team, desks, agents, agent, contact, move)
