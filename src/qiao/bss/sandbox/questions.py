"""What the sandbox knows, read from its tables."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import replace
from types import MappingProxyType

from sqlalchemy import RowMapping, func, not_, or_, select
from sqlalchemy.dialects.postgresql import insert

from qiao.bss.model import (
    Balance,
    Bill,
    BillLine,
    BillSummary,
    ChargeHold,
    Holding,
    Names,
    Party,
    Plan,
    Subscription,
    UsagePage,
    UsageSum,
)
from qiao.bss.sandbox import plans, rating
from qiao.bss.sandbox.products import FEATURE_NAMES, OFFERED, PLANS, PRODUCTS, PROVIDERS
from qiao.bss.sandbox.store import bill_lines, charge_holds, holdings, issued_bills, parties, subscriptions
from qiao.bss.sandbox.store_lines import features, payments
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction

_read: ContextVar[Mapping[str, RowMapping | None]] = ContextVar("_read", default=MappingProxyType({}))


@asynccontextmanager
async def reading_together(tx: Transaction, services: Collection[str]) -> AsyncIterator[None]:
    """Read who holds these numbers in one query, for all questions about them that are asked within; they only look."""
    rows = await tx.rows(select(holdings).where(holdings.c.service.in_(services), holdings.c.until.is_(None)))
    before = _read.set({**dict.fromkeys(services), **{row["service"]: row for row in rows}})
    try:
        yield
    finally:
        _read.reset(before)


async def held(tx: Transaction, service: ServiceId) -> RowMapping | None:
    """The row of whoever holds the number now."""
    if str(service) in (known := _read.get()):
        return known[str(service)]
    return await tx.one(select(holdings).where(holdings.c.service == str(service), holdings.c.until.is_(None)))


def as_holding(row: RowMapping) -> Holding:
    """A row of `holdings` in the port's words."""
    return Holding(
        row["party_ref"], ServiceId.from_text(row["service"]), row["since"], "owner", row["brand"], row["state"]
    )


async def party(tx: Transaction, party_ref: str) -> Party | None:
    """A customer by reference."""
    row = await tx.one(select(parties).where(parties.c.ref == party_ref))
    return Party(**{**row, "contact_names": tuple(row["contact_names"])}) if row is not None else None


async def holdings_of(tx: Transaction, party_ref: str) -> list[Holding]:
    """What he holds now."""
    mine = (holdings.c.party_ref == party_ref) & holdings.c.until.is_(None)
    return [as_holding(row) for row in await tx.rows(select(holdings).where(mine).order_by(holdings.c.id))]


async def plan(tx: Transaction, service: ServiceId) -> Plan | None:
    """The plan with what is used of it this month."""
    row = await held(tx, service)
    if row is None:
        return None
    month = rating.month_of(tx.now)
    chosen = await plans.plan_at(tx, row, tx.now)
    whole = await plans.with_packs(tx, row, chosen, month)
    records = rating.uses(str(service), month, chosen, tx.now)
    return rating.used_of(whole, rating.sums(records, whole))


async def plans_offered(tx: Transaction, service: ServiceId) -> list[Plan]:
    """Plans this number may change to, at what they cost now."""
    row = await held(tx, service)
    if row is None or service.kind != "mobile":
        return []
    has = (await plans.plan_at(tx, row, tx.now)).code
    return [replace(PLANS[code], monthly_fee=await plans.price_of(tx, code)) for code in OFFERED if code != has]


async def balance(tx: Transaction, service: ServiceId) -> Balance | None:
    """What is on the account."""
    row = await held(tx, service)
    return Balance(Money(row["prepaid_minor"]), tx.now, Money.of("50.00")) if row is not None else None


async def running(tx: Transaction, service: ServiceId) -> list[Subscription]:
    """Value-added services that run now."""
    row = await held(tx, service)
    if row is None:
        return []
    mine = (subscriptions.c.service == str(service)) & (subscriptions.c.since <= tx.now)
    still = or_(subscriptions.c.until.is_(None), subscriptions.c.until > tx.now)
    rows = await tx.rows(select(subscriptions).where(mine, still).order_by(subscriptions.c.since, subscriptions.c.ref))
    return [_subscription(one) for one in rows]


