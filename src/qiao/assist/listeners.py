"""What assist hears: that an order or a flow which was offered as the quicker way came to its end."""

from collections.abc import Sequence
from typing import Final

from qiao.assist.steering import ways_done
from qiao.catalogue import OrderDone
from qiao.kernel.events import Event
from qiao.platform.database import Transaction
from qiao.platform.room import Hears
from qiao.selfservice import FlowEnded

AT_ITS_END: Final = "ended"


async def on_done(tx: Transaction, event: OrderDone | FlowEnded) -> None:
    """An order was done, or a flow came to its end."""
    await on_all_done(tx, [event])


async def on_all_done(tx: Transaction, events: Sequence[OrderDone | FlowEnded]) -> None:
    """As `on_done`, for many."""
    done = []
    for event in events:
        if event.interaction_id is None:
            continue
        if isinstance(event, OrderDone):
            done.append((event.interaction_id, event.code))
        elif event.over == AT_ITS_END:
            done.append((event.interaction_id, event.flow))
    await ways_done(tx, done)


HEARS: Final[dict[type[Event], Hears]] = {OrderDone: on_done, FlowEnded: on_done}
