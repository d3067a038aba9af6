"""What the sandbox knows of a number beside its plan and bills, read from its tables."""

from datetime import date
from typing import Final

from sqlalchemy import RowMapping, or_, select

from qiao.bss.model_lines import FamilyMember, Line, Pack, Points
from qiao.bss.sandbox import plans, questions, rating
from qiao.bss.sandbox.products import EVER_RING, FEES, PACKS, PLANS
from qiao.bss.sandbox.store import subscriptions
from qiao.bss.sandbox.store_lines import features
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction

FORWARD: Final = "forward:"
FAMILY: Final = "family:"
REFUSE: Final = "refuse_added"
SUSPENDED: Final = "suspended"
SIM: Final = "sim_request"


async def switched_on(tx: Transaction, service: ServiceId) -> dict[str, RowMapping]:
    """What is switched on for the number now, by code."""
    mine = (features.c.service == str(service)) & features.c.until.is_(None)
    return {row["code"]: row for row in await tx.rows(select(features).where(mine).order_by(features.c.id))}


async def ever_ring(tx: Transaction, service: ServiceId) -> RowMapping | None:
    """The subscription to the missed-call reminder that runs now."""
    mine = (subscriptions.c.service == str(service)) & (subscriptions.c.code == EVER_RING)
    still = or_(subscriptions.c.until.is_(None), subscriptions.c.until > tx.now)
    return await tx.one(select(subscriptions).where(mine, still).limit(1))


async def line(tx: Transaction, service: ServiceId) -> Line | None:
    """How the number stands."""
    row = await questions.held(tx, service)
    if row is None:
        return None
    on = await switched_on(tx, service)
    running: set[str] = {code for code in ("caller_display", "roaming") if code in on}
    if await ever_ring(tx, service) is not None:
        running.add("ever_ring")
    next_one = await plans.coming(tx, service)
    return Line(
        service=service,
        state="suspended" if SUSPENDED in on else "active",
        plan_kind=(await plans.plan_at(tx, row, tx.now)).kind,
        owed=Money(max(0, -row["prepaid_minor"])),
        suspended_for=on[SUSPENDED]["value"] if SUSPENDED in on else "",
        features=frozenset(running),
        forwarding={code.removeprefix(FORWARD): one["value"] for code, one in on.items() if code.startswith(FORWARD)},
        refuses_added=REFUSE in on,
        next_plan=PLANS[next_one["plan_code"]].name if next_one else None,
        next_plan_from=next_one["at"].astimezone(rating.ZONE).date() if next_one else None,
        sim_requested_at=on[SIM]["since"] if SIM in on else None,
    )


async def owed(tx: Transaction, service: ServiceId) -> int:
    """What the account stands below nothing, in minor units."""
    row = await questions.held(tx, service)
    return max(0, -row["prepaid_minor"]) if row is not None else 0


async def fee(tx: Transaction, what: str) -> Money | None:
    """What a service costs now, if anything."""
    return await plans.price_of(tx, what) if what in FEES else None


async def packs_offered(tx: Transaction, service: ServiceId) -> list[Pack]:
    """Data that may be bought, at what it costs now."""
    row = await questions.held(tx, service)
    if row is None or service.kind != "mobile":
        return []
    return [Pack(one.code, one.names, one.megabytes, await plans.price_of(tx, one.code)) for one in PACKS.values()]


async def points(tx: Transaction, service: ServiceId) -> Points | None:
    """The points of the number; a third of them ends with the year."""
    row = await questions.held(tx, service)
    if row is None:
        return None
    year = tx.now.astimezone(rating.ZONE).year
    return Points(row["points"], row["points"] // 3, date(year, 12, 31))


async def family(tx: Transaction, service: ServiceId) -> list[FamilyMember]:
    """Numbers in the group."""
    on = await switched_on(tx, service)
    return [
        FamilyMember(ServiceId("mobile", code.removeprefix(FAMILY)), one["since"], Money(one["fee_minor"]))
        for code, one in on.items()
        if code.startswith(FAMILY)
    ]
