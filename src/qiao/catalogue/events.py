"""What became of orders."""

from dataclasses import dataclass, field

from qiao.kernel.events import Event
from qiao.kernel.ids import CustomerId, InteractionId, OrderId


@dataclass(frozen=True)
class OrderEvent(Event):
    """All events of one order are seen in order; `interaction_id` is the contact it was placed in, `channel` its door.

    Whoever tells only of orders of one channel passes the others over unread; events of before know no channel ("").
    """

    order_id: OrderId
    customer_id: CustomerId
    code: str
    interaction_id: InteractionId | None
    actor: str
    channel: str = field(default="", kw_only=True)

    @property
    def aggregate(self) -> str:
        return f"order:{self.order_id}"


@dataclass(frozen=True)
class OrderPlaced(OrderEvent):
    """It will be performed."""


@dataclass(frozen=True)
class OrderDone(OrderEvent):
    """The operator has done it."""


@dataclass(frozen=True)
class OrderRefused(OrderEvent):
    """The operator will not; nothing was changed."""

    reason: str = ""


@dataclass(frozen=True)
class OrderPending(OrderEvent):
    """It is not done yet and will be."""


@dataclass(frozen=True)
class OrderUnknown(OrderEvent):
    """Nobody can tell whether it was done; the operator is asked again."""
