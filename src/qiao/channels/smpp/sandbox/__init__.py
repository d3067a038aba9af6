"""The sandbox's SMS centre: a process of its own that speaks real SMPP 3.4, keeps a ledger, and fails on command."""

from qiao.channels.smpp.sandbox.centre import Centre, Faults
from qiao.channels.smpp.sandbox.control import Control, Remote
from qiao.channels.smpp.sandbox.ledger import Ledger, Taken

__all__ = ["Centre", "Control", "Faults", "Ledger", "Remote", "Taken"]