async def ended(tx: Transaction, service: ServiceId) -> list[Subscription]:
    """Value-added services that ended this month and do not run by now."""
    row = await held(tx, service)
    if row is None:
        return []
    first, _ = rating.bounds(rating.month_of(tx.now))
    since = max(first, row["since"])  # what whoever had the number before him has ended is not his
    mine = (subscriptions.c.service == str(service)) & (subscriptions.c.until.between(since, tx.now))
    runs = {one.code for one in await running(tx, service)}
    rows = await tx.rows(select(subscriptions).where(mine).order_by(subscriptions.c.until.desc(), subscriptions.c.ref))
    known = [_subscription(one) for one in rows if one["code"] in PRODUCTS]
    return [one for one in known if one.code not in runs]


def _subscription(row: RowMapping) -> Subscription:
    product = PRODUCTS[row["code"]]
    provider = PROVIDERS[product.short_code]
    return Subscription(
        ref=row["ref"],
        code=product.code,
        names=product.names,
        provider_code=provider.code,
        provider_name=provider.name,
        short_code=product.short_code,
        monthly_fee=product.fee,
        since=row["since"],
        ordered_by=row["ordered_by"],
    )


async def usage(tx: Transaction, service: ServiceId, month: str) -> list[UsageSum]:
    """What was used in a month since the present holder has the number."""
    row = await held(tx, service)
    if row is None:
        return []
    chosen = await plans.plan_of_month(tx, row, month)
    mine = [one for one in rating.uses(str(service), month, chosen, tx.now) if one.at >= row["since"]]
    return rating.sums(mine, await plans.with_packs(tx, row, chosen, month))


async def usage_records(tx: Transaction, service: ServiceId, month: str, before: str | None, limit: int) -> UsagePage:
    """Each use, newest first."""
    row = await held(tx, service)
    if row is None:
        return UsagePage((), None)
    chosen = await plans.plan_of_month(tx, row, month)
    mine = [one for one in rating.uses(str(service), month, chosen, tx.now) if one.at >= row["since"]]
    start = next((index for index, one in enumerate(mine) if one.ref == before), -1) + 1 if before else 0
    shown = mine[start : start + limit]
    return UsagePage(tuple(shown), shown[-1].ref if start + limit < len(mine) and shown else None)


async def bill(tx: Transaction, service: ServiceId, month: str) -> Bill | None:
    """A month's bill: computed while it is open, written down when it is issued and the same ever after."""
    row = await held(tx, service)
    if row is None or month > rating.month_of(tx.now) or rating.bounds(month)[1] <= row["since"]:
        return None
    if rating.issued_at(month) > tx.now:
        added = await _written(tx, service, month, row)
        return rating.bill(month, [*await _open_lines(tx, service, month, row), *added], issued=False)
    lines = await _issued_lines(tx, service, month, row)
    in_dispute = Money(await _held_minor(tx, service, month, lines))
    early = select(func.coalesce(func.sum(payments.c.minor), 0)).where(
        payments.c.service == str(service), payments.c.month == month, payments.c.at >= row["since"]
    )
    return replace(rating.bill(month, lines, issued=True), held=in_dispute, paid=Money(int(await tx.scalar(early))))


async def holds(tx: Transaction, service: ServiceId) -> list[ChargeHold]:
    """Lines in dispute, with what is left of each."""
    mine = (charge_holds.c.service == str(service)) & charge_holds.c.until.is_(None)
    rows = await tx.rows(select(charge_holds).where(mine).order_by(charge_holds.c.since, charge_holds.c.line_ref))
    found = []
    for row in rows:
        one = await bill(tx, service, row["month"])
        amount = Money(left_of(one.lines if one else (), row["line_ref"]))
        found.append(ChargeHold(service, row["month"], row["line_ref"], amount, row["since"]))
    return found


def left_of(lines: Sequence[BillLine], line_ref: str) -> int:
    """What of a line, in minor units, is not given back; nothing for a line that is not there."""
    charged = next((one.amount.minor for one in lines if one.ref == line_ref and one.kind != "adjustment"), 0)
    back = sum(one.amount.minor for one in lines if one.kind == "adjustment" and one.ref.partition(":")[2] == line_ref)
    return max(0, charged + back)


