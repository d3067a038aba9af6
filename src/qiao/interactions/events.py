"""What happened to a contact: ids and plain facts, never what was said."""

from dataclasses import dataclass

from qiao.kernel.events import Event
from qiao.kernel.ids import AgentId, CustomerId, InteractionId, MessageId


@dataclass(frozen=True)
class InteractionEvent(Event):
    """All events of one contact are seen in order."""

    interaction_id: InteractionId

    @property
    def aggregate(self) -> str:
        return f"interaction:{self.interaction_id}"


@dataclass(frozen=True)
class InteractionStarted(InteractionEvent):
    """A contact began; `direction` is "inbound", "outbound" or "written"."""

    channel: str
    direction: str
    customer_id: CustomerId | None = None


@dataclass(frozen=True)
class CustomerIdentified(InteractionEvent):
    """It is known whose contact this is; `previous_id` when it was first taken for somebody else's."""

    customer_id: CustomerId
    previous_id: CustomerId | None = None


@dataclass(frozen=True)
class ProofAsked(InteractionEvent):
    """The customer was asked to prove who he is; his channel shows him how."""

    method: str


@dataclass(frozen=True)
class IdentityProven(InteractionEvent):
    """The level proved in this contact rose."""

    customer_id: CustomerId
    level: int
    method: str


@dataclass(frozen=True)
class InteractionQueued(InteractionEvent):
    """The contact began to wait for a person."""


@dataclass(frozen=True)
class MessageSaid(InteractionEvent):
    """Somebody wrote; `author_kind` is "customer", "agent", "system" or "bot"."""

    message_id: MessageId
    seq: int
    author_kind: str
    channel: str = ""


@dataclass(frozen=True)
class InteractionAssigned(InteractionEvent):
    """An agent has the contact from now on."""

    agent_id: AgentId


@dataclass(frozen=True)
class InteractionUnassigned(InteractionEvent):
    """The agent no longer has it; the contact goes on."""

    agent_id: AgentId
    reason: str


@dataclass(frozen=True)
class InteractionEnded(InteractionEvent):
    """Nothing more will be said in it."""

    reason: str
    channel: str
    customer_id: CustomerId | None = None
    agent_id: AgentId | None = None


@dataclass(frozen=True)
class InteractionWrappedUp(InteractionEvent):
    """The agent wrote down how it came out."""

    agent_id: AgentId
    disposition: str
    customer_id: CustomerId | None = None
