"""Wiring of diagnosis: what it measures is had through the catalogue."""

from qiao import catalogue
from qiao.diagnosis import measuring
from qiao.platform.room import Room


def bring_looks() -> None:
    """Answer the catalogue's looks that are measured here; texts that are incomplete stop the start."""
    measuring.words()
    catalogue.register_look("line_state", measuring.look_at_line, measuring.tell_line)
    catalogue.register_look("network_state", measuring.look_at_network, measuring.tell_network)
    catalogue.register_look("broadband_line", measuring.look_at_broadband, measuring.tell_broadband)


ROOM = Room(name="diagnosis", register=bring_looks)
