"""The money guard: services that give money are performed only on a grant, which is spent by the order."""

from typing import Final, Protocol

from qiao.catalogue.model import NeedsGrant
from qiao.kernel.ids import CustomerId, OrderId
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction


class MoneyGuard(Protocol):
    """Whoever issues grants; filled by the room above that does."""

    async def spend(
        self,
        tx: Transaction,
        *,
        grant_id: str,
        order_id: OrderId,
        code: str,
        customer_id: CustomerId,
        target: ServiceId,
        amount: Money,
    ) -> None:
        """Spend the grant on this very order; again for the same order changes nothing.

        Raises NeedsGrant when there is none for exactly this customer, number, service and amount, or it is spent.
        """
        ...


_GUARDS: Final[list[MoneyGuard]] = []


def register_money_guard(guard: MoneyGuard) -> None:
    """Make the one guard known, from `room.py` of the room that issues grants."""
    _GUARDS[:] = [guard]


async def spend_grant(
    tx: Transaction,
    *,
    grant_id: str | None,
    order_id: OrderId,
    code: str,
    customer_id: CustomerId,
    target: ServiceId,
    amount: Money,
) -> None:
    """Spend a grant. Raises NeedsGrant, also where nobody issues any."""
    if not _GUARDS or not grant_id:
        raise NeedsGrant
    await _GUARDS[0].spend(
        tx,
        grant_id=grant_id,
        order_id=order_id,
        code=code,
        customer_id=customer_id,
        target=target,
        amount=amount,
    )
