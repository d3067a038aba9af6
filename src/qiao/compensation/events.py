"""What happened to a grant: ids and amounts, never why."""

from dataclasses import dataclass
from uuid import UUID

from qiao.kernel.events import Event
from qiao.kernel.ids import AgentId, CustomerId, OrderId
from qiao.kernel.money import Money


@dataclass(frozen=True)
class GrantEvent(Event):
    """All events of one grant are seen in order; `matter` is what it is about, such as "case:<id>"."""

    grant_id: UUID
    matter: str
    customer_id: CustomerId
    amount: Money

    @property
    def aggregate(self) -> str:
        return f"grant:{self.grant_id}"


@dataclass(frozen=True)
class CompensationGranted(GrantEvent):
    """It may be given, within authority or approved."""

    agent_id: AgentId


@dataclass(frozen=True)
class ApprovalAsked(GrantEvent):
    """It is above the authority of whoever asked: somebody else decides."""

    agent_id: AgentId


@dataclass(frozen=True)
class CompensationRefused(GrantEvent):
    """Whoever could have approved it did not."""

    agent_id: AgentId


@dataclass(frozen=True)
class CompensationSpent(GrantEvent):
    """An order gives it."""

    order_id: OrderId


@dataclass(frozen=True)
class CompensationTakenBack(GrantEvent):
    """It is not given after all, and counts no more."""
