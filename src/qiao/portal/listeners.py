"""What the portal hears: that a flow on its pages is over."""

from typing import Final

from qiao import interactions
from qiao.kernel.events import Event
from qiao.platform.database import Transaction
from qiao.platform.room import Hears
from qiao.selfservice import FlowEnded, FlowHandedOver

CHANNEL: Final = "web"


async def on_flow_ended(tx: Transaction, event: FlowEnded) -> None:
    """The contact on the pages ends with its flow."""
    if event.channel == CHANNEL and event.interaction_id is not None:
        reason = "customer_left" if event.over == "left" else "served"
        await interactions.end_interaction(tx, interaction_id=event.interaction_id, reason=reason)


async def on_flow_handed_over(tx: Transaction, event: FlowHandedOver) -> None:
    """He goes on with a person, in the chat or on the telephone."""
    if event.channel == CHANNEL and event.interaction_id is not None:
        await interactions.end_interaction(tx, interaction_id=event.interaction_id, reason="replaced")


HEARS: Final[dict[type[Event], Hears]] = {
    FlowEnded: on_flow_ended,
    FlowHandedOver: on_flow_handed_over,
}
