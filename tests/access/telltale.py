"""An operator whose every answer is unmistakable: whatever of it shows up somewhere names the customer it is about."""

from dataclasses import dataclass, field
from datetime import timedelta

from qiao.bss import Allowance, Balance, Bill, BillLine, BillSummary, Holding, Party, Plan, Subscription, UsageSum
from qiao.customers import Finding
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId
from tests.desk.operator import AT, ScriptedOperator

MONTH = "2026-11"


@dataclass(frozen=True)
class Subject:
    """Somebody at the operator, and all that must not be told too early; `number` is his own, `n` tells him apart."""

    n: int
    unit_code: str

    @property
    def ref(self) -> str:
        return f"T{self.n:05d}"

    @property
    def number(self) -> ServiceId:
        return ServiceId("mobile", f"+86137{71_000_000 + self.n:08d}")

    @property
    def name(self) -> str:
        return f"Quentin{self.n} Zephyr{self.n}"

    @property
    def address(self) -> str:
        return f"Hidden Lane {self.n}, back door"

    @property
    def plan(self) -> str:
        return f"Secret{self.n} plan"

    @property
    def product(self) -> str:
        return f"Whispered{self.n} horoscope"

    @property
    def fee(self) -> int:
        return 7_000_000 + 1031 * self.n

    @property
    def words(self) -> tuple[str, ...]:
        """His plan, balance, bill, usage, products and address, as a page or a log line would tell them."""
        line = f"Line of {self.ref}"
        return (self.address, self.plan, self.product, line, *self.figures)

    @property
    def figures(self) -> tuple[str, ...]:
        """Amounts and usage with and without the comma of thousands."""
        amounts = (f"{self.fee / 100:.2f}", f"{self.fee / 100:,.2f}", str(self.fee), f"{self.fee:,}")
        return (*amounts, f"{self.fee / 1024:,.1f} GB")

    def party(self) -> Party:
        return Party(self.ref, self.name, "person", "vip", "en", 1971, self.address, self.unit_code)

    def holding(self) -> Holding:
        return Holding(self.ref, self.number, AT - timedelta(days=400))

    def finding(self) -> Finding:
        return Finding(self.party(), (self.holding(),))


@dataclass
class TelltaleOperator(ScriptedOperator):
    """Knows the subjects it is told of, by number and by reference."""

    subjects: dict[ServiceId, Subject] = field(default_factory=dict)

    def know(self, subject: Subject) -> Subject:
        self.subjects[subject.number] = subject
        return subject

    async def holder_of(self, service: ServiceId) -> Holding | None:
        return self.subjects[service].holding() if service in self.subjects else None

    async def party(self, party_ref: str) -> Party | None:
        return next((one.party() for one in self.subjects.values() if one.ref == party_ref), None)

    async def holdings(self, party_ref: str) -> list[Holding]:
        return [one.holding() for one in self.subjects.values() if one.ref == party_ref]

    async def plan(self, service: ServiceId) -> Plan | None:
        one = self.subjects[service]
        return Plan(one.ref, {"en": one.plan}, Money(one.fee), (Allowance("data", one.fee, 0, "MB"),))

    async def plans_offered(self, service: ServiceId) -> list[Plan]:
        return [Plan("iron", {"en": "Iron plan"}, Money.of("8"))]

    async def balance(self, service: ServiceId) -> Balance | None:
        return Balance(Money(self.subjects[service].fee), AT, Money.of("0"))

    async def bill(self, service: ServiceId, month: str) -> Bill | None:
        one = self.subjects[service]
        line = BillLine("L1", AT, "value_added", {"en": f"Line of {one.ref}"}, Money(one.fee), "3737")
        return Bill(month, (line,), Money(one.fee), "issued", None)

    async def bills(self, service: ServiceId, limit: int = 12) -> list[BillSummary]:
        return [BillSummary(MONTH, Money(self.subjects[service].fee), "issued")]

    async def usage(self, service: ServiceId, month: str) -> list[UsageSum]:
        return [UsageSum("data", self.subjects[service].fee, "MB", Money.of("0"))]

    async def subscriptions(self, service: ServiceId) -> list[Subscription]:
        one = self.subjects[service]
        names = {"en": one.product}
        return [Subscription(f"S-{one.ref}", "h", names, "3737", "Provider", "3737", Money(one.fee), AT, "sms")]
