"""Whom the chat talks about: agents by the name they show, customers by what the house knows of them."""

from collections.abc import Iterable
from uuid import UUID

from qiao import customers, staff
from qiao.kernel.ids import AgentId, CustomerId, UnitId
from qiao.platform.database import Transaction


async def agent_names(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names agents show to customers."""
    found = await staff.agents_by_ids(tx, [AgentId(one) for one in ids])
    return {agent.id: agent.shown_name for agent in found.values()}


async def standing_of(tx: Transaction, customer_id: CustomerId | None) -> tuple[str, UnitId | None]:
    """The customer's segment and organisation unit; "" and None when unknown."""
    found = (await customers.customers_by_ids(tx, [customer_id])).get(customer_id) if customer_id else None
    return (found.segment, found.unit_id) if found is not None else ("", None)
