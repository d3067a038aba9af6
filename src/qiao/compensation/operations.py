"""Granting within authority, asking above it, deciding, spending once, taking back."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from qiao.catalogue import NeedsGrant, service
from qiao.compensation.events import (
    ApprovalAsked,
    CompensationGranted,
    CompensationRefused,
    CompensationSpent,
    CompensationTakenBack,
)
from qiao.compensation.model import Given, judge, limit_problems, rank_of
from qiao.compensation.queries import Grant, approved_today, given, given_on_charge, grant, limits_in_force
from qiao.compensation.store import decisions, grants, limits, own_customers, spendings, take_backs
from qiao.customers import customers_by_ids
from qiao.kernel.ids import AgentId, CustomerId, OrderId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.money import Money
from qiao.kernel.refused import NotFound, Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction, one_at_a_time
from qiao.platform.events import emit
from qiao.platform.failpoints import failpoint
from qiao.staff import Agent

GRANTED: Final = "compensation.grant.before_commit"
SPENT: Final = "compensation.spend.before_commit"
REASON_MAX: Final = 500


class CompensationAboveAuthority(Refused):
    """More than whoever asks may give in this case now."""

    code = "compensation.above_authority"
    text = N_(
        "You may give {limit} here by yourself, and {amount} was asked. Nothing was given: ask approval or give less."
    )


class CompensationToOneself(Refused):
    """The customer is the agent himself, his family, or lives with him."""

    code = "compensation.to_oneself"
    status = 403
    text = N_("Nobody gives money to himself or his own. Nothing was given; a colleague takes it over.")


class MoreThanCharged(Refused):
    """Together with what was granted before it is more than the charge."""

    code = "compensation.more_than_charged"
    text = N_("Of this charge {left} is left to give back. Nothing was given.")


class DecidedAlready(Refused):
    """Somebody approved or refused it, or it was taken back."""

    code = "compensation.decided_already"
    text = N_("This was decided already. Nothing was changed; look again.")


class NotYoursToApprove(Refused):
    """Nobody approves what he asked for himself, or what is above his own authority."""

    code = "compensation.not_yours_to_approve"
    status = 403
    text = N_("You cannot approve this: you asked for it yourself, or it is above your own limit of {limit}.")


class LimitsNotUnderstood(Refused):
    """Edited limits break a rule."""

    code = "compensation.limits_not_understood"
    status = 400
    text = N_("The limits cannot be kept: {problems}. Nothing was saved.")


async def ask_grant(
    tx: Transaction,
    *,
    matter: str,
    severity: int,
    customer_id: CustomerId,
    target: ServiceId,
    code: str,
    amount: Money,
    agent: Agent,
    reason: str,
    key: str,
    charge: str = "",
    charged: Money | None = None,
    approval: bool = False,
) -> Grant:
    """Leave to give `amount` by a service that gives money; severity 1 to 4 is the case's. Returns the grant.

    The same key is the same grant. `charge` names the line that is reversed and `charged` what it was. Above the
    agent's authority: CompensationAboveAuthority naming his limit, or with `approval` a grant that waits for somebody
    else. Raises CompensationToOneself, MoreThanCharged.
    """
    if not service(code).gives_money or amount.minor <= 0:
        raise NotFound
    await one_at_a_time(tx, f"money:customer:{customer_id}", f"money:agent:{agent.id}")
    known = await tx.scalar(select(grants.c.id).where(grants.c.key == key))
    if known is not None:
        return await grant(tx, known)
    await _must_be_a_stranger(tx, agent.id, customer_id)
    if charged is not None:
        left = charged.minor - await given_on_charge(tx, target, charge)
        if amount.minor > left:
            raise MoreThanCharged(left=Money(max(0, left), amount.currency))
    rules = await limits_in_force(tx)
    rank = rank_of(agent.roles, rules)
    counted = await given(tx, customer_id=customer_id, agent_id=agent.id, window_days=rules.window_days)
    verdict = judge(rules, rank, severity, amount.minor, await _with_approved(tx, counted, agent.id))
    if not verdict.within and not approval:
        raise CompensationAboveAuthority(limit=Money(verdict.limit, amount.currency), amount=amount)
    row: dict[str, Any] = {
        "id": new_id(),
        "key": key[:200],
        "matter": matter,
        "severity": severity,
        "customer_id": customer_id,
        "target": str(target),
        "code": code,
        "charge": charge,
        "minor": amount.minor,
        "currency": amount.currency,
        "reason": reason[:REASON_MAX],
        "agent_id": agent.id,
        "unit_id": agent.unit_id,
        "rank": rank,
        "limit_minor": verdict.limit,
        "within": verdict.within,
        "at": tx.now,
    }
    await tx.execute(grants.insert().values(row))
    happened = CompensationGranted if verdict.within else ApprovalAsked
    await emit(tx, happened(row["id"], matter, customer_id, amount, agent.id))
    failpoint(GRANTED)
    return await grant(tx, row["id"])


async def decide(tx: Transaction, *, grant_id: UUID, approved: bool, agent: Agent, reason: str) -> Grant:
    """Approve or refuse what a colleague asked for.

    Raises NotFound, DecidedAlready, NotYoursToApprove (also for what he asked for himself), CompensationToOneself.
    """
    found = await grant(tx, grant_id)
    await one_at_a_time(tx, f"money:customer:{found.customer_id}", f"money:agent:{agent.id}")
    found = await grant(tx, grant_id)
    if found.state != "asked":
        raise DecidedAlready
    rules = await limits_in_force(tx)
    counted = await given(tx, customer_id=found.customer_id, agent_id=agent.id, window_days=rules.window_days)
    others = Given(counted.to_customer - found.amount.minor, counted.by_agent_today)
    own = await _with_approved(tx, others, agent.id)
    verdict = judge(rules, rank_of(agent.roles, rules), found.severity, found.amount.minor, own)
    if agent.id == found.agent_id or (approved and not verdict.within):
        raise NotYoursToApprove(limit=Money(verdict.limit, found.amount.currency))
    await _must_be_a_stranger(tx, agent.id, found.customer_id)
    row = {"grant_id": grant_id, "approved": approved, "agent_id": agent.id, "reason": reason[:REASON_MAX]}
    await tx.execute(decisions.insert().values(**row, at=tx.now))
    happened = CompensationGranted if approved else CompensationRefused
    await emit(tx, happened(grant_id, found.matter, found.customer_id, found.amount, agent.id))
    return await grant(tx, grant_id)


async def take_back(tx: Transaction, *, grant_id: UUID, by: str, reason: str) -> None:
    """Say that a grant is not given after all; again changes nothing. What was spent stays, unless its order failed."""
    row = {"grant_id": grant_id, "agent_id": by, "reason": reason[:REASON_MAX], "at": tx.now}
    made = insert(take_backs).values(row).on_conflict_do_nothing().returning(take_backs.c.grant_id)
    if await tx.scalar(made) is not None:
        found = await grant(tx, grant_id)
        await emit(tx, CompensationTakenBack(grant_id, found.matter, found.customer_id, found.amount))


class Grants:
    """The catalogue's money guard: a grant is spent once, by one order, for exactly what it says."""

    async def spend(
        self,
        tx: Transaction,
        *,
        grant_id: str,
        order_id: OrderId,
        code: str,
        customer_id: CustomerId,
        target: ServiceId,
        amount: Money,
    ) -> None:
        """See catalogue.MoneyGuard."""
        try:
            row = await tx.one(select(grants).where(grants.c.id == UUID(grant_id)).with_for_update())
        except ValueError:
            raise NeedsGrant from None
        if row is None:
            raise NeedsGrant
        found = await grant(tx, row["id"])
        if found.order_id == order_id:
            return
        meant = (found.code, found.customer_id, found.target, found.amount)
        if found.state != "granted" or meant != (code, customer_id, target, amount):
            raise NeedsGrant
        await tx.execute(spendings.insert().values(grant_id=found.id, order_id=order_id, at=tx.now))
        await emit(tx, CompensationSpent(found.id, found.matter, customer_id, amount, order_id))
        failpoint(SPENT)


