"""Ports to the operator's own systems; the sandbox operator stands behind them until a real one does."""

from qiao.bss.model import (
    Allowance,
    Balance,
    Bill,
    BillLine,
    BillSummary,
    ChargeHold,
    Holding,
    Names,
    Outcome,
    Party,
    Plan,
    Provider,
    Subscription,
    UsagePage,
    UsageRecord,
    UsageSum,
)
from qiao.bss.ports import Operator, OperatorAway

__all__ = [
    "Allowance",
    "Balance",
    "Bill",
    "BillLine",
    "BillSummary",
    "ChargeHold",
    "Holding",
    "Names",
    "Operator",
    "OperatorAway",
    "Outcome",
    "Party",
    "Plan",
    "Provider",
    "Subscription",
    "UsagePage",
    "UsageRecord",
    "UsageSum",
]
