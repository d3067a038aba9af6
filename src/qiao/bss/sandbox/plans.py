"""Which plan a number has at an instant, what is bought on top of it, and what things cost now."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, select

from qiao.bss.model import Allowance, Plan
from qiao.bss.sandbox import rating
from qiao.bss.sandbox.products import FEES, PACKS, PLANS
from qiao.bss.sandbox.store_lines import packs, plan_changes, prices
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction

TICK = timedelta(microseconds=1)


async def price_of(tx: Transaction, code: str) -> Money:
    """What a plan, pack or fee costs whoever takes it now."""
    changed = await tx.scalar(select(prices.c.minor).where(prices.c.code == code))
    if changed is not None:
        return Money(changed)
    if code in FEES:
        return FEES[code]
    return PACKS[code].price if code in PACKS else PLANS[code].monthly_fee


async def plan_at(tx: Transaction, row: RowMapping, at: datetime) -> Plan:
    """The plan of a holding at an instant, at the fee of the day he took it."""
    mine = (plan_changes.c.service == row["service"]) & (plan_changes.c.at >= row["since"])
    newest = select(plan_changes).where(mine, plan_changes.c.at <= at).order_by(plan_changes.c.at.desc()).limit(1)
    changed = await tx.one(newest)
    if changed is None:
        return PLANS[row["plan_code"]]
    return replace(PLANS[changed["plan_code"]], monthly_fee=Money(changed["fee_minor"]))


async def plan_of_month(tx: Transaction, row: RowMapping, month: str) -> Plan:
    """The plan that a month is billed by: the one at its end, or now while it runs."""
    return await plan_at(tx, row, min(rating.bounds(month)[1] - TICK, tx.now))


async def coming(tx: Transaction, service: ServiceId) -> RowMapping | None:
    """The change of plan that is to come."""
    later = (plan_changes.c.service == str(service)) & (plan_changes.c.at > tx.now)
    return await tx.one(select(plan_changes).where(later).order_by(plan_changes.c.at).limit(1))


async def with_packs(tx: Transaction, row: RowMapping, plan: Plan, month: str) -> Plan:
    """The plan with the data bought on top of it for that month."""
    mine = (packs.c.service == row["service"]) & (packs.c.month == month) & (packs.c.at >= row["since"])
    more = sum(PACKS[one["code"]].megabytes for one in await tx.rows(select(packs.c.code).where(mine)))
    return replace(plan, allowances=tuple(_more(one, more) for one in plan.allowances)) if more else plan


def _more(one: Allowance, megabytes: int) -> Allowance:
    return replace(one, total=one.total + megabytes) if one.kind == "data" else one
