"""The service of the catalogue that this room performs: a call back that the customer asks for is promised."""

from typing import Final

from qiao import customers, routing
from qiao.bss import Outcome
from qiao.catalogue import Order, register_act
from qiao.outreach.calling import ENTRY_POINT, DeskClosedThen, promise_callback
from qiao.outreach.consenting import zone_chosen_by
from qiao.outreach.model import zone_of
from qiao.outreach.model_asked import window_of
from qiao.platform.house import House

CLOSED: Final = Outcome("refused", reason="closed")


async def call_back(house: House, order: Order) -> Outcome:
    """Promise the call; the same order is the same promise. Refused where no desk is there to keep it."""
    try:
        async with house.database.transaction() as tx:
            person = await customers.customer(tx, order.customer_id)
            desk = await routing.desk_for(tx, entry_point=ENTRY_POINT, segment=person.segment, unit_id=person.unit_id)
            if desk is None:
                return CLOSED
            zone = zone_of(order.target, await zone_chosen_by(tx, order.customer_id))
            promised = await promise_callback(
                tx,
                customer_id=order.customer_id,
                service=order.target,
                window=window_of(order.parameters.get("part_of_day", ""), tx.now, zone),
                matter="",
                desk_id=desk.id,
                preferred_agent_id=None,
                origin=order.origin,
                key=f"order:{order.id}",
            )
    except DeskClosedThen:
        return CLOSED
    return Outcome("done", str(promised))


def register() -> None:
    """Make known to the catalogue what is done here."""
    register_act("callback", call_back)
