"""Bringing contacts and agents together: who is offered what, and how both return to where they wait."""

from heapq import heappop, heappush
from operator import attrgetter
from typing import Final

from qiao.routing.model_facts import Offered, Outcome, Queued
from qiao.routing.model_rules import Key
from qiao.routing.model_state import (
    EMPTY,
    OFFERED,
    WAITING,
    Agent,
    Contact,
    Lane,
    Pool,
    RoutingState,
)

Out = list[Outcome]
LEASE: Final = "lease"
HOLD: Final = "hold"
RELAX: Final = "relax"
OVERFLOW: Final = "overflow"
WRAP: Final = "wrap_up"
GRACE: Final = "grace"
_head = attrgetter("head")
_first = attrgetter("first")


# --- contacts that wait --------------------------------------------------------------------------------------------


def enter(contact: Contact, now: float) -> None:
    """Count the contact into its desk and rank it: by when its waiting began, less its head start."""
    contact.take_rank()
    contact.entered_at = now
    contact.stage = 0
    contact.visited = (*contact.visited, contact.desk.rules.desk_id)
    tally = contact.desk.tally
    tally.offered += 1
    tally.waiting += 1


def wait(state: RoutingState, contact: Contact, now: float, out: Out) -> None:
    """Offer the contact to the best free agent, else hold it for its preferred agent, else put it in its lane."""
    contact.state = WAITING
    contact.turn += 1
    if contact.preferred is not None and _wait_for_preferred(state, contact, now, out):
        return
    lane = state.lane_of(contact, contact.stage)
    if not lane.live or lane.avoiding:
        agent = _best_agent(lane, contact.avoid)
        if agent is not None:
            lane.last_delay = contact.effective_wait(now)
            offer(state, contact, agent, now, out)
            stand(state, agent)
            return
    lane.push(contact)
    _arm(state, contact)


def _wait_for_preferred(state: RoutingState, contact: Contact, now: float, out: Out) -> bool:
    agent = state.agents.get(contact.preferred)
    hold_until = contact.entered_at + contact.desk.rules.preferred_hold_seconds
    if (
        agent is None
        or not agent.open
        or agent.agent_id == contact.avoid
        or now >= hold_until
        or not agent.group.profile.serves(state.lane_of(contact, contact.stage).needs)
    ):
        contact.preferred = None
        return False
    profile = agent.group.profile
    if agent.used + profile.weight(contact.channel) <= profile.whole:
        offer(state, contact, agent, now, out)
        stand(state, agent)
        return True
    contact.held_by = agent
    agent.held[contact.contact_id] = contact
    set_due(state, hold_until, HOLD, contact)
    _arm(state, contact)
    return True


def _arm(state: RoutingState, contact: Contact) -> None:
    """Set the timers of a waiting contact: its next relax step and its overflow, both from when it entered."""
    rules = contact.desk.rules
    if contact.stage < len(rules.relax):
        set_due(state, contact.entered_at + rules.relax[contact.stage].after_seconds, RELAX, contact)
    if rules.overflow_after_seconds is not None and rules.overflow_desk_id not in contact.visited:
        set_due(state, contact.entered_at + rules.overflow_after_seconds, OVERFLOW, contact)


def set_due(state: RoutingState, due_at: float, kind: str, contact: Contact) -> None:
    """Look at the contact again then, unless its turn has moved on before."""
    heappush(state.due, (due_at, state.next_number(), contact.turn, kind, contact))


def take_out(contact: Contact) -> None:
    """Take a waiting contact from its lane or from the agent it is held for."""
    contact.turn += 1
    if contact.lane is not None:
        contact.lane.remove(contact)
    else:
        assert contact.held_by is not None
        del contact.held_by.held[contact.contact_id]
        contact.held_by = None


def queued(state: RoutingState, contact: Contact) -> Queued:
    """The word that it waits, and whether anybody is signed on who may serve it, at once or once relaxed."""
    widest = state.lane_of(contact, len(contact.desk.rules.relax))
    attended = widest.attended or state.lane_of(contact, contact.stage).attended
    return Queued(contact.contact_id, contact.desk.rules.desk_id, attended)


def expected_wait(state: RoutingState, contact: Contact, now: float) -> float | None:
    """Seconds this waiting contact can still expect, or None when nobody signed on serves it.

    The greater of two simple estimators over effective waits (waited plus head start): the delay of the last one
    served from the lane, and of the one now at its head (LES and HOL of Ibrahim and Whitt, "Real-time delay
    estimation based on delay history", M&SOM 11(3), 2009), less what this one has waited.
    """
    lane = state.lane_of(contact, contact.stage)
    if not lane.attended:
        return None
    head_delay = lane.heap[0][3].effective_wait(now) if lane.live else 0.0
    return max(0.0, max(lane.last_delay, head_delay) - contact.effective_wait(now))


