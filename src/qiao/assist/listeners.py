"""What assist hears: that an order or a flow which was offered as the quicker way came to its end."""

from typing import Final

from qiao.assist.steering import way_done
from qiao.catalogue import OrderDone
from qiao.kernel.events import Event
from qiao.platform.database import Transaction
from qiao.platform.room import Hears
from qiao.selfservice import FlowEnded

AT_ITS_END: Final = "ended"


async def on_order_done(tx: Transaction, event: OrderDone) -> None:
    """The order of a contact was done."""
    if event.interaction_id is not None:
        await way_done(tx, event.interaction_id, event.code)


async def on_flow_ended(tx: Transaction, event: FlowEnded) -> None:
    """A flow came to its own end."""
    if event.interaction_id is not None and event.over == AT_ITS_END:
        await way_done(tx, event.interaction_id, event.flow)


HEARS: Final[dict[type[Event], Hears]] = {OrderDone: on_order_done, FlowEnded: on_flow_ended}
