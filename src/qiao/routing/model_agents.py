"""Agents who come, go, say whether they are ready, fall silent, come back, and are asked by colleagues."""

from qiao.routing.model_due import finish, requeue_lost
from qiao.routing.model_facts import (
    AgentBack,
    AgentEngaged,
    AgentLost,
    AgentSignedOff,
    AgentSignedOn,
    AgentStatusSet,
    OfferEnded,
    Requeued,
)
from qiao.routing.model_matching import GRACE, Out, release_held, serve, set_due, stand, take_from
from qiao.routing.model_state import ACTIVE, OFFERED, STRANDED, WRAP_UP, Agent, Contact, RoutingState


def signed_on(state: RoutingState, fact: AgentSignedOn, now: float, out: Out) -> None:
    """He is here, or with another profile from now on."""
    group = state.group_of(fact.profile)
    agent = state.agents.get(fact.agent_id)
    group.signed_on += 1
    if agent is None:
        state.agents[fact.agent_id] = Agent(fact.agent_id, group, now)
        return
    agent.group.signed_on -= 1
    ready, agent.ready = agent.ready, False
    stand(state, agent)
    agent.group, agent.ready = group, ready
    agent.used = sum(group.profile.weight(contact.channel) for contact in agent.contacts.values())
    release_held(state, agent, [], now, out)
    serve(state, agent, now, out)


def signed_off(state: RoutingState, fact: AgentSignedOff, now: float, out: Out) -> None:
    """What he had goes back to the head of its desk; what he was writing up is done."""
    agent = state.agents.pop(fact.agent_id, None)
    if agent is None:
        return
    agent.group.signed_on -= 1
    agent.ready = False
    stand(state, agent)
    returned = []
    for contact in _by_rank(agent):
        if contact.state is WRAP_UP:
            finish(state, contact, agent, "finished", now, out)
            continue
        if contact.state is OFFERED:
            _withdraw(contact, agent, out)
        else:
            requeue_lost(contact, agent, now, out)
        returned.append(contact)
    release_held(state, agent, returned, now, out)


def status_set(state: RoutingState, fact: AgentStatusSet, now: float, out: Out) -> None:
    """His own word whether he is ready."""
    agent = state.agents.get(fact.agent_id)
    if agent is None:
        return
    if fact.ready and not agent.ready:
        agent.since = now
    agent.ready, agent.reason = fact.ready, None if fact.ready else fact.reason
    serve(state, agent, now, out)
    if not fact.ready:
        release_held(state, agent, [], now, out)


def lost(state: RoutingState, fact: AgentLost, now: float, out: Out) -> None:
    """None of his tabs answers."""
    agent = state.agents.get(fact.agent_id)
    if agent is None or agent.lost:
        return
    agent.lost = True
    stand(state, agent)
    returned = []
    for contact in _by_rank(agent):
        if contact.state is OFFERED:
            _withdraw(contact, agent, out)
            returned.append(contact)
        elif contact.state is ACTIVE:
            strand(state, contact, now)
    release_held(state, agent, returned, now, out)


def engaged(state: RoutingState, fact: AgentEngaged, now: float, out: Out) -> None:
    """A colleague has him on the line, or no more."""
    agent = state.agents.get(fact.agent_id)
    if agent is None or agent.engaged == fact.engaged:
        return
    agent.engaged = fact.engaged
    if not agent.engaged:
        serve(state, agent, now, out)
        return
    stand(state, agent)
    returned = [contact for contact in _by_rank(agent) if contact.state is OFFERED]
    for contact in returned:
        _withdraw(contact, agent, out)
    release_held(state, agent, returned, now, out)


def strand(state: RoutingState, contact: Contact, now: float) -> None:
    """Keep a conversation for the agent who is lost, for as long as the desk's grace lasts."""
    contact.state = STRANDED
    contact.turn += 1
    set_due(state, now + contact.desk.rules.lost_grace_seconds, GRACE, contact)


def back(state: RoutingState, fact: AgentBack, now: float, out: Out) -> None:
    """He answers again: what was kept for him is his."""
    agent = state.agents.get(fact.agent_id)
    if agent is None or not agent.lost:
        return
    agent.lost = False
    for contact in agent.contacts.values():
        if contact.state is STRANDED:
            contact.state = ACTIVE
            contact.turn += 1
    serve(state, agent, now, out)


def _withdraw(contact: Contact, agent: Agent, out: Out) -> None:
    out.append(OfferEnded(contact.contact_id, agent.agent_id, "withdrawn"))
    take_from(contact, agent)
    out.append(Requeued(contact.contact_id, contact.desk.rules.desk_id, "withdrawn"))


def _by_rank(agent: Agent) -> list[Contact]:
    return sorted(agent.contacts.values(), key=lambda contact: (contact.rank, contact.seq))
