"""What time alone brings about: leases, holds, relax steps, overflow, wrap-up maxima and the grace of lost agents."""

from collections.abc import Callable
from heapq import heappop
from typing import Final

from qiao.routing.model_facts import Freed, Moved, OfferEnded, Relaxed, Requeued, StatusSetBySystem
from qiao.routing.model_matching import (
    GRACE,
    HOLD,
    LEASE,
    OVERFLOW,
    RELAX,
    WRAP,
    Out,
    enter,
    expected_wait,
    release_held,
    serve,
    set_due,
    stand,
    take_from,
    take_out,
    wait,
)
from qiao.routing.model_state import Agent, Contact, RoutingState

RELOOK_SECONDS: Final = 15.0


def run_due(state: RoutingState, now: float, out: Out) -> None:
    """Do what is due by now, earliest first."""
    due = state.due
    while due and due[0][0] <= now:
        _, _, turn, kind, contact = heappop(due)
        if contact.turn == turn:
            _DUE[kind](state, contact, now, out)


def next_due_at(state: RoutingState) -> float | None:
    """When `decide` should be told `TimePassed` at the latest, or None."""
    due = state.due
    while due and due[0][2] != due[0][4].turn:
        heappop(due)
    return due[0][0] if due else None


def return_offer(
    state: RoutingState, contact: Contact, agent: Agent, why: str, now: float, out: Out, *, reason: str = ""
) -> None:
    """An offer was missed or declined: the agent is set not ready, the contact keeps its rank and goes on.

    `reason`: of his not being ready, where it is another than that.
    """
    out.append(OfferEnded(contact.contact_id, agent.agent_id, why))
    take_from(contact, agent)
    agent.ready, agent.reason = False, reason or why
    out.append(StatusSetBySystem(agent.agent_id, agent.reason))
    stand(state, agent)
    out.append(Requeued(contact.contact_id, contact.desk.rules.desk_id, why))
    release_held(state, agent, [contact], now, out)


def finish(state: RoutingState, contact: Contact, agent: Agent, why: str, now: float, out: Out) -> None:
    """The contact is over for good and its agent free for the next."""
    take_from(contact, agent)
    del state.contacts[contact.contact_id]
    out.append(Freed(contact.contact_id, agent.agent_id, why))
    agent.since = now
    serve(state, agent, now, out)


def requeue_lost(contact: Contact, agent: Agent, now: float, out: Out) -> None:
    """A conversation lost its agent: it counts as offered anew and keeps the time at which its waiting began.

    Whoever calls this lets it `wait`.
    """
    take_from(contact, agent)
    out.append(Freed(contact.contact_id, agent.agent_id, "lost"))
    out.append(Requeued(contact.contact_id, contact.desk.rules.desk_id, "lost"))
    contact.visited = ()
    contact.preferred = None
    enter(contact, now)


def _lease(state: RoutingState, contact: Contact, now: float, out: Out) -> None:
    assert contact.agent is not None
    return_offer(state, contact, contact.agent, "missed", now, out)


def _hold(state: RoutingState, contact: Contact, now: float, out: Out) -> None:
    take_out(contact)
    contact.preferred = None
    wait(state, contact, now, out)


def _relax(state: RoutingState, contact: Contact, now: float, out: Out) -> None:
    step = contact.desk.rules.relax[contact.stage]
    if step.expected_wait_over_seconds is not None:
        expected = expected_wait(state, contact, now)
        if expected is not None and expected <= step.expected_wait_over_seconds:
            set_due(state, now + RELOOK_SECONDS, RELAX, contact)
            return
    take_out(contact)
    contact.stage += 1
    out.append(Relaxed(contact.contact_id, contact.stage))
    wait(state, contact, now, out)


def _overflow(state: RoutingState, contact: Contact, now: float, out: Out) -> None:
    rules = contact.desk.rules
    other = state.desks.get(rules.overflow_desk_id)
    if other is None:
        return
    take_out(contact)
    contact.desk.tally.waiting -= 1
    contact.desk.tally.overflowed += 1
    contact.desk = other
    out.append(Moved(contact.contact_id, rules.desk_id, other.rules.desk_id, "overflowed"))
    enter(contact, now)
    wait(state, contact, now, out)


def _wrap_up(state: RoutingState, contact: Contact, now: float, out: Out) -> None:
    assert contact.agent is not None
    finish(state, contact, contact.agent, "overran", now, out)


def _grace(state: RoutingState, contact: Contact, now: float, out: Out) -> None:
    agent = contact.agent
    assert agent is not None
    requeue_lost(contact, agent, now, out)
    wait(state, contact, now, out)
    stand(state, agent)


_DUE: Final[dict[str, Callable[[RoutingState, Contact, float, Out], None]]] = {
    LEASE: _lease,
    HOLD: _hold,
    RELAX: _relax,
    OVERFLOW: _overflow,
    WRAP: _wrap_up,
    GRACE: _grace,
}