async def _held_minor(tx: Transaction, service: ServiceId, month: str, lines: Sequence[BillLine]) -> int:
    mine = (charge_holds.c.service == str(service)) & (charge_holds.c.month == month) & charge_holds.c.until.is_(None)
    rows = await tx.rows(select(charge_holds.c.line_ref).where(mine))
    return sum(left_of(lines, row["line_ref"]) for row in rows)


async def bills(tx: Transaction, service: ServiceId, limit: int) -> list[BillSummary]:
    """The newest bills first."""
    found = []
    for month in rating.months_back(rating.month_of(tx.now), limit):
        one = await bill(tx, service, month)
        if one is None:
            break
        found.append(BillSummary(one.month, one.total, one.state))
    return found


async def _open_lines(tx: Transaction, service: ServiceId, month: str, row: RowMapping) -> list[BillLine]:
    first, after = rating.bounds(month)
    until = min(after, tx.now)
    mine = (subscriptions.c.service == str(service)) & (subscriptions.c.since <= until)
    ran = or_(subscriptions.c.until.is_(None), subscriptions.c.until > first)
    rows = await tx.rows(select(subscriptions).where(mine, ran).order_by(subscriptions.c.since))
    counted = [(one["ref"], PRODUCTS[one["code"]], one["since"]) for one in rows if one["since"] >= row["since"]]
    totals = await usage(tx, service, month)
    found = rating.lines(month, await plans.plan_of_month(tx, row, month), counted, totals)
    return [*found, *await _feature_lines(tx, service, month, row)]


async def _feature_lines(tx: Transaction, service: ServiceId, month: str, row: RowMapping) -> list[BillLine]:
    """What was switched on in the month and costs something; off and on again it is charged once."""
    first, after = rating.bounds(month)
    mine = (features.c.service == str(service)) & (features.c.since >= row["since"]) & (features.c.fee_minor > 0)
    ran = (features.c.since <= min(after, tx.now)) & or_(features.c.until.is_(None), features.c.until > first)
    rows = await tx.rows(select(features).where(mine, ran).order_by(features.c.since, features.c.id))
    charged = {one["code"]: one for one in rows}
    return [
        BillLine(f"feature-{code}", max(one["since"], first), "feature", feature_names(code), Money(one["fee_minor"]))
        for code, one in charged.items()
    ]


def feature_names(code: str) -> Names:
    """What a feature is called on the bill."""
    if code.startswith("family:"):
        return {"zh-CN": f"亲情号码 {code[-4:]}", "en": f"Family number {code[-4:]}"}
    return FEATURE_NAMES.get(code, {"en": code})


async def _issued_lines(tx: Transaction, service: ServiceId, month: str, row: RowMapping) -> list[BillLine]:
    key = {"service": str(service), "month": month}
    issue = insert(issued_bills).values(**key, issued_at=rating.issued_at(month)).on_conflict_do_nothing()
    if await tx.scalar(issue.returning(issued_bills.c.month)) is not None:
        for line in await _open_lines(tx, service, month, row):
            values = {
                **key,
                "ref": line.ref,
                "at": line.at,
                "kind": line.kind,
                "names": line.text,
                "minor": line.amount.minor,
                "provider_code": line.provider_code,
            }
            await tx.execute(insert(bill_lines).values(**values))
    return await _written(tx, service, month, row)


async def _written(tx: Transaction, service: ServiceId, month: str, row: RowMapping) -> list[BillLine]:
    """Lines of the bill that are written down: all of an issued one, what was added to one that runs.

    What was added before the present holder had the number is his who had it then.
    """
    added = or_(bill_lines.c.kind.in_(("adjustment", "once")), bill_lines.c.ref.startswith("late-"))
    mine = (bill_lines.c.service == str(service)) & (bill_lines.c.month == month)
    mine &= not_(added & (bill_lines.c.at < row["since"]))
    rows = await tx.rows(select(bill_lines).where(mine).order_by(bill_lines.c.at, bill_lines.c.ref))
    return [
        BillLine(one["ref"], one["at"], one["kind"], one["names"], Money(one["minor"]), one["provider_code"])
        for one in rows
    ]
