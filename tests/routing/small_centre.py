"""A small centre for tests of the routing core, told step by step; the oracle checks everything after each step."""

from typing import Any

from qiao.routing.model_facts import (
    AgentSignedOn,
    AgentStatusSet,
    Assigned,
    ContactArrived,
    DeskSet,
    Ended,
    Fact,
    Freed,
    Moved,
    OfferAccepted,
    Offered,
    OfferEnded,
    Outcome,
    Queued,
    TimePassed,
)
from qiao.routing.model_rules import DeskRules, Profile
from tests.routing.oracle import Oracle

ONE_CALL_OR_FOUR_CHATS = (("voice", 1), ("chat", 4))


class Centre:
    """Desks, agents and contacts by short names; every verb returns what came of it in short words."""

    def __init__(self) -> None:
        self.oracle = Oracle()

    @property
    def now(self) -> float:
        return self.oracle.now

    def tell(self, fact: Fact) -> list[str]:
        return [said(outcome) for outcome in self.oracle.tell(fact)]

    def after(self, seconds: float) -> list[str]:
        """So much later, with nothing else happening."""
        self.oracle.now += seconds
        return self.tell(TimePassed())

    def desk(self, name: str = "bills", **rules: Any) -> list[str]:
        return self.tell(DeskSet(DeskRules(name, **{"wrap_up_max_seconds": 0.0} | rules)))

    def agent(self, name: str, *, ready: bool = True, **profile: Any) -> list[str]:
        """Signs on and is ready; speaks Chinese unless told otherwise."""
        given = {"capacity": ONE_CALL_OR_FOUR_CHATS, "languages": frozenset({"zh-CN"})} | profile
        told = self.tell(AgentSignedOn(name, Profile(**given)))
        return told + (self.tell(AgentStatusSet(name, ready=True)) if ready else [])

    def arrive(self, name: str, desk: str = "bills", channel: str = "voice", **needs: Any) -> list[str]:
        waited = needs.pop("waited", 0)
        return self.tell(ContactArrived(name, desk, channel, self.now - waited, **{"language": "zh-CN"} | needs))

    def talk(self, name: str, agent: str, **needs: Any) -> None:
        """A contact arrives, is offered to this agent and accepted."""
        assert self.arrive(name, **needs) == [f"{name} to {agent}"]
        assert self.tell(OfferAccepted(name, agent)) == [f"{agent} has {name}"]

    def waiting(self) -> list[str]:
        """Who waits, the best rank first."""
        waits = {name: matter for name, matter in self.oracle.matters.items() if matter.state == "waiting"}
        return [str(name) for name in sorted(waits, key=lambda name: self.oracle.rank(waits[name]))]

    def tally(self, desk: str = "bills") -> dict[str, int]:
        """What the desk has counted, without the zeros."""
        found = self.oracle.state.desks[desk].tally
        names = ("offered", "answered", "abandoned", "overflowed", "callback", "dropped", "waiting")
        return {name: getattr(found, name) for name in names if getattr(found, name)}


def said(outcome: Outcome) -> str:
    """An outcome in few words."""
    match outcome:
        case Queued(contact, desk, attended):
            return f"{contact} waits at {desk}" + ("" if attended else ", unattended")
        case Offered(contact, agent, _, attempt):
            return f"{contact} to {agent}" + (f" (offer {attempt})" if attempt > 1 else "")
        case OfferEnded(contact, agent, why):
            return f"{contact} not to {agent}: {why}"
        case Assigned(contact, agent):
            return f"{agent} has {contact}"
        case Freed(contact, agent, why):
            return f"{agent} is rid of {contact}: {why}"
        case Moved(contact, _, desk, why):
            return f"{contact} {why} to {desk}"
        case Ended(contact, _, why):
            return f"{contact} is gone: {why}"
    return _rest(outcome)


def _rest(outcome: Any) -> str:
    names = {"Requeued": "waits again", "Relaxed": "is easier", "WrapUpStarted": "is written up"}
    kind = type(outcome).__name__
    if kind == "StatusSetBySystem":
        return f"{outcome.agent_id} is not ready: {outcome.reason}"
    return f"{outcome.contact_id} {names[kind]}"
