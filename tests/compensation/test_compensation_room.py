"""Money on real rows and the sandbox's bills: granted within authority, spent once, and our ledger equals billing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from qiao import catalogue, compensation, customers, staff
from qiao.bss import Operator
from qiao.bss.sandbox import CAST, SandboxOperator, charge_late, fill, misbehave
from qiao.catalogue.jobs import perform
from qiao.compensation.listeners import on_order_refused
from qiao.compensation.operations import Grants
from qiao.compensation.store import grants
from qiao.kernel.ids import CustomerId, OrderId, new_id
from qiao.kernel.money import Money
from qiao.kernel.origin import Origin

if TYPE_CHECKING:
    from qiao.compensation import Grant
    from qiao.platform.house import House
    from qiao.staff import Agent

SHI = CAST[0].service
EMPTY = text(
    "truncate compensation_grants, compensation_decisions, compensation_spendings, compensation_take_backs, "
    "compensation_own_customers"
)
BILLED = text("select coalesce(-sum(minor), 0) from sandbox.bill_lines where kind = 'adjustment' and service = :it")
RIGHTS = frozenset({"catalogue.perform"})


class Purse:
    """A customer with a bill, agents of several ranks, and whatever is given."""

    def __init__(self, house: House, customer: CustomerId) -> None:
        self.house, self.customer = house, customer

    async def agent(self, role: str = "agent") -> Agent:
        async with self.house.database.transaction() as tx:
            unit = await staff.ensure_unit(tx, code="north", name="North")
            await staff.ensure_built_in_roles(tx)
            login = f"a{str(new_id())[-12:]}"
            made = await staff.create_agent(tx, login=login, name=login, password_hash="x", unit_id=unit, roles=[role])
            return await staff.agent(tx, made)

    async def ask(self, agent: Agent, minor: int, **given: Any) -> Grant:
        whole = {"matter": "case:1", "severity": 2, "code": "give_credit", "reason": "long wait", **given}
        async with self.house.database.transaction() as tx:
            return await compensation.ask_grant(
                tx,
                customer_id=self.customer,
                target=SHI,
                amount=Money(minor),
                agent=agent,
                **{"key": str(new_id()), **whole},
            )

    async def spend(self, given: Grant, **changed: Any) -> OrderId:
        told = {"amount": str(given.amount)}
        if given.charge:
            month, _, line = given.charge.partition("/")
            told |= {"month": month, "line_ref": line}
        whole: dict[str, Any] = {"code": given.code, "target": given.target, "parameters": told, **changed}
        async with self.house.database.transaction() as tx:
            order = await catalogue.place_order(
                tx,
                customer_id=self.customer,
                actor_ref="agent:x",
                level=0,
                basis="case",
                origin=Origin("desk"),
                confirmed=True,
                rights=RIGHTS,
                listed_by_case=True,
                **{"key": f"grant:{given.id}", "grant_id": str(given.id), **whole},
            )
        await perform(self.house, order_id=str(order.id))
        return order.id

    async def billed(self) -> int:
        """Minor units that billing gave, over all months."""
        async with self.house.database.transaction() as tx:
            found = text(
                "select coalesce(-sum(minor), 0) from sandbox.bill_lines where kind = 'adjustment' and service = :it"
            )
            return int(await tx.scalar(found, {"it": str(SHI)}))

    async def booked(self) -> int:
        async with self.house.database.transaction() as tx:
            return (await compensation.ledger_total(tx, self.customer)).minor

    async def state(self, given: Grant) -> str:
        async with self.house.database.transaction() as tx:
            return (await compensation.grant(tx, given.id)).state


@pytest.fixture
async def purse(house: House) -> Purse:
    catalogue.register_money_guard(Grants())
    house.ports[Operator] = SandboxOperator(house.database, answer_seconds=3.0)
    async with house.database.transaction() as tx:
        await fill(tx, customers=40)
        await misbehave(tx, None)
        await tx.execute(text("delete from sandbox.bill_lines where kind = 'adjustment'"))
        await tx.execute(EMPTY)
    known = await customers.recognize(house, SHI)
    assert known is not None
    return Purse(house, known.id)


async def test_within_his_authority_an_agent_gives_at_once_and_above_it_he_is_told_his_limit(purse: Purse) -> None:
    wang = await purse.agent()
    first = await purse.ask(wang, 2000)
    assert first.state == "granted"
    await purse.spend(first)
    assert await purse.state(first) == "spent"
    with pytest.raises(compensation.CompensationAboveAuthority) as refused:
        await purse.ask(wang, 1001)
    assert str(refused.value.params["limit"]) == "10.00", "what was given before counts: it is not split"
    li = await purse.agent()
    with pytest.raises(compensation.CompensationAboveAuthority):
        await purse.ask(li, 1001)
    assert await purse.billed() == await purse.booked() == 2000


async def test_above_it_another_with_the_authority_approves_and_never_whoever_asked(purse: Purse) -> None:
    wang, leader, colleague = await purse.agent(), await purse.agent("team_leader"), await purse.agent()
    asked = await purse.ask(wang, 20_000, approval=True)
    assert asked.state == "asked"
    with pytest.raises(catalogue.NeedsGrant):
        await purse.spend(asked)

    async def decided(by: Agent, *, approved: bool = True) -> str:
        async with purse.house.database.transaction() as tx:
            one = await compensation.decide(tx, grant_id=asked.id, approved=approved, agent=by, reason="right")
            return one.state

    for other in (wang, colleague):
        with pytest.raises(compensation.NotYoursToApprove):
            await decided(other)
    assert await decided(leader) == "granted"
    with pytest.raises(compensation.DecidedAlready):
        await decided(leader, approved=False)
    mine = await purse.ask(leader, 60_000, approval=True)
    assert mine.state == "asked"
    async with purse.house.database.transaction() as tx:
        assert [one.id for one in await compensation.waiting(tx, [leader.unit_id])] == [mine.id]
    with pytest.raises(compensation.NotYoursToApprove):
        async with purse.house.database.transaction() as tx:
            await compensation.decide(tx, grant_id=mine.id, approved=False, agent=leader, reason="no")


async def test_a_grant_is_spent_once_and_only_for_what_it_says(purse: Purse) -> None:
    wang = await purse.agent()
    given = await purse.ask(wang, 1000)
    for changed in ({"parameters": {"amount": "11.00"}}, {"code": "reverse_charge"}, {"grant_id": str(new_id())}):
        with pytest.raises((catalogue.NeedsGrant, Exception)):
            await purse.spend(given, key=str(new_id()), **changed)
    first = await purse.spend(given)
    assert await purse.spend(given) == first, "the same key is the same order"
    with pytest.raises(catalogue.NeedsGrant):
        await purse.spend(given, key="another")
    for none in ("", "no uuid", None):
        with pytest.raises(catalogue.NeedsGrant):
            await purse.spend(given, key=str(new_id()), grant_id=none)
    assert await purse.billed() == 1000


async def test_two_at_once_never_exceed_the_limit_together(purse: Purse) -> None:
    people = [await purse.agent() for _ in range(6)]
    done = await asyncio.gather(*(purse.ask(one, 1000) for one in people), return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in done) == 3, done
    refused = [one for one in done if isinstance(one, BaseException)]
    assert all(isinstance(one, compensation.CompensationAboveAuthority) for one in refused)


async def test_nobody_gives_to_himself_or_to_whoever_lives_with_him(purse: Purse) -> None:
    wang = await purse.agent()
    async with purse.house.database.transaction() as tx:
        await compensation.declare_own(tx, agent_id=wang.id, customer_id=purse.customer, relation="self", by="x")
    with pytest.raises(compensation.CompensationToOneself):
        await purse.ask(wang, 100)
    neighbour = await customers.recognize(purse.house, CAST[1].service)
    assert neighbour is not None
    li = await purse.agent()
    async with purse.house.database.transaction() as tx:
        await compensation.declare_own(tx, agent_id=li.id, customer_id=neighbour.id, relation="family", by="x")
        home = text("update customers set address = (select address from customers where id = :him) where id = :her")
        await tx.execute(home, {"him": purse.customer, "her": neighbour.id})
    with pytest.raises(compensation.CompensationToOneself):
        await purse.ask(li, 100)


async def test_a_charge_is_given_back_on_its_bill_and_never_more_than_it_was(purse: Purse) -> None:
    leader = await purse.agent("team_leader")
    async with purse.house.database.transaction() as tx:
        line = await charge_late(tx, SHI, "2026-10")
    operator = purse.house.get(Operator)
    assert (await operator.hold_charge(SHI, "2026-10", line, key="h")).kind == "done"
    bill = await operator.bill(SHI, "2026-10")
    assert bill is not None
    assert bill.held.minor == bill.total.minor - bill.due.minor > 0
    whole = {"code": "reverse_charge", "charge": f"2026-10/{line}", "charged": bill.held}
    first = await purse.ask(leader, bill.held.minor - 100, **whole)
    with pytest.raises(compensation.MoreThanCharged):
        await purse.ask(leader, 101, **whole)
    rest = await purse.ask(leader, 100, **whole)
    await purse.spend(first)
    await purse.spend(rest)
    after = await operator.bill(SHI, "2026-10")
    assert after is not None
    assert (after.held.minor, after.total.minor) == (0, bill.total.minor - bill.held.minor)
    assert await operator.holds(SHI) == []
    assert await purse.billed() == await purse.booked()


async def test_what_billing_refuses_counts_no_more(purse: Purse) -> None:
    leader = await purse.agent("team_leader")
    given = await purse.ask(leader, 500, code="reverse_charge", charge="2026-10/none", charged=Money(500))
    order = await purse.spend(given)
    async with purse.house.database.transaction() as tx:
        done = await catalogue.order(tx, order)
        assert (done.state, done.reason) == ("refused", "nothing_charged") or done.reason == "more_than_charged"
        await on_order_refused(tx, catalogue.OrderRefused(order, purse.customer, done.code, None, "x", done.reason))
    assert await purse.state(given) == "taken_back"
    assert await purse.booked() == await purse.billed() == 0


@pytest.mark.parametrize("kind", ["hang", "truncated", "wrong_customer"])
async def test_an_answer_that_cannot_be_trusted_is_asked_again_and_given_once(purse: Purse, kind: Any) -> None:
    wang = await purse.agent()
    given = await purse.ask(wang, 700)
    purse.house.ports[Operator] = SandboxOperator(purse.house.database, answer_seconds=0.3)
    real = SandboxOperator(purse.house.database, answer_seconds=3.0)
    purse.house.ports[Operator] = _BadAfterLooking(purse.house.database, kind)
    order = await purse.spend(given)
    async with purse.house.database.transaction() as tx:
        assert (await catalogue.order(tx, order)).state == "unknown"
    purse.house.ports[Operator] = real
    await perform(purse.house, order_id=str(order))
    async with purse.house.database.transaction() as tx:
        assert (await catalogue.order(tx, order)).state == "done"
    assert await purse.billed() == await purse.booked() == 700


class _BadAfterLooking(SandboxOperator):
    """Answers who holds a number, and then does what it is asked and answers badly."""

    def __init__(self, database: Any, kind: Any) -> None:
        super().__init__(database, answer_seconds=0.3)
        self._good, self._kind, self._all = SandboxOperator(database, answer_seconds=3.0), kind, database

    async def holder_of(self, service: Any) -> Any:
        return await self._good.holder_of(service)

    async def give_credit(self, service: Any, amount: Money, reason: str, *, key: str) -> Any:
        async with self._all.transaction() as tx:
            await misbehave(tx, self._kind)
        try:
            return await super().give_credit(service, amount, reason, key=key)
        finally:
            async with self._all.transaction() as tx:
                await misbehave(tx, None)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wishes=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 9_000), st.booleans(), st.booleans()), max_size=8))
async def test_over_any_sequence_the_sum_stays_within_authority_and_our_ledger_equals_billing(
    purse: Purse, wishes: list[tuple[int, int, bool, bool]]
) -> None:
    async with purse.house.database.transaction() as tx:
        await tx.execute(EMPTY)
        await tx.execute(text("delete from sandbox.bill_lines where kind = 'adjustment'"))
    people = [await purse.agent(), await purse.agent("senior_agent"), await purse.agent("team_leader")]
    for who, minor, approve, spent in wishes:
        try:
            asked = await purse.ask(people[who], minor, approval=approve)
            if asked.state == "asked":
                async with purse.house.database.transaction() as tx:
                    await compensation.decide(tx, grant_id=asked.id, approved=True, agent=people[2], reason="")
            if spent:
                await purse.spend(asked)
        except (compensation.CompensationAboveAuthority, compensation.NotYoursToApprove, catalogue.NeedsGrant):
            continue
    async with purse.house.database.transaction() as tx:
        rows = await tx.rows(select(grants.c.minor, grants.c.rank).where(grants.c.within))
    assert sum(row["minor"] for row in rows if row["rank"] == "agent") <= 3000
    assert sum(row["minor"] for row in rows) <= 50_000
    assert await purse.billed() == await purse.booked()
