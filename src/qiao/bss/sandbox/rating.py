"""What is used and what it costs: pure. Usage is drawn from a seed of number and month, so it is the same each time."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from qiao.bss.model import Bill, BillLine, Plan, UsageRecord, UsageSum
from qiao.bss.sandbox.products import DATA_MB_FEE_MINOR, MINUTE_FEE_MINOR, TEXT_FEE_MINOR, Product
from qiao.kernel.money import Money

ZONE: Final = ZoneInfo("Asia/Shanghai")
ISSUED_ON_DAY: Final = 3
DUE_ON_DAY: Final = 20
RATED_LATE: Final = timedelta(hours=36)
"""One use in eight is rated only a day and a half later, as with roaming and partner networks."""
USES_A_DAY: Final = 3
UNITS: Final = {"data": "MB", "voice": "min", "sms": "sms"}


def month_of(at: datetime) -> str:
    """The billing month an instant lies in, such as "2026-11"."""
    return at.astimezone(ZONE).strftime("%Y-%m")


def bounds(month: str) -> tuple[datetime, datetime]:
    """The first instant of the month and of the next one."""
    year, number = int(month[:4]), int(month[5:7])
    first = datetime(year, number, 1, tzinfo=ZONE)
    after = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=ZONE)
    return first.astimezone(UTC), after.astimezone(UTC)


def months_back(month: str, count: int) -> list[str]:
    """This month and the ones before it, newest first."""
    index = int(month[:4]) * 12 + int(month[5:7]) - 1
    return [f"{(index - back) // 12:04d}-{(index - back) % 12 + 1:02d}" for back in range(count)]


def issued_at(month: str) -> datetime:
    """When the bill of this month is issued: on the 3rd of the next."""
    return bounds(month)[1] + timedelta(days=ISSUED_ON_DAY - 1)


def due_on(month: str) -> date:
    """The last day to pay it."""
    return (bounds(month)[1].astimezone(ZONE) + timedelta(days=DUE_ON_DAY - 1)).date()


def uses(service: str, month: str, plan: Plan, now: datetime) -> list[UsageRecord]:
    """Every use of the month that is rated by now, newest first; charges are zero until they are summed."""
    if not any(allowance.total for allowance in plan.allowances):
        return []
    chance = random.Random(f"{service}:{month}")  # noqa: S311 - a play
    first, after = bounds(month)
    days = (after - first).days
    found = []
    heavy = chance.uniform(0.5, 1.15)
    for number in range(days * USES_A_DAY):
        at = first + timedelta(seconds=chance.uniform(0, (after - first).total_seconds()))
        kind = chance.choices(("data", "voice", "sms"), (5, 3, 1))[0]
        total = next(one.total for one in plan.allowances if one.kind == kind)
        each = {"data": 5 / 9, "voice": 3 / 9, "sms": 1 / 9}[kind] * days * USES_A_DAY
        quantity = max(1, round(total * heavy / each * chance.uniform(0.4, 1.6)))
        late = RATED_LATE if chance.random() < 1 / 8 else timedelta()
        if at + late <= now:
            found.append(UsageRecord(f"{month}-{number:03d}", at, kind, quantity, UNITS[kind], Money(0)))
    return sorted(found, key=lambda use: (use.at, use.ref), reverse=True)


def sums(records: Iterable[UsageRecord], plan: Plan) -> list[UsageSum]:
    """What was used by kind, and what goes beyond the plan."""
    used: dict[str, int] = dict.fromkeys(UNITS, 0)
    for record in records:
        used[record.kind] += record.quantity
    included: dict[str, int] = {one.kind: one.total for one in plan.allowances}
    fees: dict[str, float] = {"data": DATA_MB_FEE_MINOR, "voice": MINUTE_FEE_MINOR, "sms": TEXT_FEE_MINOR}
    return [
        UsageSum(kind, quantity, UNITS[kind], Money(round(max(0, quantity - included.get(kind, 0)) * fees[kind])))
        for kind, quantity in used.items()
        if quantity or included.get(kind)
    ]


def used_of(plan: Plan, totals: Iterable[UsageSum]) -> Plan:
    """The plan with what is used of it."""
    used: dict[str, int] = {one.kind: one.quantity for one in totals}
    return replace(
        plan,
        allowances=tuple(
            replace(one, used=min(one.total, used.get(one.kind, 0))) for one in plan.allowances if one.total
        ),
    )


def lines(
    month: str, plan: Plan, running: Sequence[tuple[str, Product, datetime]], totals: Iterable[UsageSum]
) -> list[BillLine]:
    """The lines of a bill: the plan, each value-added service that ran in the month, what went beyond the plan.

    `running`: (reference, product, from when it counts in this month).
    """
    first, after = bounds(month)
    names = {"data": "流量", "voice": "通话", "sms": "短信"}, {"data": "data", "voice": "calls", "sms": "texts"}
    found = [BillLine(f"plan-{plan.code}", first, "plan", plan.name, plan.monthly_fee)]
    found += [
        BillLine(f"added-{ref}", max(since, first), "value_added", product.names, product.fee, product.short_code)
        for ref, product, since in running
    ]
    last = after - timedelta(seconds=1)
    found += [
        BillLine(
            f"beyond-{one.kind}",
            last,
            "usage",
            {"zh-CN": f"套餐外{names[0][one.kind]}", "en": f"Beyond the plan: {names[1][one.kind]}"},
            one.charge,
        )
        for one in totals
        if one.charge
    ]
    return found


def bill(month: str, found: Sequence[BillLine], *, issued: bool) -> Bill:
    """The bill these lines make."""
    total = Money(sum(line.amount.minor for line in found))
    return Bill(month, tuple(found), total, "issued" if issued else "open", due_on(month) if issued else None)
