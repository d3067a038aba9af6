"""How fast somebody may write: token buckets in seconds of a monotonic clock."""

from dataclasses import dataclass, field
from typing import Final

from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused

BURST: Final = 20
PER_SECOND: Final = 5.0
VISITOR_BURST: Final = 40
VISITOR_PER_SECOND: Final = 10.0
REFUSALS_MAX: Final = 200
VISITORS_MAX: Final = 20_000


class TooFast(Refused):
    """More than the pace allows; nothing that was accepted is touched."""

    code = "chat.too_fast"
    status = 429
    text = N_("That was too fast. This message was not sent; everything before it is kept. Try again in a moment.")

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds=max(round(seconds, 2), 0.01))
        self.seconds = seconds


@dataclass(slots=True)
class Bucket:
    """Holds at most `burst` tokens and gains `per_second`; one message takes one."""

    burst: float
    per_second: float
    tokens: float = -1.0
    at: float = 0.0

    def wait_seconds(self, now: float) -> float:
        """Seconds until one token is there; 0 if it is there now."""
        self._fill(now)
        return max(0.0, (1.0 - self.tokens) / self.per_second)

    def take(self, now: float) -> None:
        """Use one token; ask `wait_seconds` first."""
        self._fill(now)
        self.tokens -= 1.0

    def _fill(self, now: float) -> None:
        if self.tokens < 0:
            self.tokens = self.burst
        else:
            self.tokens = min(self.burst, self.tokens + max(0.0, now - self.at) * self.per_second)
        self.at = now


@dataclass(slots=True)
class Paces:
    """The buckets of all visitors of one process; those longest idle are forgotten first."""

    visitors: dict[str, Bucket] = field(default_factory=dict)

    def admit(self, visitor: str, own: Bucket, now: float) -> None:
        """Take one token from the connection's bucket and one from its visitor's. Raises TooFast, taking none."""
        shared = self.visitors.pop(visitor, None) or Bucket(VISITOR_BURST, VISITOR_PER_SECOND)
        self.visitors[visitor] = shared
        while len(self.visitors) > VISITORS_MAX:
            self.visitors.pop(next(iter(self.visitors)))
        wait = max(own.wait_seconds(now), shared.wait_seconds(now))
        if wait > 0:
            raise TooFast(wait)
        own.take(now)
        shared.take(now)
