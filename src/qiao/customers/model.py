"""Customers as plain values, and the rules of proof that need neither database nor clock."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from qiao.kernel.ids import CustomerId, UnitId
from qiao.kernel.service_ids import ServiceId

CODE_DIGITS: Final = 6
CODE_GOOD: Final = timedelta(minutes=5)
RESEND_AFTER: Final = timedelta(seconds=60)
FAILURES_MAX: Final = 5
FAILURES_STICK: Final = timedelta(hours=24)
"""NIST SP 800-63B asks for a limit on consecutive failures; ours counts a day over all channels and agents."""
_CJK: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class NumberPeriod:
    """A number and whom it belonged to, from `since` until `until` (None: still)."""

    service: ServiceId
    customer_id: CustomerId
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Customer:
    """What Qiao keeps of a customer; the operator's system is the master, `as_of` says how old this is.

    `language` is the one he chose with us, else the operator's.
    """

    id: CustomerId
    operator_ref: str
    name: str
    kind: str
    segment: str
    language: str
    unit_id: UnitId | None
    address: str
    address_as_of: datetime | None
    born_year: int | None
    as_of: datetime
    numbers: tuple[ServiceId, ...] = ()
    elderly_mode: bool = False
    """He wants it short, large, and a person soon, whatever his segment."""
    person_first: bool = False
    """When he calls he wants a person at once, without a menu."""

    @property
    def masked_name(self) -> str:
        """Enough to greet him by, too little to learn who he is."""
        return masked_name(self.name)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the operator said of the account at `as_of`: plan, balance, bills, subscriptions as plain values."""

    as_of: datetime
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A code may be on its way; the same answer when none is. `resend_at`: not before then."""

    expires_at: datetime
    resend_at: datetime


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """Whether the answer was right; `blocked_until` when this number takes no more answers for now."""

    ok: bool
    blocked_until: datetime | None = None


def masked_name(name: str) -> str:
    """ "师先生" -> "师**", "Mary Smith" -> "M** S**"; nothing of a name that is not there."""
    plain = name.strip()
    if not plain:
        return ""
    if _CJK.search(plain):
        return f"{plain[0]}**"
    return " ".join(f"{part[0]}**" for part in plain.split()[:3])


def handed_over_at(held_since: datetime, since: datetime, now: datetime) -> datetime:
    """When a number left its former holder: with the new one's first day, never before his own nor after now."""
    return max(held_since, min(since, now))


def plain_code(typed: str) -> str:
    """A code as typed: spaces, hyphens and full-width digits do not matter; "" for what can be no code."""
    digits = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", typed[:40]))
    return digits if re.fullmatch(r"[0-9]{6}", digits) else ""


def blocked_until(failures: int, first_at: datetime, now: datetime) -> datetime | None:
    """Until when a number with these wrong answers takes no more; None while it does."""
    ends = first_at + FAILURES_STICK
    return ends if failures >= FAILURES_MAX and now < ends else None


def counted(failures: int, first_at: datetime | None, now: datetime) -> tuple[int, datetime]:
    """(failures, since when) after one more wrong answer now; what is older than a day no longer counts."""
    if first_at is None or now - first_at >= FAILURES_STICK:
        return 1, now
    return failures + 1, first_at
