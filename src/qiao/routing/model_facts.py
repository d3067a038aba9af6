"""What may be told to the routing core (facts) and what it answers (outcomes): frozen, ids and plain values only.

Times are seconds on one scale that the caller chooses (live: seconds since 1970 UTC; simulation: since midnight).
"""

from dataclasses import dataclass

from qiao.routing.model_rules import NO_SKILLS, DeskRules, Key, Profile, Skills

# --- facts ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeskSet:
    """A desk exists with these rules, or its rules changed; who waits there waits by the new ones."""

    rules: DeskRules


@dataclass(frozen=True, slots=True)
class AgentSignedOn:
    """An agent is here, not ready yet; told again with another profile, the new one counts from now on."""

    agent_id: Key
    profile: Profile


@dataclass(frozen=True, slots=True)
class AgentSignedOff:
    """An agent left; what he had goes back to the head of its desk."""

    agent_id: Key


@dataclass(frozen=True, slots=True)
class AgentStatusSet:
    """The person said ready or not; live offers and conversations stay with him."""

    agent_id: Key
    ready: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class AgentLost:
    """No tab of the agent answers: offers return at once, conversations are kept for the desk's grace."""

    agent_id: Key


@dataclass(frozen=True, slots=True)
class AgentBack:
    """A lost agent answers again."""

    agent_id: Key


@dataclass(frozen=True, slots=True)
class AgentEngaged:
    """A colleague has the agent on his line, or has him no more: meanwhile nothing is offered to him."""

    agent_id: Key
    engaged: bool


@dataclass(frozen=True, slots=True)
class ContactArrived:
    """A contact joins a desk. `queued_at` is when its waiting began, earlier than now for a callback or a return.

    `preferred_agent_id` is held for it for a while; `avoid_agent_id` is never offered it, preferred or not. What is
    `urgent` goes before all that is not, whatever has waited for how long.
    """

    contact_id: Key
    desk_id: Key
    channel: str
    queued_at: float
    language: str | None = None
    segment: str | None = None
    unit: Key | None = None
    skills: Skills = NO_SKILLS
    preferred_agent_id: Key | None = None
    avoid_agent_id: Key | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class ContactRestored:
    """A contact that an agent already has, read back from rows after a take-over.

    `state` is "offered", "active" or "wrap_up"; `until` ends the lease or the wrap-up.
    """

    arrival: ContactArrived
    state: str
    agent_id: Key
    until: float = 0.0
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class ContactAbandoned:
    """The customer left before anybody answered."""

    contact_id: Key


@dataclass(frozen=True, slots=True)
class CallbackTaken:
    """The waiting customer chose to be called back."""

    contact_id: Key


@dataclass(frozen=True, slots=True)
class ContactDropped:
    """The system lost or ended the contact, wherever it stood; no wrap-up follows."""

    contact_id: Key


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    """The agent took the contact."""

    contact_id: Key
    agent_id: Key


@dataclass(frozen=True, slots=True)
class OfferDeclined:
    """The agent refused the contact; he is set not ready (declined), so it is not offered to him again."""

    contact_id: Key
    agent_id: Key


@dataclass(frozen=True, slots=True)
class ContactReleased:
    """The conversation is over; the agent writes it up."""

    contact_id: Key


@dataclass(frozen=True, slots=True)
class WrapUpFinished:
    """The agent is done with writing up."""

    contact_id: Key


@dataclass(frozen=True, slots=True)
class ContactTransferred:
    """The agent hands the contact to a desk, or through it to a named agent; it keeps its place in time.

    With `avoided` False he may get it again: he did not want to be rid of it.
    """

    contact_id: Key
    desk_id: Key
    to_agent_id: Key | None = None
    avoided: bool = True


@dataclass(frozen=True, slots=True)
class ContactHanded:
    """The agent leaves a conversation to a colleague who is in it already: no waiting, no offer."""

    contact_id: Key
    to_agent_id: Key


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Nothing happened but time: leases, holds, wrap-ups that are due end."""


Fact = (
    DeskSet
    | AgentSignedOn
    | AgentSignedOff
    | AgentStatusSet
    | AgentLost
    | AgentBack
    | AgentEngaged
    | ContactArrived
    | ContactRestored
    | ContactAbandoned
    | CallbackTaken
    | ContactDropped
    | OfferAccepted
    | OfferDeclined
    | ContactReleased
    | WrapUpFinished
    | ContactTransferred
    | ContactHanded
    | TimePassed
)

# --- outcomes ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Queued:
    """The contact waits; `attended` False when nobody who could ever serve it is signed on."""

    contact_id: Key
    desk_id: Key
    attended: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """The contact is the agent's to accept until then; `attempt` counts its offers from 1."""

    contact_id: Key
    agent_id: Key
    until: float
    attempt: int


@dataclass(frozen=True, slots=True)
class OfferEnded:
    """An offer is no more: "missed", "declined", "withdrawn" (agent gone) or "abandoned" (customer gone)."""

    contact_id: Key
    agent_id: Key
    why: str


@dataclass(frozen=True, slots=True)
class Assigned:
    """The contact has its agent."""

    contact_id: Key
    agent_id: Key


@dataclass(frozen=True, slots=True)
class Requeued:
    """The contact is back among the waiting with the time it has waited: "missed", "declined", "withdrawn", "lost"."""

    contact_id: Key
    desk_id: Key
    why: str


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The contact's needs became easier; `stage` steps have been taken."""

    contact_id: Key
    stage: int


@dataclass(frozen=True, slots=True)
class Moved:
    """The contact waits at another desk: "overflowed" or "transferred"."""

    contact_id: Key
    from_desk_id: Key
    desk_id: Key
    why: str


@dataclass(frozen=True, slots=True)
class WrapUpStarted:
    """The conversation ended; the agent writes it up until then at the latest."""

    contact_id: Key
    agent_id: Key
    until: float


@dataclass(frozen=True, slots=True)
class Freed:
    """The agent has it no more: "finished", "overran" (longest wrap-up), "dropped", "transferred", "handed", "lost"."""

    contact_id: Key
    agent_id: Key
    why: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The contact has left the desk unanswered: "abandoned", "callback" or "dropped"."""

    contact_id: Key
    desk_id: Key
    why: str


@dataclass(frozen=True, slots=True)
class StatusSetBySystem:
    """The agent was made not ready: "missed" or "declined"."""

    agent_id: Key
    reason: str


Outcome = (
    Queued
    | Offered
    | OfferEnded
    | Assigned
    | Requeued
    | Relaxed
    | Moved
    | WrapUpStarted
    | Freed
    | Ended
    | StatusSetBySystem
)
