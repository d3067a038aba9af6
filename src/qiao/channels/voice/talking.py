"""What colleagues do in a call: written in its rows; the worker that has the call makes it heard."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from qiao import interactions, routing, staff
from qiao.channels.voice import recordings, store_talk
from qiao.channels.voice.model_talk import (
    WAYS,
    Leg,
    Talk,
    Way,
    conference,
    consult,
    gone,
    hand,
    hold,
    let_go,
    oversee,
    take_over,
)
from qiao.channels.voice.store_talk import Ongoing
from qiao.interactions import ProofAsked
from qiao.kernel.ids import AgentId, InteractionId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound, Refused
from qiao.platform import audit
from qiao.platform.database import Transaction
from qiao.platform.live import touch
from qiao.platform.policy import Actor

LEADS: Final = "team.steer"
PAUSE: Final = "after_hard_contact"
NORMAL: Final = 16


class ColleagueBusy(Refused):
    """He is in a call, or not there."""

    code = "voice.colleague_busy"
    text = N_("This colleague cannot talk just now. The customer is still with you; ask somebody else.")


class NobodyAsked(Refused):
    """There is no colleague with whom to do it."""

    code = "voice.nobody_asked"
    text = N_("No colleague has picked up yet. Nothing was changed; the customer is still with you.")


class ColleagueCannotTake(Refused):
    """What the customer's desk asks for, or his language, is not this colleague's."""

    code = "voice.colleague_cannot_take"
    text = N_(
        "This colleague does not serve this desk or speak the customer's language, so the call stays as it is. "
        "Talk all together, or hand it to the desk."
    )


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


async def _change(tx: Transaction, ongoing: Ongoing, change: Callable[[Talk], Talk]) -> Talk:
    before = await store_talk.held_talk(tx, ongoing.call_id)
    after = change(before)
    await store_talk.keep_talk(tx, ongoing.call_id, ongoing.interaction_id, before, after)
    return after


async def act(
    tx: Transaction, *, actor: Actor, interaction_id: InteractionId, verb: str, colleague: AgentId | None = None
) -> None:
    """One of VERBS, by the call's agent. Raises NotFound, NotTheAgent, and refusals of the verb."""
    ongoing, leg = await mine(tx, actor, interaction_id)
    if verb == "hang-up":
        await _change(tx, ongoing, lambda talk: gone(talk, leg.id, NORMAL))
        return
    if leg.role != "agent":
        raise NotTheAgent
    match verb:
        case "hold" | "resume":
            await _change(tx, ongoing, lambda talk: hold(talk, on=verb == "hold"))
        case "consult":
            await _consult(tx, actor, ongoing, colleague)
        case "conference":
            _must_differ(ongoing.talk, await _change(tx, ongoing, conference))
        case "let-go":
            await _change(tx, ongoing, let_go)
        case "hand":
            await _hand(tx, ongoing, leg)
        case "record-stop" | "record-go":
            await recordings.stop(tx, interaction_id=interaction_id, on=verb == "record-stop")
        case "hard":
            await _call_hard(tx, actor, ongoing)
        case _:
            raise NotFound


VERBS: Final = (
    *("hold", "resume", "consult", "conference", "let-go", "hand", "hard", "hang-up"),
    *("record-stop", "record-go"),
)


def _must_differ(before: Talk, after: Talk) -> None:
    if after == before:
        raise NobodyAsked


async def _consult(tx: Transaction, actor: Actor, ongoing: Ongoing, colleague: AgentId | None) -> None:
    if colleague is None or colleague not in {one.id for one in await colleagues(tx, actor)}:
        raise ColleagueBusy
    leg_id = new_id()
    after = await _change(tx, ongoing, lambda talk: consult(talk, leg_id, colleague))
    if after.of(leg_id) is None:
        raise ColleagueBusy


async def colleagues(tx: Transaction, actor: Actor) -> list[staff.Agent]:
    """Who could be asked now: signed on, ready, with nobody on the line."""
    me = await staff.agent(tx, AgentId(actor.id))
    rows = await routing.agents_overview(tx, await staff.units_under(tx, me.unit_id))
    free = [row.agent_id for row in rows if row.agent_id != me.id and row.status == "ready" and row.state == "idle"]
    found = await staff.agents_by_ids(tx, free)
    return sorted(found.values(), key=lambda one: one.name)


async def _hand(tx: Transaction, ongoing: Ongoing, leg: Leg) -> None:
    asked = ongoing.talk.live("consulted")
    if asked is None:
        raise NobodyAsked
    await _must_serve(tx, ongoing, AgentId(asked.agent_id))
    after = await _change(tx, ongoing, hand)
    if not after.handing:
        raise NobodyAsked
    await _transfer(tx, ongoing, AgentId(leg.agent_id), AgentId(asked.agent_id))


