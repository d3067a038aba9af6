"""Wiring of SMPP: nothing runs in the worker, the gateway is a process of its own."""

from qiao.channels.smpp import gateway
from qiao.platform.room import Room

ROOM = Room(name="channels.smpp", failpoints=(gateway.CLAIMED, gateway.TOLD))
