"""Whom the chat talks about: agents by the name they show, customers by what the house knows of them."""

from collections.abc import Iterable
from uuid import UUID

from qiao.kernel.ids import CustomerId
from qiao.platform.database import Transaction


async def agent_names(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names agents show to customers."""
    return {}


async def segment_of(tx: Transaction, customer_id: CustomerId | None) -> str:
    """The customer's segment, "" when unknown."""
    return ""