async def _must_serve(tx: Transaction, ongoing: Ongoing, agent_id: AgentId) -> None:
    """Routing would give the call to somebody else: then it is not handed over at all. Raises ColleagueCannotTake."""
    where = await routing.waiting_contact(tx, ongoing.interaction_id)
    agent = await staff.agent(tx, agent_id)
    [desk] = await routing.desks(tx, [where.desk_id]) if where is not None else [None]
    contact = await interactions.interaction(tx, ongoing.interaction_id)
    needed = desk.plan.core.skills if desk is not None else ()
    fits = (
        desk is not None
        and contact.language in agent.languages
        and (not agent.desks or desk.id in agent.desks)
        and all(agent.skills.get(skill, 0) >= level for skill, level in needed)
    )
    if not fits:
        raise ColleagueCannotTake


async def _transfer(tx: Transaction, ongoing: Ongoing, from_agent: AgentId, to_agent: AgentId) -> None:
    where = await routing.waiting_contact(tx, ongoing.interaction_id)
    if where is None:
        raise NotFound
    contact, desk_id = ongoing.interaction_id, where.desk_id
    await routing.transfer_contact(tx, interaction_id=contact, agent_id=from_agent, desk_id=desk_id, to_agent=to_agent)


async def _call_hard(tx: Transaction, actor: Actor, ongoing: Ongoing) -> None:
    """His team leaders know at once; after it he is offered nothing until he says that he is ready."""
    await _change(tx, ongoing, lambda talk: replace(talk, hard=True))
    await routing.set_status(tx, agent_id=AgentId(actor.id), status="not_ready", reason=PAUSE)
    for leader in await leaders_of(tx, AgentId(actor.id)):
        await touch(tx, f"agent:{leader}")
    await audit.record(
        tx,
        actor=actor.reference,
        act="do.hard_call",
        interaction_id=ongoing.interaction_id,
        unit_id=actor.unit_id,
        once=False,
    )


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


# Team leaders -----------------------------------------------------------------------------------------------------


async def lead(tx: Transaction, *, actor: Actor, interaction_id: InteractionId, verb: str) -> None:
    """Listen, whisper, barge in, take the call over or leave it. On record. Raises NotFound, ColleagueBusy."""
    ongoing, agent = await led_by(tx, actor, interaction_id)
    if verb in WAYS:
        way: Way = verb
        leg_id = new_id()
        after = await _change(tx, ongoing, lambda talk: oversee(talk, leg_id, actor.id, way))
        leader = after.live("leader")
        if leader is None or leader.agent_id != actor.id:
            raise ColleagueBusy
    elif verb == "leave":
        leader = ongoing.talk.live("leader")
        if leader is None or leader.agent_id != actor.id:
            raise NotFound
        gone_id = leader.id
        await _change(tx, ongoing, lambda talk: gone(talk, gone_id, NORMAL))
    elif verb == "take-over":
        await _must_serve(tx, ongoing, AgentId(actor.id))
        after = await _change(tx, ongoing, lambda talk: take_over(talk, actor.id))
        if not after.handing:
            raise NobodyAsked
        await _transfer(tx, ongoing, AgentId(agent.agent_id), AgentId(actor.id))
    else:
        raise NotFound
    await audit.record(
        tx,
        actor=actor.reference,
        act=f"do.call_{verb.replace('-', '_')}",
        interaction_id=interaction_id,
        unit_id=actor.unit_id,
        subject=f"agent:{agent.agent_id}",
        once=False,
    )


async def led_by(tx: Transaction, actor: Actor, interaction_id: InteractionId) -> tuple[Ongoing, Leg]:
    """A call of somebody whom he leads, and that one's part. Raises NotFound."""
    ongoing = await store_talk.call_of(tx, interaction_id)
    agent = ongoing.talk.live("agent") if ongoing is not None else None
    if ongoing is None or agent is None or actor.id not in await leaders_of(tx, AgentId(agent.agent_id)):
        raise NotFound
    return ongoing, agent


async def led_calls(tx: Transaction, actor: Actor) -> list[tuple[Ongoing, Leg]]:
    """The hard calls of those whom he leads, and the call that he is in; each with its agent's part."""
    found = []
    for ongoing in await store_talk.to_lead(tx, AgentId(actor.id)):
        agent = ongoing.talk.live("agent")
        if agent is not None and actor.id in await leaders_of(tx, AgentId(agent.agent_id)):
            found.append((ongoing, agent))
    return found


# What other rooms tell --------------------------------------------------------------------------------------------


async def on_proof_asked(tx: Transaction, event: ProofAsked) -> None:
    """The agent wants the service password: the customer keys it, and nobody hears."""
    if event.method != "service_password":
        return
    ongoing = await store_talk.call_of(tx, event.interaction_id)
    if ongoing is None or ongoing.state != "talking":
        return
    await _change(tx, ongoing, lambda talk: replace(talk, asking=talk.talks))
