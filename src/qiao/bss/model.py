"""What an operator's systems say and do, in the words of TM Forum where there is one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId

Names = dict[str, str]
"""A name by language; see kernel.languages."""


@dataclass(frozen=True, slots=True)
class Party:
    """A customer as the operator knows him; `segment` "vip", "standard", "elderly" or "corporate"."""

    ref: str
    name: str
    kind: Literal["person", "company"]
    segment: str
    language: str
    born_year: int | None
    address: str
    unit_code: str
    contact_names: tuple[str, ...] = ()
    email: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """Who holds a service, since when."""

    party_ref: str
    service: ServiceId
    since: datetime
    role: str = "owner"
    brand: str = ""
    state: Literal["active", "suspended", "ended"] = "active"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a plan includes in a month; `unit` "MB", "min" or "sms"."""

    kind: Literal["data", "voice", "sms"]
    total: int
    used: int
    unit: str

    @property
    def left(self) -> int:
        """What is left of it; never below nothing."""
        return max(0, self.total - self.used)


@dataclass(frozen=True, slots=True)
class Plan:
    """A tariff plan with what it includes."""

    code: str
    name: Names
    monthly_fee: Money
    allowances: tuple[Allowance, ...] = ()
    kind: str = "personal"
    """"personal", "business" or "home"."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What is on the account; negative means owed."""

    amount: Money
    as_of: datetime
    credit_limit: Money


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line of a bill; `kind` "plan", "value_added", "usage", "feature", "once" or "adjustment"."""

    ref: str
    at: datetime
    kind: str
    text: Names
    amount: Money
    provider_code: str | None = None


@dataclass(frozen=True, slots=True)
class BillSummary:
    """A month's bill in one line; "open" while the month still runs or is not issued."""

    month: str
    total: Money
    state: Literal["open", "issued"]


@dataclass(frozen=True, slots=True)
class Bill:
    """A month's bill, line by line."""

    month: str
    lines: tuple[BillLine, ...]
    total: Money
    state: Literal["open", "issued"]
    due_on: date | None
    held: Money = field(default_factory=lambda: Money(0))
    """What of it is on dispute hold: out of collection, suspension and the final bill until that is settled."""
    paid: Money = field(default_factory=lambda: Money(0))
    """What was paid of it before its time."""

    @property
    def due(self) -> Money:
        """What is to be paid by the due date; never below nothing."""
        return Money(max(0, self.total.minor - self.held.minor - self.paid.minor), self.total.currency)


@dataclass(frozen=True, slots=True)
class ChargeHold:
    """A line of a bill that is in dispute and out of collection."""

    service: ServiceId
    month: str
    line_ref: str
    amount: Money
    since: datetime


@dataclass(frozen=True, slots=True)
class UsageSum:
    """What was used of one kind in a month, and what it cost beyond the plan."""

    kind: str
    quantity: int
    unit: str
    charge: Money


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """One rated use."""

    ref: str
    at: datetime
    kind: str
    quantity: int
    unit: str
    charge: Money


@dataclass(frozen=True, slots=True)
class UsagePage:
    """Records newest first; `before` is the cursor of the next page, None at the end."""

    records: tuple[UsageRecord, ...]
    before: str | None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A value-added service that runs on a number."""

    ref: str
    code: str
    names: Names
    provider_code: str
    provider_name: str
    short_code: str
    monthly_fee: Money
    since: datetime
    ordered_by: str


@dataclass(frozen=True, slots=True)
class Provider:
    """A content provider behind a short code."""

    code: str
    name: str
    hotline: str
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an act; "unknown" when nobody can tell, which is a state and never a guess."""

    kind: Literal["done", "refused", "pending", "unknown"]
    reference: str = ""
    reason: str = ""
    before: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What was there before, by parameter, where the act replaced something."""
