"""Recognising a customer: the operator is asked first, outside any transaction; then what he said is kept."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qiao.bss import Holding, Operator, OperatorAway, Party
from qiao.kernel.service_ids import ServiceId


@dataclass(frozen=True, slots=True)
class Finding:
    """What the operator says of the holder of a number."""

    party: Party
    holdings: tuple[Holding, ...]


@dataclass(frozen=True, slots=True)
class SnapshotView:
    """What the operator says of an account now, as plain values."""

    body: dict[str, Any]


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


async def take_snapshot(operator: Operator, services: tuple[ServiceId, ...]) -> SnapshotView:
    """Plan, balance, bills and value-added services of these numbers. Raises OperatorAway."""
    body = {}
    for service in services:
        plan, balance, bills, added = await asyncio.gather(
            operator.plan(service),
            operator.balance(service),
            operator.bills(service, 3),
            operator.subscriptions(service),
        )
        body[str(service)] = {
            "plan": {"code": plan.code, "name": plan.name, "fee": str(plan.monthly_fee)} if plan else None,
            "balance": {"amount": str(balance.amount), "as_of": _iso(balance.as_of)} if balance else None,
            "bills": [{"month": one.month, "total": str(one.total), "state": one.state} for one in bills],
            "subscriptions": [
                {"ref": one.ref, "names": one.names, "short_code": one.short_code, "fee": str(one.monthly_fee)}
                for one in added
            ],
        }
    return SnapshotView(body)


def _iso(at: datetime) -> str:
    return at.isoformat()
