"""How fast somebody may write, and how much nonsense one connection may send before it is closed."""

from typing import Final

from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.platform.rate_limits import Limit, LocalLimit

CONNECTION: Final = Limit(burst=20, refill_seconds=0.2)
VISITOR: Final = Limit(burst=40, refill_seconds=0.1)
PATIENCE: Final = Limit(burst=2000, refill_seconds=0.02)
KEYS_MAX: Final = 20_000


class TooFast(Refused):
    """More than the pace allows; nothing that was accepted is touched."""

    code = "chat.too_fast"
    status = 429
    text = N_("That was too fast. This message was not sent; everything before it is kept. Try again in a moment.")

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds=max(round(seconds, 2), 0.01))


class Paces:
    """The buckets of one process: of each connection and of each visitor in all his tabs."""

    def __init__(self) -> None:
        self._connections = LocalLimit(CONNECTION, keys_max=KEYS_MAX)
        self._visitors = LocalLimit(VISITOR, keys_max=KEYS_MAX)
        self._patience = LocalLimit(PATIENCE, keys_max=KEYS_MAX)

    def admit(self, visitor: str, connection: str, *, now_seconds: float | None = None) -> None:
        """Count one message. Raises TooFast."""
        wait = self._connections.wait_seconds(connection, now_seconds=now_seconds)
        if wait <= 0:
            wait = self._visitors.wait_seconds(visitor, now_seconds=now_seconds)
        if wait > 0:
            raise TooFast(wait)

    def bear(self, connection: str, *, now_seconds: float | None = None) -> bool:
        """Count one refusal; False when this connection has had enough of them."""
        return self._patience.wait_seconds(connection, now_seconds=now_seconds) <= 0
