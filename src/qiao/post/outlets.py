"""The port through which messages leave."""

from typing import Protocol, runtime_checkable

from qiao.platform.house import House
from qiao.post.model import Ending, Message


class OutletAway(Exception):
    """The outlet could not be reached at all: the message surely never left and is tried again."""


@runtime_checkable
class Outlet(Protocol):
    """Where messages leave. `repeats_safely` says that the same message twice arrives once."""

    repeats_safely: bool

    async def deliver(self, house: House, message: Message) -> Ending:
        """Send it. Raises OutletAway when it surely did not leave; anything else raised is "unknown"."""
        ...
