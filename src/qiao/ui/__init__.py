"""The design kit: page shell, macros, formats, links, assets and the live stream; README.md says how to use it."""

from qiao.ui.environment import extend
from qiao.ui.links import Link, links, register_link
from qiao.ui.slots import Slot, register_slot
from qiao.ui.stream import AsksLeave, OnAlive, make_stream_route
from qiao.ui.stream_board import Shows

__all__ = [
    "AsksLeave",
    "Link",
    "OnAlive",
    "Shows",
    "Slot",
    "extend",
    "links",
    "make_stream_route",
    "register_link",
    "register_slot",
]
