"""What became of quicker ways that were offered."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from qiao.kernel.events import Event
from qiao.kernel.ids import InteractionId


@dataclass(frozen=True)
class QuickerWayEvent(Event):
    """All events of one offer are seen in order; `service` is a service's or flow's code, `at` when it was shown."""

    offer_id: UUID
    interaction_id: InteractionId
    service: str
    channel: str
    at: datetime

    @property
    def aggregate(self) -> str:
        return f"quicker_way:{self.offer_id}"


@dataclass(frozen=True)
class QuickerWayShown(QuickerWayEvent):
    """It was offered beside waiting for a person."""


@dataclass(frozen=True)
class QuickerWayTaken(QuickerWayEvent):
    """The customer chose it."""


@dataclass(frozen=True)
class QuickerWayDone(QuickerWayEvent):
    """It did what he wanted, as far as the house can see: answered, or the order done, or the flow at its end."""
