"""What the sandbox knows, read from its tables."""

from sqlalchemy import RowMapping, or_, select
from sqlalchemy.dialects.postgresql import insert

from qiao.bss.model import (
    Balance,
    Bill,
    BillLine,
    BillSummary,
    Holding,
    Party,
    Plan,
    Subscription,
    UsagePage,
    UsageSum,
)
from qiao.bss.sandbox import rating
from qiao.bss.sandbox.products import PLANS, PRODUCTS, PROVIDERS
from qiao.bss.sandbox.store import bill_lines, holdings, issued_bills, parties, subscriptions
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction


async def held(tx: Transaction, service: ServiceId) -> RowMapping | None:
    """The row of whoever holds the number now."""
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
    chosen = PLANS[row["plan_code"]]
    month = rating.month_of(tx.now)
    records = rating.uses(str(service), month, chosen, tx.now)
    return rating.used_of(chosen, rating.sums(records, chosen))


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
    chosen = PLANS[row["plan_code"]]
    mine = [one for one in rating.uses(str(service), month, chosen, tx.now) if one.at >= row["since"]]
    return rating.sums(mine, chosen)


async def usage_records(tx: Transaction, service: ServiceId, month: str, before: str | None, limit: int) -> UsagePage:
    """Each use, newest first."""
    row = await held(tx, service)
    if row is None:
        return UsagePage((), None)
    chosen = PLANS[row["plan_code"]]
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
        return rating.bill(month, await _open_lines(tx, service, month, row), issued=False)
    return rating.bill(month, await _issued_lines(tx, service, month, row), issued=True)


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
    return rating.lines(month, PLANS[row["plan_code"]], counted, totals)


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
    mine = (bill_lines.c.service == str(service)) & (bill_lines.c.month == month)
    rows = await tx.rows(select(bill_lines).where(mine).order_by(bill_lines.c.at, bill_lines.c.ref))
    return [
        BillLine(one["ref"], one["at"], one["kind"], one["names"], Money(one["minor"]), one["provider_code"])
        for one in rows
    ]
