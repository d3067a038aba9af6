"""The routing core: `decide(state, fact, now)` brings contacts and agents together, live and in replay alike.

Pure as seen from outside: the same facts at the same times give the same outcomes; no clock, no I/O, no chance. For
speed the state is one mutable object that belongs to the caller and that only `decide` changes. A fact that no longer
applies (an accept after the lease, a second abandon) changes nothing and has no outcome.

Held after every decision: a contact has at most one agent; no agent carries more than his capacity (unless it was
lowered under him); no contact waits beside an open agent who serves it, has room and is not avoided by it, except
while it is held for its preferred agent; and each desk's tally adds up.
"""

from collections.abc import Callable
from typing import Any, Final

from qiao.routing.model_agents import back, engaged, lost, signed_off, signed_on, status_set, strand
from qiao.routing.model_due import finish, next_due_at, return_offer, run_due
from qiao.routing.model_facts import (
    AgentBack,
    AgentEngaged,
    AgentLost,
    AgentSignedOff,
    AgentSignedOn,
    AgentStatusSet,
    Assigned,
    CallbackTaken,
    ContactAbandoned,
    ContactArrived,
    ContactDropped,
    ContactHanded,
    ContactReleased,
    ContactRestored,
    ContactTransferred,
    DeskSet,
    Ended,
    Fact,
    Freed,
    Moved,
    OfferAccepted,
    OfferDeclined,
    OfferEnded,
    Outcome,
    TimePassed,
    WrapUpFinished,
    WrapUpStarted,
)
from qiao.routing.model_matching import (
    LEASE,
    WRAP,
    Out,
    enter,
    give,
    queued,
    serve,
    set_due,
    stand,
    take_from,
    take_out,
    wait,
)
from qiao.routing.model_state import ACTIVE, OFFERED, STRANDED, WAITING, WRAP_UP, Contact, Desk, RoutingState

__all__ = ["RoutingState", "decide", "next_due_at"]


def decide(state: RoutingState, fact: Fact, now: float) -> list[Outcome]:
    """Take in one fact and say what comes of it, in order; what is due by `now` (seconds) happens first.

    Raises KeyError for a desk that no `DeskSet` ever named. Time never goes back: an earlier `now` counts as the last.
    """
    if now > state.now:
        state.now = now
    else:
        now = state.now
    out: Out = []
    run_due(state, now, out)
    _DECIDE[type(fact)](state, fact, now, out)
    run_due(state, now, out)
    return out


# --- contacts ------------------------------------------------------------------------------------------------------


def _arrived(state: RoutingState, fact: ContactArrived, now: float, out: Out) -> None:
    if fact.contact_id in state.contacts:
        return
    contact = _contact(state, fact, now)
    wait(state, contact, now, out)
    if contact.state is WAITING:
        out.append(queued(state, contact))


def _contact(state: RoutingState, fact: ContactArrived, now: float) -> Contact:
    contact = Contact(fact.contact_id, state.desks[fact.desk_id], fact.channel, fact.queued_at, now)
    contact.language = fact.language
    contact.segment = fact.segment
    contact.unit = fact.unit
    contact.skills = fact.skills
    contact.preferred = fact.preferred_agent_id
    contact.avoid = fact.avoid_agent_id
    contact.urgent = fact.urgent
    contact.seq = state.next_number()
    enter(contact, now)
    state.contacts[fact.contact_id] = contact
    return contact


def _restored(state: RoutingState, fact: ContactRestored, now: float, out: Out) -> None:
    agent = state.agents.get(fact.agent_id)
    here = {"offered": OFFERED, "active": ACTIVE, "wrap_up": WRAP_UP}[fact.state]
    if (
        agent is None
        or fact.arrival.contact_id in state.contacts
        or (here is OFFERED and (agent.lost or agent.engaged))
    ):
        _arrived(state, fact.arrival, now, out)
        return
    contact = _contact(state, fact.arrival, now)
    contact.state = here
    contact.attempt = fact.attempt
    contact.until = fact.until
    give(contact, agent)
    stand(state, agent)
    if here is OFFERED:
        set_due(state, fact.until, LEASE, contact)
        return
    contact.desk.tally.waiting -= 1
    contact.desk.tally.answered += 1
    if here is WRAP_UP:
        set_due(state, fact.until, WRAP, contact)
    elif agent.lost:
        strand(state, contact, now)


def _abandoned(state: RoutingState, fact: ContactAbandoned, now: float, out: Out) -> None:
    _leave_unanswered(state, state.contacts.get(fact.contact_id), "abandoned", now, out)


def _callback_taken(state: RoutingState, fact: CallbackTaken, now: float, out: Out) -> None:
    _leave_unanswered(state, state.contacts.get(fact.contact_id), "callback", now, out)


def _dropped(state: RoutingState, fact: ContactDropped, now: float, out: Out) -> None:
    contact = state.contacts.get(fact.contact_id)
    if contact is not None and contact.state in (ACTIVE, STRANDED, WRAP_UP):
        assert contact.agent is not None
        finish(state, contact, contact.agent, "dropped", now, out)
    else:
        _leave_unanswered(state, contact, "dropped", now, out)


def _leave_unanswered(state: RoutingState, contact: Contact | None, why: str, now: float, out: Out) -> None:
    """A contact that waits or is being offered leaves; one that is answered cannot leave this way."""
    if contact is None or contact.state not in (WAITING, OFFERED):
        return
    agent = contact.agent
    if agent is None:
        take_out(contact)
    else:
        take_from(contact, agent)
        out.append(OfferEnded(contact.contact_id, agent.agent_id, why))
    del state.contacts[contact.contact_id]
    tally = contact.desk.tally
    tally.waiting -= 1
    setattr(tally, why, getattr(tally, why) + 1)
    out.append(Ended(contact.contact_id, contact.desk.rules.desk_id, why))
    if agent is not None:
        serve(state, agent, now, out)