async def declare_own(tx: Transaction, *, agent_id: AgentId, customer_id: CustomerId, relation: str, by: str) -> None:
    """Say that a customer is a member of staff himself ("self") or his family; again changes it."""
    row = {"agent_id": agent_id, "customer_id": customer_id, "relation": relation, "declared_at": tx.now, "by": by}
    made = insert(own_customers).values(row)
    await tx.execute(made.on_conflict_do_update(index_elements=["agent_id", "customer_id"], set_=row))


async def keep_limits(tx: Transaction, *, definition: Any, by: str, text: str = "") -> int:
    """Put edited limits in force, `text` as they were written; returns their version. Raises LimitsNotUnderstood."""
    if problems := limit_problems(definition):
        raise LimitsNotUnderstood(problems="; ".join(problems[:20]))
    row = {"definition": definition, "text": text, "kept_at": tx.now, "by": by}
    version: int = await tx.scalar(limits.insert().values(row).returning(limits.c.version))
    return version


async def _with_approved(tx: Transaction, counted: Given, agent_id: AgentId) -> Given:
    return Given(counted.to_customer, counted.by_agent_today + await approved_today(tx, agent_id))


async def _must_be_a_stranger(tx: Transaction, agent_id: AgentId, customer_id: CustomerId) -> None:
    """Raises CompensationToOneself."""
    own = await tx.rows(select(own_customers.c.customer_id).where(own_customers.c.agent_id == agent_id))
    ids = {CustomerId(row["customer_id"]) for row in own}
    if not ids:
        return
    known = await customers_by_ids(tx, [*ids, customer_id])
    homes = {known[one].address.strip() for one in ids if one in known} - {""}
    home = known[customer_id].address.strip() if customer_id in known else ""
    if customer_id in ids or home in homes:
        raise CompensationToOneself


async def ledger_total(tx: Transaction, customer_id: CustomerId) -> Money:
    """All that was spent for a customer and not taken back, as our books have it."""
    back = select(take_backs.c.grant_id)
    spent = grants.join(spendings, spendings.c.grant_id == grants.c.id)
    total = select(func.coalesce(func.sum(grants.c.minor), 0)).select_from(spent)
    return Money(int(await tx.scalar(total.where(grants.c.customer_id == customer_id, grants.c.id.not_in(back)))))
