"""What happened in self-service."""

from dataclasses import dataclass
from uuid import UUID

from qiao.kernel.events import Event
from qiao.kernel.ids import CustomerId, InteractionId


@dataclass(frozen=True)
class FlowEvent(Event):
    """All events of one session are seen in order; `step` is "flow.step", where it stood."""

    session_id: UUID
    flow: str
    version: int
    channel: str
    step: str
    customer_id: CustomerId | None
    interaction_id: InteractionId | None

    @property
    def aggregate(self) -> str:
        return f"flow_session:{self.session_id}"


@dataclass(frozen=True)
class FlowBegun(FlowEvent):
    """Somebody began a flow."""


@dataclass(frozen=True)
class FlowEnded(FlowEvent):
    """It is over without a person: `over` "ended", "cancelled", "callback", or "left" when he said no more."""

    over: str = ""
    result: str = ""


@dataclass(frozen=True)
class FlowHandedOver(FlowEvent):
    """A person takes over; `desk` is the code that the flow named, "" for any."""

    desk: str = ""


@dataclass(frozen=True)
class FlowPublished(Event):
    """New sessions begin on this version; those in flight stay on theirs."""

    code: str
    version: int
    by: str

    @property
    def aggregate(self) -> str:
        return f"flow:{self.code}"
