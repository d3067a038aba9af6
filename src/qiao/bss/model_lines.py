"""What runs on a number beside its plan, as the operator says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from qiao.bss.model import Names
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId

Feature = Literal["caller_display", "roaming", "ever_ring"]
ForwardWhen = Literal["all", "busy", "no_answer", "unreachable"]


@dataclass(frozen=True, slots=True)
class Line:
    """How a number stands. `suspended_for` "lost" or "unpaid"; `forwarding` names a number for each condition."""

    service: ServiceId
    state: Literal["active", "suspended"]
    plan_kind: str
    owed: Money
    suspended_for: str = ""
    features: frozenset[str] = frozenset()
    forwarding: Mapping[str, str] = field(default_factory=dict)
    refuses_added: bool = False
    next_plan: Names | None = None
    next_plan_from: date | None = None
    sim_requested_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """Data on top of a plan, good until the end of the month."""

    code: str
    names: Names
    megabytes: int
    price: Money


@dataclass(frozen=True, slots=True)
class Points:
    """Loyalty points, and how many of them end when."""

    total: int
    ending: int
    ends_on: date


@dataclass(frozen=True, slots=True)
class FamilyMember:
    """A number in the family group that this number pays for."""

    service: ServiceId
    since: datetime
    monthly_fee: Money


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment at the provider's own page; what it is paid with is known to him only."""

    ref: str
    url: str
    amount: Money
    state: Literal["waiting", "paid", "given_up"]
