"""What colleagues do in a call: written in its rows; the worker that has the call makes it heard."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from qiao import routing, staff
from qiao.channels.voice import ending, recordings, store_talk, talks
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

PAUSE: Final = "after_hard_contact"
NORMAL: Final = 16


class ColleagueBusy(Refused):
    """He is in a call, or not there."""

    code = "voice.colleague_busy"
    text = N_("This colleague cannot talk just now. The customer is still with you; ask somebody else.")


class InAnotherCall(Refused):
    """A team leader is in one call at a time."""

    code = "voice.in_another_call"
    text = N_("You are on the line in another call. Nothing was changed; leave that one first.")


class NobodyAsked(Refused):
    """There is no colleague with whom to do it."""

    code = "voice.nobody_asked"
    text = N_("No colleague has picked up yet. Nothing was changed; the customer is still with you.")


async def act(
    tx: Transaction,
    *,
    actor: Actor,
    interaction_id: InteractionId,
    verb: str,
    region: str,
    colleague: AgentId | None = None,
) -> None:
    """One of VERBS, by the call's agent; `region`: the operator's country, as "CN".

    Raises NotFound, NotTheAgent, and refusals of the verb.
    """
    ongoing, leg = await talks.mine(tx, actor, interaction_id)
    if verb == "hang-up":
        await talks.change(tx, ongoing, lambda talk: gone(talk, leg.id, NORMAL))
        return
    if leg.role != "agent":
        raise talks.NotTheAgent
    match verb:
        case "hold" | "resume":
            await talks.change(tx, ongoing, lambda talk: hold(talk, on=verb == "hold"))
        case "consult":
            await _consult(tx, actor, ongoing, colleague)
        case "conference":
            _must_differ(ongoing.talk, await talks.change(tx, ongoing, conference))
        case "let-go":
            await talks.change(tx, ongoing, let_go)
        case "hand":
            await _hand(tx, ongoing, leg)
        case "record-stop" | "record-go":
            await recordings.stop(tx, interaction_id=interaction_id, on=verb == "record-stop")
        case "hard":
            await _call_hard(tx, actor, ongoing)
        case "notice" | "end-by-rule":
            await ending.act(tx, actor, ongoing, leg, verb=verb, region=region)
        case _:
            raise NotFound


VERBS: Final = (
    *("hold", "resume", "consult", "conference", "let-go", "hand", "hard", "hang-up"),
    *("record-stop", "record-go", "notice", "end-by-rule"),
)


def _must_differ(before: Talk, after: Talk) -> None:
    if after == before:
        raise NobodyAsked


async def _consult(tx: Transaction, actor: Actor, ongoing: Ongoing, colleague: AgentId | None) -> None:
    if colleague is None or colleague not in {one.id for one in await colleagues(tx, actor)}:
        raise ColleagueBusy
    await talks.held(tx, ongoing.call_id)
    try:
        await routing.engage(tx, agent_id=colleague, interaction_id=ongoing.interaction_id, only_if_free=True)
    except routing.ColleagueNotFree:  # he was free a moment ago
        raise ColleagueBusy from None
    leg_id = new_id()
    after = await talks.change(tx, ongoing, lambda talk: consult(talk, leg_id, colleague))
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
    await _hand_over(tx, ongoing, hand, AgentId(leg.agent_id))


async def _hand_over(tx: Transaction, ongoing: Ongoing, become: Callable[[Talk], Talk], agent_id: AgentId) -> None:
    """In rows and in routing at once: there is no moment at which the customer is nobody's. Raises NobodyAsked."""
    before = await talks.held(tx, ongoing.call_id)
    after = become(before)
    _must_differ(before, after)
    to = after.live("agent")
    assert to is not None
    contact = ongoing.interaction_id
    await routing.hand_over(tx, interaction_id=contact, agent_id=agent_id, to_agent=AgentId(to.agent_id))
    await talks.keep(tx, ongoing.call_id, contact, before, after)


async def _call_hard(tx: Transaction, actor: Actor, ongoing: Ongoing) -> None:
    """His team leaders know at once; after it he is offered nothing until he says that he is ready."""
    await talks.change(tx, ongoing, lambda talk: replace(talk, hard=True))
    await routing.set_status(tx, agent_id=AgentId(actor.id), status="not_ready", reason=PAUSE)
    for leader in await talks.leaders_of(tx, AgentId(actor.id)):
        await touch(tx, f"agent:{leader}")
    await audit.record(
        tx,
        actor=actor.reference,
        act="do.hard_call",
        interaction_id=ongoing.interaction_id,
        unit_id=actor.unit_id,
        once=False,
    )


# Team leaders -----------------------------------------------------------------------------------------------------


async def lead(tx: Transaction, *, actor: Actor, interaction_id: InteractionId, verb: str) -> None:
    """Listen, whisper, barge in, take the call over or leave it. On record. Raises NotFound, ColleagueBusy."""
    ongoing, agent = await led_by(tx, actor, interaction_id)
    if any(one.interaction_id != interaction_id for one, _ in await store_talk.ongoing_of(tx, AgentId(actor.id))):
        raise InAnotherCall
    if verb in WAYS:
        way: Way = verb
        leg_id = new_id()
        after = await talks.change(tx, ongoing, lambda talk: oversee(talk, leg_id, actor.id, way))
        leader = after.live("leader")
        if leader is None or leader.agent_id != actor.id:
            raise ColleagueBusy
    elif verb == "leave":
        leader = ongoing.talk.live("leader")
        if leader is None or leader.agent_id != actor.id:
            raise NotFound
        gone_id = leader.id
        await talks.change(tx, ongoing, lambda talk: gone(talk, gone_id, NORMAL))
    elif verb == "take-over":
        await _hand_over(tx, ongoing, lambda talk: take_over(talk, actor.id), AgentId(agent.agent_id))
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
    if ongoing is None or agent is None or actor.id not in await talks.leaders_of(tx, AgentId(agent.agent_id)):
        raise NotFound
    return ongoing, agent


async def led_calls(tx: Transaction, actor: Actor) -> list[tuple[Ongoing, Leg]]:
    """The hard calls of those whom he leads, and the call that he is in; each with its agent's part."""
    found = []
    for ongoing in await store_talk.to_lead(tx, AgentId(actor.id)):
        agent = ongoing.talk.live("agent")
        if agent is not None and actor.id in await talks.leaders_of(tx, AgentId(agent.agent_id)):
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
    await talks.change(tx, ongoing, lambda talk: replace(talk, asking=talk.talks))
