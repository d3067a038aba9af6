"""Deferred work of cases: looks at the operator's systems with no transaction open, and what is told to customers."""

import asyncio
from typing import Final
from uuid import UUID

import structlog

from qiao.bss import Operator, OperatorAway
from qiao.cases import verifying, watching
from qiao.cases.checkers import Found, Question, checker
from qiao.kernel.ids import CaseId
from qiao.platform import audit
from qiao.platform.database import Transaction
from qiao.platform.failpoints import failpoint
from qiao.platform.house import House

log = structlog.get_logger(__name__)
CHECK_SECONDS_MAX: Final = 60.0
CHECK_BEGUN: Final = "cases.run_check.begun"
CHECK_SEEN: Final = "cases.run_check.seen"
WATCH_SEEN: Final = "cases.look_at_watch.seen"


async def run_check(house: House, *, check_id: str) -> None:
    """Look whether one condition holds. Run twice it is written down once."""
    async with house.database.transaction() as tx:
        asked = await verifying.begin_check(tx, UUID(check_id))
        if asked is None:
            return
        await _on_record(tx, asked.case_id, f"check.{asked.checker}", check_id)
    failpoint(CHECK_BEGUN)
    found = await _look(house, asked)
    failpoint(CHECK_SEEN)
    async with house.database.transaction() as tx:
        await verifying.settle_check(tx, check_id=UUID(check_id), found=found)


async def _look(house: House, asked: Question) -> Found:
    """What the checker says; one that is not here, does not answer or breaks cannot know."""
    known = checker(asked.checker)
    if known is None:
        return Found("unknown", reason="no_such_checker")
    try:
        async with asyncio.timeout(CHECK_SECONDS_MAX):
            return await known.check(house, asked)
    except (OperatorAway, TimeoutError):
        return Found("unknown", {"as_of": house.clock.now().isoformat()}, "no_answer")
    except Exception:
        log.exception("cases.checker_broke", checker=asked.checker)
        return Found("unknown", reason="checker_broke")


async def look_at_watch(house: House, *, watch_id: str) -> None:
    """Look whether what a case is watched for is there now; while the operator is away, later."""
    async with house.database.transaction() as tx:
        watched = await watching.begin_look(tx, UUID(watch_id))
        if watched is None:
            return
        await _on_record(tx, watched.case_id, "watch.number", watch_id)
    try:
        seen = await _sight(house.get(Operator), house, watched)
    except OperatorAway:
        return
    failpoint(WATCH_SEEN)
    async with house.database.transaction() as tx:
        await watching.settle_look(tx, watch_id=UUID(watch_id), seen=seen)


async def plan_missing(house: House) -> None:
    """Periodic: no resolved case stays without its checks."""
    async with house.database.transaction() as tx:
        await verifying.plan_missing(tx)


async def _sight(operator: Operator, house: House, watched: watching.Watched) -> watching.Sighted:
    holding = await operator.holder_of(watched.service)
    now = house.clock.now()
    if holding is None or holding.party_ref != watched.holder_ref:
        return watching.Sighted(now, (), (), still_his=False)
    running = tuple(await operator.subscriptions(watched.service))
    bills = [await operator.bill(watched.service, month) for month in watched.months]
    return watching.Sighted(now, running, tuple(bill for bill in bills if bill is not None))


async def _on_record(tx: Transaction, case_id: CaseId, act: str, ref: str) -> None:
    """Who looks at what, committed before the question is put."""
    customer_id, unit_id = await verifying.whose(tx, case_id)
    await audit.record(
        tx,
        actor=verifying.BY,
        act=act,
        customer_id=customer_id,
        unit_id=unit_id,
        subject=f"case:{case_id}",
        details={"basis": "case", "ref": ref},
        once=False,
    )