# --- agents that are free ------------------------------------------------------------------------------------------


def _best_agent(lane: Lane, avoid: Key | None) -> Agent | None:
    """The free agent for a lane: least loaded, then longest idle, whatever his profile; never the avoided one."""
    if not lane.pools:
        return None
    pool = min(lane.pools, key=_first)
    if pool.first is EMPTY:
        return None
    agent = pool.heap[0][3]
    if agent.agent_id != avoid:
        return agent
    others = [entry for pool in lane.pools if (entry := _first_but(pool, agent)) is not None]
    return min(others)[3] if others else None


def _first_but(pool: Pool, avoided: Agent) -> tuple[float, float, int, Agent] | None:
    """The first entry of a pool that is not this agent's."""
    if not pool.heap or pool.heap[0][3] is not avoided:
        return pool.heap[0] if pool.heap else None
    aside = heappop(pool.heap)
    pool.prune()
    second = pool.heap[0] if pool.heap else None
    heappush(pool.heap, aside)
    pool.prune()
    return second


def serve(state: RoutingState, agent: Agent, now: float, out: Out) -> None:
    """Offer the agent what waits for him while he has room, then let him stand among the free."""
    while agent.open and (contact := _next_for(agent, now)) is not None:
        take_out(contact)
        offer(state, contact, agent, now, out)
    stand(state, agent)


def _next_for(agent: Agent, now: float) -> Contact | None:
    """Who is next for this agent: whoever is held for him, else the earliest rank of all lanes that he serves."""
    group, room = agent.group, agent.group.profile.whole - agent.used
    if agent.held:
        weight = group.profile.weight
        fitting = [contact for contact in agent.held.values() if weight(contact.channel) <= room]
        if fitting:
            return min(fitting, key=lambda contact: (contact.rank, contact.seq))
    lanes = [
        min(lanes, key=_head) for pool in group.pools if pool.weight <= room and (lanes := group.lanes[pool.channel])
    ]
    if not lanes:
        return None
    lane = min(lanes, key=_head)
    if lane.head is EMPTY:
        return None
    contact = lane.heap[0][3]
    if contact.avoid == agent.agent_id:
        return _next_not_avoiding(agent, room)
    lane.last_delay = contact.effective_wait(now)
    return contact


def _next_not_avoiding(agent: Agent, room: int) -> Contact | None:
    """The same when some of the heads avoid this agent: look behind those."""
    heads = []
    for pool in agent.group.pools:
        if pool.weight <= room:
            for lane in agent.group.lanes[pool.channel]:
                aside = []
                while lane.heap and lane.heap[0][3].avoid == agent.agent_id:
                    aside.append(heappop(lane.heap))
                    lane.prune()
                if lane.heap:
                    heads.append(lane.heap[0])
                for entry in aside:
                    heappush(lane.heap, entry)
                lane.prune()
    return min(heads)[3] if heads else None


def offer(state: RoutingState, contact: Contact, agent: Agent, now: float, out: Out) -> None:
    """Give the agent the contact to accept, for the lease of its desk; it takes its share of him from now on."""
    contact.state = OFFERED
    contact.turn += 1
    contact.attempt += 1
    contact.until = now + contact.desk.rules.offer_lease_seconds
    give(contact, agent)
    set_due(state, contact.until, LEASE, contact)
    out.append(Offered(contact.contact_id, agent.agent_id, contact.until, contact.attempt))


def give(contact: Contact, agent: Agent) -> None:
    """Let the contact take its share of the agent."""
    contact.agent = agent
    agent.contacts[contact.contact_id] = contact
    agent.used += agent.group.profile.weight(contact.channel)


def take_from(contact: Contact, agent: Agent) -> None:
    """Give the agent his share back; whoever calls this lets him `serve` or `stand` afterwards."""
    contact.turn += 1
    contact.agent = None
    del agent.contacts[contact.contact_id]
    agent.used -= agent.group.profile.weight(contact.channel)


def stand(state: RoutingState, agent: Agent) -> None:
    """Put the agent where his load now belongs in the pools of his group, or nowhere if he is not open."""
    token = agent.token = state.next_number()
    profile = agent.group.profile
    load = agent.used / profile.whole
    room = profile.whole - agent.used
    open_ = agent.open
    for pool in agent.group.pools:
        if open_ and pool.weight <= room:
            heappush(pool.heap, (load, agent.since, token, agent))
        pool.prune()
        pool.compact()


def release_held(state: RoutingState, agent: Agent, returned: list[Contact], now: float, out: Out) -> None:
    """An agent closed: those held for him and those he returns go to anybody, the earliest rank first."""
    freed = list(agent.held.values())
    for contact in freed:
        take_out(contact)
        contact.preferred = None
    for contact in sorted([*freed, *returned], key=lambda contact: (contact.rank, contact.seq)):
        wait(state, contact, now, out)
