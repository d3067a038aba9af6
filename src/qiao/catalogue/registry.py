"""The registry of services that rooms perform or answer themselves: a complaint, a callback. They fill it at start."""

from typing import Any, Final, Protocol

from qiao.bss import Outcome
from qiao.catalogue.model import Order
from qiao.kernel.ids import CustomerId
from qiao.kernel.service_ids import ServiceId
from qiao.platform.house import House


class Performs(Protocol):
    """Performs an order, once for each order id; called with no transaction open. A Refused is "refused"."""

    async def __call__(self, house: House, order: Order) -> Outcome:
        """Do it."""
        ...


class Looks(Protocol):
    """Answers a question about a customer who was already found to be the one; called with no transaction open."""

    async def __call__(self, house: House, customer_id: CustomerId, target: ServiceId) -> Any:
        """The answer, as plain values."""
        ...


class Tells(Protocol):
    """Tells an answer in one of the nine languages; None for "there is nothing"."""

    def __call__(self, value: Any, language: str, zone: str, /) -> str | None:
        """The words."""
        ...


_PERFORMS: Final[dict[str, Performs]] = {}
_LOOKS: Final[dict[str, tuple[Looks, Tells]]] = {}


def register_act(code: str, performs: Performs) -> None:
    """Make known who performs a service of the catalogue; again, the later one stands."""
    _PERFORMS[code] = performs


def register_look(code: str, looks: Looks, tells: Tells) -> None:
    """Make known who answers a service of the catalogue, and how it is told; again, the later one stands."""
    _LOOKS[code] = looks, tells


def performer(code: str) -> Performs | None:
    """Who performs it, if any room does."""
    return _PERFORMS.get(code)


def looker(code: str) -> Looks | None:
    """Who answers it, if any room does."""
    return _LOOKS[code][0] if code in _LOOKS else None


def teller(code: str) -> Tells | None:
    """Who tells its answer, if any room does."""
    return _LOOKS[code][1] if code in _LOOKS else None
