"""The disputed charge of seed 004 from fear to the last word, on the sandbox operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from qiao import cases, catalogue, compensation, staff
from qiao.bss import Operator
from qiao.bss.sandbox import charge_late, plant_unwanted_subscription
from qiao.bss.sandbox.doing import cancel
from qiao.compensation.operations import Grants
from qiao.kernel.ids import new_id
from tests.cases.proving import Centre, centre

if TYPE_CHECKING:
    from qiao.kernel.ids import CaseId
    from qiao.platform.house import House
    from qiao.staff import Agent
    from tests.conftest import StillClock

RIGHTS = frozenset({"catalogue.perform", "compensation.grant"})


@pytest.fixture
async def here(house: House, clock: StillClock) -> Centre:
    catalogue.register_money_guard(Grants())
    made = await centre(house, clock)
    async with house.database.transaction() as tx:
        await tx.execute(text("delete from sandbox.charge_holds"))
    return made


async def somebody(here: Centre, role: str) -> Agent:
    async with here.database.transaction() as tx:
        await staff.ensure_built_in_roles(tx)
        unit = await staff.ensure_unit(tx, code="north", name="North")
        login = f"a{str(new_id())[-12:]}"
        made = await staff.create_agent(tx, login=login, name=login, password_hash="x", unit_id=unit, roles=[role])
        return await staff.agent(tx, made)


@pytest.mark.slow
async def test_the_disputed_charge_is_closed_only_when_it_is_seen_reversed_and_he_says_so(here: Centre) -> None:
    wang, leader = await somebody(here, "agent"), await somebody(here, "team_leader")
    case_id = await here.open()
    # Nothing is on record: the number is watched, and finds what comes before he calls.
    await here.until(2026, 11, 18, 2)
    ref = await here.act(plant_unwanted_subscription, here.service)
    await here.until(2026, 11, 18, 10)
    assert "watch_found_subscription" in await here.history(case_id)
    await here.act(cancel(here.service, ref))
    await here.resolve(case_id)
    # The provider's charge stands on the November bill: the check finds it, the amount is held, the case is open again.
    await here.until(2026, 12, 3, 8)
    assert await here.status(case_id) == "open"
    [charge] = await cases_charges(here, case_id)
    operator = here.house.get(Operator)
    bill = await operator.bill(here.service, "2026-11")
    assert bill is not None
    assert (charge.held, bill.held, bill.due.minor) == (True, charge.amount, bill.total.minor - charge.amount.minor)
    whole = await here.whole(case_id)
    assert (whole.next_step.act, whole.case.red) == ("reverse", False)
    # Nobody closes it: not by resolving again without the money, not by anything else.
    with pytest.raises(cases.NothingAsked):
        him = f"customer:{here.shi.id}"
        await here.do(cases.confirm, case_id=case_id, solved="yes", by=him, channel="portal")
    # The agent gives the charge back on the spot; a large credit is refused with his limit and goes to the leader.
    given = {"case_id": case_id, "reason": "not ordered", "rights": RIGHTS}
    await here.do(
        cases.grant_compensation, **given, amount=str(charge.amount), charge_id=charge.id, agent=wang, key="one"
    )
    with pytest.raises(compensation.CompensationAboveAuthority):
        await here.do(cases.grant_compensation, **given, amount="200.00", agent=wang, key="two")
    asked = await here.do(cases.grant_compensation, **given, amount="100.00", agent=wang, key="three", approval=True)
    assert asked.state == "asked"
    with pytest.raises(compensation.NotYoursToApprove):
        await here.do(cases.decide_compensation, grant_id=asked.id, approved=True, reason="", agent=wang, rights=RIGHTS)
    await here.do(cases.decide_compensation, grant_id=asked.id, approved=True, reason="", agent=leader, rights=RIGHTS)
    await here.work()
    after = await operator.bill(here.service, "2026-11")
    assert after is not None
    assert (after.held.minor, after.total.minor) == (0, bill.total.minor - charge.amount.minor)
    async with here.database.transaction() as tx:
        assert (await compensation.ledger_total(tx, here.shi.id)).minor == charge.amount.minor + 10_000
    # Late rating puts it on December all the same: it is found there too, and given back.
    await here.resolve(case_id)
    await here.until(2026, 12, 20, 8)
    await here.act(charge_late, here.service, "2026-12")
    await here.until(2027, 1, 3, 8)
    assert await here.status(case_id) == "open"
    late = (await cases_charges(here, case_id))[-1]
    assert (late.month, late.held) == ("2026-12", True)
    back = {**given, "amount": str(late.amount), "charge_id": late.id, "agent": leader, "key": "four"}
    await here.do(cases.grant_compensation, **back)
    await here.work()
    await here.resolve(case_id)
    await here.until(2027, 1, 4, 8)
    assert await here.status(case_id) == "verified", await here.outcomes(case_id)
    him = f"customer:{here.shi.id}"
    await here.do(cases.confirm, case_id=case_id, solved="yes", by=him, channel="portal")
    assert await here.status(case_id) == "closed"
    assert await operator.holds(here.service) == []


async def cases_charges(here: Centre, case_id: CaseId) -> tuple[cases.ChargeFound, ...]:
    async with here.database.transaction() as tx:
        return await cases.charges_of_case(tx, case_id)