def _released(state: RoutingState, fact: ContactReleased, now: float, out: Out) -> None:
    contact = state.contacts.get(fact.contact_id)
    if contact is None or contact.state not in (ACTIVE, STRANDED):
        return
    agent = contact.agent
    assert agent is not None
    longest = contact.desk.rules.wrap_up_max_seconds
    if contact.state is STRANDED or longest <= 0:
        finish(state, contact, agent, "finished", now, out)
        return
    contact.state = WRAP_UP
    contact.turn += 1
    contact.until = now + longest
    set_due(state, contact.until, WRAP, contact)
    out.append(WrapUpStarted(contact.contact_id, agent.agent_id, contact.until))


def _wrapped_up(state: RoutingState, fact: WrapUpFinished, now: float, out: Out) -> None:
    contact = state.contacts.get(fact.contact_id)
    if contact is not None and contact.state is WRAP_UP:
        assert contact.agent is not None
        finish(state, contact, contact.agent, "finished", now, out)


def _transferred(state: RoutingState, fact: ContactTransferred, now: float, out: Out) -> None:
    contact = state.contacts.get(fact.contact_id)
    if contact is None or contact.state not in (ACTIVE, STRANDED):
        return
    agent, former = contact.agent, contact.desk
    assert agent is not None
    contact.desk = state.desks[fact.desk_id]
    take_from(contact, agent)
    stand(state, agent)
    out.append(Freed(contact.contact_id, agent.agent_id, "transferred"))
    out.append(Moved(contact.contact_id, former.rules.desk_id, fact.desk_id, "transferred"))
    contact.preferred = fact.to_agent_id
    contact.avoid = agent.agent_id if fact.avoided else None
    contact.visited = ()
    enter(contact, now)
    wait(state, contact, now, out)
    agent.since = now
    serve(state, agent, now, out)


def _handed(state: RoutingState, fact: ContactHanded, now: float, out: Out) -> None:
    """The colleague is with him already, so that nobody is asked whether he could be offered it."""
    contact, agent = state.contacts.get(fact.contact_id), state.agents.get(fact.to_agent_id)
    if contact is None or agent is None or contact.state not in (ACTIVE, STRANDED) or contact.agent is agent:
        return
    former, profile = contact.agent, agent.group.profile
    assert former is not None
    if not agent.engaged and agent.used + profile.weight(contact.channel) > profile.whole:
        return  # who is on the line in it has room for it, whatever else he has
    take_from(contact, former)
    contact.state, contact.avoid, contact.preferred = ACTIVE, None, None
    give(contact, agent)
    out.append(Freed(contact.contact_id, former.agent_id, "handed"))
    out.append(Assigned(contact.contact_id, agent.agent_id))
    if agent.lost:
        strand(state, contact, now)
    stand(state, agent)
    former.since = now
    serve(state, former, now, out)


# --- offers --------------------------------------------------------------------------------------------------------


def _accepted(state: RoutingState, fact: OfferAccepted, now: float, out: Out) -> None:
    contact = _offered_to(state, fact.contact_id, fact.agent_id)
    if contact is None:
        return
    contact.state = ACTIVE
    contact.turn += 1
    contact.desk.tally.waiting -= 1
    contact.desk.tally.answered += 1
    out.append(Assigned(fact.contact_id, fact.agent_id))


def _declined(state: RoutingState, fact: OfferDeclined, now: float, out: Out) -> None:
    contact = _offered_to(state, fact.contact_id, fact.agent_id)
    if contact is not None:
        agent = contact.agent
        assert agent is not None
        known = "" if agent.ready else agent.reason or ""  # as of his telephone, which was not there
        return_offer(state, contact, agent, "declined", now, out, reason=known)


def _offered_to(state: RoutingState, contact_id: Any, agent_id: Any) -> Contact | None:
    contact = state.contacts.get(contact_id)
    if contact is None or contact.state is not OFFERED:
        return None
    return contact if contact.agent is not None and contact.agent.agent_id == agent_id else None


# --- desks and time ------------------------------------------------------------------------------------------------


def _desk_set(state: RoutingState, fact: DeskSet, now: float, out: Out) -> None:
    desk = state.desks.get(fact.rules.desk_id)
    if desk is None:
        state.desks[fact.rules.desk_id] = Desk(fact.rules)
        return
    desk.rules = fact.rules
    desk.lanes.clear()
    mine = [contact for contact in state.contacts.values() if contact.desk is desk]
    waiting = [contact for contact in mine if contact.state is WAITING]
    for contact in waiting:
        take_out(contact)
    for contact in mine:
        contact.take_rank()
        contact.stage = 0
    for contact in sorted(waiting, key=lambda c: (c.rank, c.seq)):
        wait(state, contact, now, out)


def _time_passed(state: RoutingState, fact: TimePassed, now: float, out: Out) -> None:
    """What is due has been done already."""


_DECIDE: Final[dict[type, Callable[[RoutingState, Any, float, Out], None]]] = {
    DeskSet: _desk_set,
    AgentSignedOn: signed_on,
    AgentSignedOff: signed_off,
    AgentStatusSet: status_set,
    AgentLost: lost,
    AgentBack: back,
    AgentEngaged: engaged,
    ContactArrived: _arrived,
    ContactRestored: _restored,
    ContactAbandoned: _abandoned,
    CallbackTaken: _callback_taken,
    ContactDropped: _dropped,
    OfferAccepted: _accepted,
    OfferDeclined: _declined,
    ContactReleased: _released,
    WrapUpFinished: _wrapped_up,
    ContactTransferred: _transferred,
    ContactHanded: _handed,
    TimePassed: _time_passed,
}
