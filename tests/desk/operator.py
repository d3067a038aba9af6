"""A small operator that says what a test wrote down, and remembers what it was asked to do."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from qiao.bss import (
    Allowance,
    Balance,
    Bill,
    BillLine,
    BillSummary,
    ChargeHold,
    Holding,
    OperatorAway,
    Outcome,
    Party,
    Plan,
    Provider,
    Subscription,
    UsagePage,
    UsageSum,
)
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId

SHI = ServiceId("mobile", "+8613900007763")
LI = ServiceId("mobile", "+8613900001234")
AT = datetime(2026, 11, 1, tzinfo=UTC)
SECRET_LINE = "Line 7763 of the bill"


def _names(text: str) -> dict[str, str]:
    return {"zh-CN": text, "en": text}


@dataclass
class ScriptedOperator:
    """Two customers; one plan; whatever subscriptions a test plants."""

    away: bool = False
    outcome: str = "done"
    done: list[tuple[str, str]] = field(default_factory=list)
    planted: list[Subscription] = field(default_factory=list)
    parties: dict[str, Party] = field(
        default_factory=lambda: {
            "P1": Party("P1", "师先生", "person", "vip", "zh-CN", 1970, "Old Street 1", "centre"),
            "P2": Party("P2", "Mary Li", "person", "standard", "en", 1990, "New Street 2", "centre"),
        }
    )

    def _here(self) -> None:
        if self.away:
            raise OperatorAway

    async def holder_of(self, service: ServiceId) -> Holding | None:
        self._here()
        ref = {SHI: "P1", LI: "P2"}.get(service)
        return Holding(ref, service, AT) if ref else None

    async def party(self, party_ref: str) -> Party | None:
        self._here()
        return self.parties.get(party_ref)

    async def holdings(self, party_ref: str) -> list[Holding]:
        self._here()
        return [Holding(party_ref, {"P1": SHI, "P2": LI}[party_ref], AT)]

    async def plan(self, service: ServiceId) -> Plan | None:
        self._here()
        return Plan("gold", _names("Gold plan"), Money.of("88.00"), (Allowance("data", 1000, 250, "MB"),))

    async def plans_offered(self, service: ServiceId) -> list[Plan]:
        self._here()
        return [Plan("gold", _names("Gold plan"), Money.of("88.00")), Plan("iron", _names("Iron plan"), Money.of("8"))]

    async def balance(self, service: ServiceId) -> Balance | None:
        self._here()
        return Balance(Money.of("12.80"), AT, Money.of("0"))

    async def bill(self, service: ServiceId, month: str) -> Bill | None:
        self._here()
        line = BillLine("L1", AT, "value_added", _names(SECRET_LINE), Money.of("10.00"), "3737")
        return Bill(month, (line,), Money.of("98.00"), "issued", date(2026, 12, 20))

    async def bills(self, service: ServiceId, limit: int = 12) -> list[BillSummary]:
        self._here()
        return [BillSummary("2026-11", Money.of("98.00"), "issued")]

    async def usage(self, service: ServiceId, month: str) -> list[UsageSum]:
        self._here()
        return [UsageSum("data", 250, "MB", Money.of("0"))]

    async def usage_records(
        self, service: ServiceId, month: str, before: str | None = None, limit: int = 50
    ) -> UsagePage:
        self._here()
        return UsagePage((), None)

    async def subscriptions(self, service: ServiceId) -> list[Subscription]:
        self._here()
        return list(self.planted)

    async def ended_subscriptions(self, service: ServiceId) -> list[Subscription]:
        self._here()
        return []

    async def provider(self, code: str) -> Provider | None:
        self._here()
        return Provider("3737", "易图通", "400-000-3737", ("Photo album",)) if code == "3737" else None

    async def check_service_password(self, service: ServiceId, password: str) -> bool:
        return False

    async def cancel_subscription(self, service: ServiceId, subscription_ref: str, *, key: str) -> Outcome:
        return self._act("cancel_subscription", subscription_ref)

    async def cancel_all_subscriptions(self, service: ServiceId, *, key: str) -> Outcome:
        return self._act("cancel_all_subscriptions", str(service))

    async def restore_subscription(self, service: ServiceId, subscription_ref: str, *, key: str) -> Outcome:
        return self._act("restore_subscription", subscription_ref)

    async def change_plan(self, service: ServiceId, plan_code: str, *, key: str, starts: str = "now") -> Outcome:
        return self._act("change_plan", plan_code)

    async def reset_service_password(self, service: ServiceId, *, key: str) -> Outcome:
        return self._act("reset_service_password", str(service))

    async def correct_address(self, party_ref: str, address: str, *, key: str) -> Outcome:
        return self._act("correct_address", address)

    async def holds(self, service: ServiceId) -> list[ChargeHold]:
        return []

    async def hold_charge(self, service: ServiceId, month: str, line_ref: str, *, key: str) -> Outcome:
        return self._act("hold_charge", line_ref)

    async def release_charge(self, service: ServiceId, month: str, line_ref: str, *, key: str) -> Outcome:
        return self._act("release_charge", line_ref)

    async def reverse_charge(
        self, service: ServiceId, month: str, line_ref: str, amount: Money, *, key: str
    ) -> Outcome:
        return self._act("reverse_charge", line_ref)

    async def give_credit(self, service: ServiceId, amount: Money, reason: str, *, key: str) -> Outcome:
        return self._act("give_credit", str(amount))

    def _act(self, what: str, about: str) -> Outcome:
        self.done.append((what, about))
        if self.outcome == "done" and what == "cancel_subscription":
            self.planted = [one for one in self.planted if one.ref != about]
        return Outcome(self.outcome, f"R{len(self.done)}")  # type: ignore[arg-type]


def unwanted() -> Subscription:
    """What 3737 put on the number."""
    return Subscription(
        "S-3737", "photo", _names("Photo album"), "3737", "易图通", "3737", Money.of("10.00"), AT, "sms"
    )
