"""The clock protocol: whoever needs the time is given one."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the instant, in UTC and with its zone."""

    def now(self) -> datetime:
        """The instant by the one clock of the house."""
        ...
