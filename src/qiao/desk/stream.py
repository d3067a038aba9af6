"""The live stream of the desk's tabs: what a tab may watch, the figures it is shown, and what keeps an agent's seat.

A topic is only a hint that something changed; what changed is fetched again by a request that is checked and audited.
Still nobody hears that something happens to a matter that he may not see.
"""

from typing import Final
from uuid import UUID

from markupsafe import Markup

from qiao import interactions, routing, staff
from qiao.desk.access import SUPERVISE, TAKE, case_for, contact_for, standing_of
from qiao.kernel.ids import AgentId, CustomerId, DeskId
from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.platform import sessions
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.i18n import Texts
from qiao.platform.policy import Access, Actor
from qiao.ui import make_stream_route
from qiao.ui.formats import duration

TEAM: Final = "team.view"


async def may_watch(house: House, actor: Actor, topic: str) -> bool:
    """Whether this topic concerns him: himself, his contacts with their customers, his cases, his desks, his team."""
    kind, _, rest = topic.partition(":")
    try:
        about = UUID(rest.partition(":")[0])
    except ValueError:
        return False
    async with house.database.transaction() as tx:
        try:
            return await _concerns(tx, actor, kind, about)
        except Refused:
            return False


async def _concerns(tx: Transaction, actor: Actor, kind: str, about: UUID) -> bool:
    match kind:
        case "agent":
            return about == actor.id or await _on_my_team(tx, actor, AgentId(about))
        case "interaction" | "read" | "typing":
            return (await contact_for(actor, tx, about)) is not None
        case "customer":
            return await _customer_of_mine(tx, actor, about)
        case "case":
            return (await case_for(actor, tx, about)) is not None
        case "desk":
            return await _desk_of_mine(tx, actor, DeskId(about))
    return False


async def _on_my_team(tx: Transaction, actor: Actor, agent_id: AgentId) -> bool:
    if TEAM not in actor.rights:
        return False
    found = (await staff.agents_by_ids(tx, [agent_id])).get(agent_id)
    return found is not None and found.unit_id in (await standing_of(actor, tx)).units


async def _customer_of_mine(tx: Transaction, actor: Actor, customer_id: UUID) -> bool:
    """The customer of a contact he has now, or of a contact that somebody he leads has now, or of a case of his."""
    mine = await interactions.open_interactions(tx, AgentId(actor.id))
    if any(one.customer_id == customer_id and one.claimed_customer_id is None for one in mine):
        return True
    if SUPERVISE not in actor.rights:
        return False
    standing = await standing_of(actor, tx)
    recent = await interactions.recent_for_customer(tx, CustomerId(customer_id), 5)
    for contact in recent:
        if contact.agent_id is not None and contact.wrapped_up_at is None and standing.sees(contact.unit_id):
            return await _on_my_team(tx, actor, contact.agent_id)
    return False


async def _desk_of_mine(tx: Transaction, actor: Actor, desk_id: DeskId) -> bool:
    standing = await standing_of(actor, tx)
    if desk_id in standing.desks:
        return True
    return TEAM in actor.rights and any(standing.sees(desk.unit_id) for desk in await routing.desks(tx, [desk_id]))


async def on_alive(house: House, actor: Actor, seat: UUID) -> bool | None:
    """One of this browser's tabs answered: the agent is at his seat; not behind a screen that was locked meanwhile."""
    async with house.database.transaction() as tx:
        if await sessions.locked(tx, seat, idle_seconds_max=house.settings.session_idle_seconds_max):
            return False
        if TAKE in actor.rights:
            await routing.seat_seen(tx, agent_id=AgentId(actor.id), seat=seat)
    return None


async def shows(house: House, topic: str, language: str) -> str:
    """How many wait at a desk, and since when the first of them: made once for all who look."""
    desk_id = DeskId(UUID(topic.removeprefix("desk:")))
    async with house.database.transaction() as tx:
        [desk] = await routing.desks(tx, [desk_id])
        [stands] = await routing.waiting_summary(tx, [desk_id])
    return figure(desk, stands, house, language)


def figure(desk: routing.Desk, stands: routing.DeskWaiting, house: House, language: str) -> Markup:
    """ "VIP desk 4, longest 1:12", with a word when nobody is there for them."""
    texts = house.get(Texts)
    said = Markup('{name} <strong class="figure{tone}">{n}</strong>').format(
        name=desk.name(language), n=stands.waiting, tone=" figure-waiting" if stands.waiting else ""
    )
    if stands.longest_since is not None:
        said += Markup(' {longest} <span class="tabular-nums" data-runs-since="{since}">{passed}</span>').format(
            longest=texts.translate(language, N_("longest")),
            since=stands.longest_since.isoformat(),
            passed=duration(house.clock.now() - stands.longest_since),
        )
    if stands.waiting and not stands.attended:
        said += Markup(' <span class="figure-alone">{alone}</span>').format(
            alone=texts.translate(language, N_("nobody is there"))
        )
    return said


ROUTE: Final = make_stream_route("/desk/stream", Access(audience="staff"), may_watch, on_alive, shows)
