"""What happened while contacts and agents were brought together: ids, times and reasons."""

from dataclasses import dataclass

from qiao.kernel.events import Event
from qiao.kernel.ids import AgentId, DeskId, InteractionId


@dataclass(frozen=True)
class ContactEvent(Event):
    """All events of one contact are seen in order."""

    interaction_id: InteractionId

    @property
    def aggregate(self) -> str:
        return f"interaction:{self.interaction_id}"


@dataclass(frozen=True)
class ContactQueued(ContactEvent):
    """It waits at a desk."""

    desk_id: DeskId
    channel: str


@dataclass(frozen=True)
class ContactOffered(ContactEvent):
    """It is an agent's to accept; `attempt` counts from 1."""

    agent_id: AgentId
    desk_id: DeskId
    attempt: int


@dataclass(frozen=True)
class OfferMissed(ContactEvent):
    """The agent did not answer in time; he was set not ready."""

    agent_id: AgentId


@dataclass(frozen=True)
class OfferDeclined(ContactEvent):
    """The agent refused it; he was set not ready."""

    agent_id: AgentId


@dataclass(frozen=True)
class ContactAnswered(ContactEvent):
    """An agent accepted it, so many seconds after its waiting began."""

    agent_id: AgentId
    desk_id: DeskId
    waited_seconds: float


@dataclass(frozen=True)
class ContactReleased(ContactEvent):
    """The conversation is over; the agent writes it up."""

    agent_id: AgentId


@dataclass(frozen=True)
class WrapUpEnded(ContactEvent):
    """The agent is free of it; `why` is "finished" or "overran" (the desk's longest wrap-up passed)."""

    agent_id: AgentId
    why: str


@dataclass(frozen=True)
class AgentOfContactLost(ContactEvent):
    """The agent's tabs stayed silent (or he signed off) with the conversation going on; it waits for another."""

    agent_id: AgentId


@dataclass(frozen=True)
class ContactTransferred(ContactEvent):
    """An agent handed it to a desk, or through it to a named colleague."""

    agent_id: AgentId
    desk_id: DeskId
    to_agent: AgentId | None = None


@dataclass(frozen=True)
class ContactOverflowed(ContactEvent):
    """It waited too long and waits at another desk now."""

    from_desk_id: DeskId
    desk_id: DeskId


@dataclass(frozen=True)
class ContactLeft(ContactEvent):
    """It left unanswered: "abandoned", "callback" or "dropped", so many seconds after its waiting began."""

    desk_id: DeskId
    why: str
    waited_seconds: float


@dataclass(frozen=True)
class AgentEvent(Event):
    """All events of one agent's seat are seen in order."""

    agent_id: AgentId

    @property
    def aggregate(self) -> str:
        return f"agent:{self.agent_id}"


@dataclass(frozen=True)
class AgentSignedOn(AgentEvent):
    """The agent took his seat, not ready yet."""


@dataclass(frozen=True)
class AgentSignedOff(AgentEvent):
    """The agent left his seat; "silent" when his tabs had been gone for long."""

    why: str


@dataclass(frozen=True)
class AgentStatusChanged(AgentEvent):
    """The person (or, for "missed" and "declined", the system) said ready or not."""

    status: str
    reason: str | None = None
