"""Recognising a customer: the operator is asked first, outside any transaction; then what he said is kept."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qiao.bss import Balance, BillSummary, Holding, Operator, OperatorAway, Party, Plan, Subscription
from qiao.kernel.service_ids import ServiceId


@dataclass(frozen=True, slots=True)
class Finding:
    """What the operator says of the holder of a number."""

    party: Party
    holdings: tuple[Holding, ...]


async def look_up(operator: Operator, service: ServiceId) -> Finding | None:
    """Who holds the number now; None for nobody. Call with no transaction open. Raises OperatorAway.

    An answer about another number or another party than was asked for is no answer.
    """
    holding = await operator.holder_of(service)
    if holding is None or holding.state == "ended":
        return None
    if holding.service != service:
        raise OperatorAway
    party, held = await asyncio.gather(operator.party(holding.party_ref), operator.holdings(holding.party_ref))
    if party is None or party.ref != holding.party_ref:
        raise OperatorAway
    mine = tuple(one for one in held if one.party_ref == party.ref and one.state != "ended")
    if service not in {one.service for one in mine}:
        raise OperatorAway
    return Finding(party, mine)


def account_as_told(
    plan: Plan | None, balance: Balance | None, bills: Sequence[BillSummary], subscriptions: Sequence[Subscription]
) -> dict[str, Any]:
    """What the operator said of one number's account, as plain values to be kept with their date."""
    return {
        "plan": {"code": plan.code, "name": dict(plan.name), "fee": str(plan.monthly_fee)} if plan else None,
        "balance": str(balance.amount) if balance else None,
        "bills": [{"month": one.month, "total": str(one.total), "state": one.state} for one in bills],
        "subscriptions": [
            {"ref": one.ref, "names": dict(one.names), "short_code": one.short_code, "fee": str(one.monthly_fee)}
            for one in subscriptions
        ],
    }
