"""Wiring of interactions: tables, events and templates; it serves no page."""

from qiao.catalogue import OrderDone, OrderPending, OrderPlaced, OrderRefused, OrderUnknown
from qiao.interactions import store
from qiao.interactions.orders import on_order, on_orders, register_orders
from qiao.platform.room import Listener, Room

assert store.interactions is not None

ROOM = Room(
    name="interactions",
    listeners=(
        Listener(
            "interactions",
            on=dict.fromkeys((OrderPlaced, OrderDone, OrderRefused, OrderPending, OrderUnknown), on_order),
            together=on_orders,
        ),
    ),
    register=register_orders,
)
