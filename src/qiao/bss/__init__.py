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
from qiao.bss.model_lines import FamilyMember, Feature, ForwardWhen, Line, Pack, Payment, Points
from qiao.bss.model_network import AreaFault, LightReading, Sighting
from qiao.bss.ports import Operator, OperatorAway
from qiao.bss.ports_lines import Lines, Payments
from qiao.bss.ports_network import Network

__all__ = [
    "Allowance",
    "AreaFault",
    "Balance",
    "Bill",
    "BillLine",
    "BillSummary",
    "ChargeHold",
    "FamilyMember",
    "Feature",
    "ForwardWhen",
    "Holding",
    "LightReading",
    "Line",
    "Lines",
    "Names",
    "Network",
    "Operator",
    "OperatorAway",
    "Outcome",
    "Pack",
    "Party",
    "Payment",
    "Payments",
    "Plan",
    "Points",
    "Provider",
    "Sighting",
    "Subscription",
    "UsagePage",
    "UsageRecord",
    "UsageSum",
]
