"""What happened to customers: ids, never names or numbers."""

from dataclasses import dataclass

from qiao.kernel.events import Event
from qiao.kernel.ids import CustomerId


@dataclass(frozen=True)
class CustomerEvent(Event):
    """All events of one customer are seen in order."""

    customer_id: CustomerId

    @property
    def aggregate(self) -> str:
        return f"customer:{self.customer_id}"


@dataclass(frozen=True)
class CustomerKnown(CustomerEvent):
    """Somebody is known here for the first time."""

    segment: str


@dataclass(frozen=True)
class NumberChangedHands(CustomerEvent):
    """A number of this customer belongs to somebody else, or to nobody, from now on."""

    period_id: str


@dataclass(frozen=True)
class ProvingBlocked(CustomerEvent):
    """Too many wrong answers for a number of this customer."""
