"""Who can tell whether a condition holds: checkers, each called with no transaction open, answering with evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from qiao.bss import Bill, Operator
from qiao.cases.model_charges import Charge, charges_on, standing, subscriptions_of
from qiao.cases.model_verification import CHECKERS, UNREADABLE_FOR, Months, Outcome, month_of, months_between
from qiao.kernel.ids import CaseId
from qiao.kernel.service_ids import ServiceId
from qiao.platform.house import House


@dataclass(frozen=True, slots=True)
class Question:
    """What a checker is asked. `holder_ref` is how the operator calls the customer; an answer about another is none.

    `codes` are what the matter is about (short codes, names of charges), `asks` what the condition says under `with`,
    `month` the month of its bill, `early` that somebody wants to know before it was due.
    """

    case_id: CaseId
    resolution_id: UUID
    condition: str
    checker: str
    asks: Mapping[str, str]
    month: str
    months: Months
    service: ServiceId | None
    holder_ref: str | None
    codes: tuple[str, ...]
    opened_at: datetime
    resolved_at: datetime
    interaction_id: UUID | None = None
    early: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a checker saw: plain JSON values, with where from. `reason` is a word for why it failed or is unknown.

    `again_at`: an unknown that is only too early is asked again then, and counts as no failure.
    """

    outcome: Outcome
    evidence: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    again_at: datetime | None = None
    charges: tuple[Charge, ...] = ()


class Checker(Protocol):
    """Tells whether a condition holds. May raise bss.OperatorAway, which is an unknown."""

    name: str
    takes: frozenset[str]
    """What a condition may tell it under `with`."""

    async def check(self, house: House, asked: Question) -> Found:
        """Look. Called with no transaction open; `house.clock.now()` is the time."""
        ...


_REGISTERED: Final[dict[str, Checker]] = {}


def register_checker(checker: Checker) -> None:
    """Make a checker known, from `room.py` of this room or of one above. Raises ValueError for a name that is taken."""
    known = _REGISTERED.setdefault(checker.name, checker)
    if type(known) is not type(checker):
        raise ValueError(f"two checkers are called {checker.name}")
    CHECKERS[checker.name] = checker.takes


def checker(name: str) -> Checker | None:
    """The checker of this name, if this process knows it."""
    return _REGISTERED.get(name)


class _OnTheOperatorsSystem:
    """A checker that asks the operator about the number of the case."""

    takes: frozenset[str] = frozenset()

    async def check(self, house: House, asked: Question) -> Found:
        """Nothing is told about a number that is somebody else's by now."""
        if asked.service is None or asked.holder_ref is None:
            return Found("unknown", reason="no_number")
        if not asked.codes:
            return Found("unknown", reason="no_codes")
        operator = house.get(Operator)
        holding = await operator.holder_of(asked.service)
        if holding is None or holding.party_ref != asked.holder_ref:
            return Found("unknown", reason="number_changed_hands")
        return await self.look(operator, asked.service, asked, house.clock.now())

    async def look(self, operator: Operator, service: ServiceId, asked: Question, now: datetime) -> Found:
        """The look itself."""
        raise NotImplementedError


class ServiceCancelled(_OnTheOperatorsSystem):
    """No service of the provider runs on the number any more."""

    name = "service_cancelled"

    async def look(self, operator: Operator, service: ServiceId, asked: Question, now: datetime) -> Found:
        running = await operator.subscriptions(service)
        mine = subscriptions_of(running, asked.codes)
        seen = [
            {"ref": one.ref, "name": dict(one.names), "code": one.short_code, "since": one.since.isoformat()}
            for one in mine
        ]
        evidence = _evidence("subscriptions", asked, now, running=seen, others=len(running) - len(mine))
        return Found("failed", evidence, "still_running") if mine else Found("passed", evidence)


class NoChargeOnBill(_OnTheOperatorsSystem):
    """Nothing of the provider stands on the bill of one month; what was charged and given back whole counts as none."""

    name = "no_charge_on_bill"

    async def look(self, operator: Operator, service: ServiceId, asked: Question, now: datetime) -> Found:
        bill = await operator.bill(service, asked.month)
        charges = charges_on(bill, asked.codes) if bill is not None else []
        evidence = _evidence("bill", asked, now, **_bill_seen(asked.month, bill, charges))
        issued, left = bill is not None and bill.state == "issued", standing(charges)
        if left and (issued or asked.early):  # somebody says that it is gone while the month runs, and it is not
            return Found("failed", evidence, "charged", charges=tuple(left))
        if not issued:
            return Found("unknown", evidence, "bill_not_readable", again_at=now + UNREADABLE_FOR)
        return Found("passed", evidence)


class ChargesReversed(_OnTheOperatorsSystem):
    """Whatever of the provider stands on any issued bill since the matter came up was given back whole."""

    name = "charges_reversed"

    async def look(self, operator: Operator, service: ServiceId, asked: Question, now: datetime) -> Found:
        first = min(month_of(asked.opened_at), asked.months.named or asked.months.this)
        months = months_between(first, month_of(now))
        bills = [(month, await operator.bill(service, month)) for month in months]
        found = [(month, bill, charges_on(bill, asked.codes)) for month, bill in bills if bill is not None]
        seen = [_bill_seen(month, bill, charges) for month, bill, charges in found]
        evidence = _evidence("bills", asked, now, bills=seen)
        left = [charge for _, _, charges in found for charge in standing(charges) if charge.issued]
        if left:
            return Found("failed", evidence, "charged", charges=tuple(left))
        return Found("passed", evidence)


def _evidence(source: str, asked: Question, now: datetime, **seen: Any) -> dict[str, Any]:
    """What was seen, when and where: the number stays in the case."""
    return {"source": f"operator/{source}", "as_of": now.isoformat(), "codes": list(asked.codes), **seen}


def _bill_seen(month: str, bill: Bill | None, charges: Sequence[Charge]) -> dict[str, Any]:
    if bill is None:
        return {"month": month, "state": "none", "lines": [], "adjustments": []}
    adjusted = [line for line in bill.lines if line.kind == "adjustment"]
    return {
        "month": month,
        "state": bill.state,
        "lines_read": len(bill.lines),
        "lines": [
            {
                "ref": one.line.ref,
                "name": dict(one.line.text),
                "amount": str(one.line.amount),
                "left": str(one.left),
                "at": one.line.at.isoformat(),
                "provider": one.line.provider_code,
            }
            for one in charges
        ],
        "adjustments": [
            {"ref": one.ref, "name": dict(one.text), "amount": str(one.amount), "at": one.at.isoformat()}
            for one in adjusted
            if charges
        ],
    }


OPERATOR_CHECKERS: Final[tuple[Checker, ...]] = (ServiceCancelled(), NoChargeOnBill(), ChargesReversed())
