"""A talk in rows as those in it may change it, with routing told whom it holds back from offers."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from qiao import routing, staff
from qiao.channels.voice import store_talk
from qiao.channels.voice.model_talk import BARELY, Leg, Stands, Talk, ended, guests
from qiao.channels.voice.store_talk import Ongoing
from qiao.kernel.ids import AgentId, InteractionId
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound, Refused
from qiao.platform.database import Transaction
from qiao.platform.policy import Actor
from qiao.routing import Waiting

LEADS: Final = "team.steer"


class NotTheAgent(Refused):
    """Only the agent of a call may do this in it."""

    code = "voice.not_the_agent"
    status = 403
    text = N_("This call is another colleague's. Nothing was changed.")


async def mine(tx: Transaction, actor: Actor, interaction_id: InteractionId) -> tuple[Ongoing, Leg]:
    """The call of this contact in which his telephone is, and his part. Raises NotFound."""
    for ongoing, leg in await store_talk.ongoing_of(tx, AgentId(actor.id)):
        if ongoing.interaction_id == interaction_id:
            return ongoing, leg
    raise NotFound


async def change(tx: Transaction, ongoing: Ongoing, become: Callable[[Talk], Talk]) -> Talk:
    """Have the talk become this; returns what it is then. Raises routing.ColleagueNotFree."""
    before = await store_talk.held_talk(tx, ongoing.call_id)
    after = become(before)
    await keep(tx, ongoing.call_id, ongoing.interaction_id, before, after)
    return after


async def keep(tx: Transaction, call_id: UUID, contact: InteractionId, before: Talk, after: Talk) -> None:
    """Write what changed of a held talk. Whoever is on the line without having the customer is offered nothing."""
    await store_talk.keep_talk(tx, call_id, contact, before, after)
    was, now = guests(before), guests(after)
    for agent_id in sorted(now - was):
        await routing.engage(tx, agent_id=AgentId(agent_id), interaction_id=contact)
    for agent_id in sorted(was - now):
        await routing.disengage(tx, agent_id=AgentId(agent_id), interaction_id=contact)


async def held(tx: Transaction, call_id: UUID) -> Talk:
    """The talk, its row locked. Always before the interaction, the contact and the seats, in this order."""
    return await store_talk.held_talk(tx, call_id)


async def over(tx: Transaction, call_id: UUID, contact: InteractionId, before: Talk) -> Talk:
    """The call is over: nobody is in it any more; returns how it was."""
    await keep(tx, call_id, contact, before, ended(before))
    return before


def stands(tx: Transaction, where: Waiting | None) -> Stands:
    """Where routing has the contact, as a talk needs to know it."""
    if where is None:
        return Stands("")
    met = where.taken_at is not None and tx.now - where.taken_at >= BARELY
    return Stands(where.state, where.agent_id, met)


async def leaders_of(tx: Transaction, agent_id: AgentId) -> list[AgentId]:
    """Whoever leads this agent: has the right, in his organisation unit or one above it."""
    agent = await staff.agent(tx, agent_id)
    above, units = {agent.unit_id}, {unit.id: unit.parent_id for unit in await staff.all_units(tx)}
    parent = units.get(agent.unit_id)
    while parent is not None and parent not in above:
        above.add(parent)
        parent = units.get(parent)
    people = await staff.agents_of_units(tx, above)
    return [one.id for one in people if LEADS in one.rights and one.active and one.id != agent_id]
