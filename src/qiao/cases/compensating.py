"""Money in a case: a charge given back, a credit granted; the one place from which compensation is asked."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from qiao import catalogue, compensation
from qiao.cases.model_records import Case
from qiao.cases.model_words import TEXT_MAX, Form
from qiao.cases.queries import cases_alone
from qiao.cases.settling import happened, locked, must_be_live
from qiao.cases.store_proof import case_charges
from qiao.cases.timeline import tell
from qiao.compensation import Grant, Odd
from qiao.customers import Customer, customers_by_ids
from qiao.kernel.ids import CaseId, CustomerId, InteractionId, UnitId
from qiao.kernel.languages import N_
from qiao.kernel.money import AmountNotUnderstood, Money
from qiao.kernel.origin import Origin
from qiao.kernel.refused import NotFound, Refused
from qiao.platform.database import Transaction
from qiao.staff import Agent

GRANT_STATES, ODDITIES = compensation.STATES, compensation.ODDITIES
"""How states and patterns are called, msgids."""
REVERSE, CREDIT = "reverse_charge", "give_credit"
AMOUNT: str = N_("An amount is expected here, such as 10.00.")


class CaseWithoutNumber(Refused):
    """Nobody knows to whom the money would go."""

    code = "cases.without_number"
    text = N_("Case {number} names no customer or no number, so nothing can be given. Find out whose it is first.")


@dataclass(frozen=True, slots=True)
class ChargeFound:
    """A charge that the matter is about, as it was found on a bill."""

    id: UUID
    month: str
    line_ref: str
    names: dict[str, str]
    amount: Money
    held: bool


async def grant_compensation(
    tx: Transaction,
    *,
    case_id: CaseId,
    amount: str,
    reason: str,
    agent: Agent,
    rights: frozenset[str],
    key: str,
    charge_id: UUID | None = None,
    approval: bool = False,
    interaction_id: InteractionId | None = None,
    seen_version: int | None = None,
) -> Grant:
    """Give a charge back (`charge_id`), or a credit; within the agent's authority it is done at once.

    `key` is the form's: sent again it is the same. With `approval` what is above his authority waits for a colleague.
    Raises InputNotUnderstood (fields "amount", "reason"), CaseWithoutNumber, and what compensation.ask_grant raises.
    """
    case = await locked(tx, case_id, seen_version=seen_version)
    must_be_live(case)
    form = Form()
    why = form.line("reason", reason, TEXT_MAX)
    wanted = _read_amount(form, amount)
    form.finish()
    if case.customer_id is None or case.service_id is None:
        raise CaseWithoutNumber(number=case.number)
    charge = await _charge(tx, case_id, charge_id) if charge_id is not None else None
    asked = await compensation.ask_grant(
        tx,
        matter=f"case:{case_id}",
        severity=case.severity,
        customer_id=case.customer_id,
        target=case.service_id,
        code=CREDIT if charge is None else REVERSE,
        amount=wanted,
        agent=agent,
        reason=why,
        key=f"case:{case_id}:{key}",
        charge="" if charge is None else f"{charge.month}/{charge.line_ref}",
        charged=None if charge is None else charge.amount,
        approval=approval,
    )
    by, details = f"agent:{agent.id}", {"amount": str(wanted), "code": asked.code, "grant_id": str(asked.id)}
    if asked.state == "granted":
        await _give(tx, case, asked, rights=rights, by=by, interaction_id=interaction_id)
    elif asked.state == "asked":
        await happened(tx, case, "approval_asked", by=by, interaction_id=interaction_id, details=details)
    return asked


async def decide_compensation(
    tx: Transaction, *, grant_id: UUID, approved: bool, reason: str, agent: Agent, rights: frozenset[str]
) -> Grant:
    """Approve what a colleague asked for in a case, so that it is given, or refuse it.

    Raises NotFound, InputNotUnderstood (a refusal needs its reason), and what compensation.decide raises.
    """
    known = await compensation.grant(tx, grant_id)
    case = await locked(tx, _case_of(known))
    form = Form()
    why = form.line("reason", reason, TEXT_MAX, needed=not approved)
    form.finish()
    decided = await compensation.decide(tx, grant_id=grant_id, approved=approved, agent=agent, reason=why)
    by = f"agent:{agent.id}"
    details = {"amount": str(decided.amount), "code": decided.code, "grant_id": str(grant_id)}
    await happened(tx, case, "approved" if approved else "approval_refused", by=by, details=details)
    if approved:
        await _give(tx, case, decided, rights=rights, by=by, interaction_id=None)
    return decided


async def grants_in_case(tx: Transaction, case_id: CaseId) -> list[Grant]:
    """What was asked for and given in a case, newest first."""
    return await compensation.grants_of(tx, f"case:{case_id}")


async def approvals_waiting(tx: Transaction, unit_ids: Collection[UnitId]) -> list[tuple[Grant, Case, Customer | None]]:
    """What waits for approval in these units, with its case and customer, newest first."""
    found = await compensation.waiting(tx, unit_ids)
    known = await customers_by_ids(tx, {CustomerId(one.customer_id) for one in found})
    of = await cases_alone(tx, {_case_of(one) for one in found})
    return [(one, of[_case_of(one)], known.get(one.customer_id)) for one in found]


async def oddities_in(tx: Transaction, unit_ids: Collection[UnitId]) -> list[Odd]:
    """Patterns of compensation worth a look in these units."""
    return await compensation.odd_grants(tx, unit_ids)


async def charges_of_case(tx: Transaction, case_id: CaseId) -> tuple[ChargeFound, ...]:
    """Charges on issued bills that the matter is about, oldest month first."""
    mine = (case_charges.c.case_id == case_id) & (case_charges.c.issued == "yes")
    rows = await tx.rows(select(case_charges).where(mine).order_by(case_charges.c.month, case_charges.c.line_ref))
    return tuple(
        ChargeFound(
            row["id"],
            row["month"],
            row["line_ref"],
            row["names"],
            Money(row["minor"], row["currency"]),
            held=row["hold_order_id"] is not None,
        )
        for row in rows
    )


async def _give(
    tx: Transaction, case: Case, given: Grant, *, rights: frozenset[str], by: str, interaction_id: InteractionId | None
) -> None:
    month, _, line_ref = given.charge.partition("/")
    told = {"month": month, "line_ref": line_ref} if given.charge else {}
    order = await catalogue.place_order(
        tx,
        code=given.code,
        customer_id=given.customer_id,
        target=given.target,
        parameters={**told, "amount": str(given.amount)},
        actor_ref=by,
        level=0,
        basis="case",
        origin=Origin("desk", interaction_id, by, None),
        key=f"grant:{given.id}",
        confirmed=True,
        rights=rights,
        listed_by_case=True,
        grant_id=str(given.id),
    )
    details = {"amount": str(given.amount), "code": given.code, "grant_id": str(given.id), "order_id": str(order.id)}
    await happened(tx, case, "compensated", by=by, interaction_id=interaction_id, details=details)
    await tell(tx, case, "case.compensated", interaction_id=interaction_id, words=str(given.amount))


async def _charge(tx: Transaction, case_id: CaseId, charge_id: UUID) -> ChargeFound:
    for one in await charges_of_case(tx, case_id):
        if one.id == charge_id:
            return one
    raise NotFound


def _read_amount(form: Form, told: str) -> Money:
    try:
        amount = Money.of(told.strip().removeprefix("¥").removesuffix("元").strip())
    except AmountNotUnderstood:
        amount = Money(0)
    if amount.minor <= 0:
        form.wrong["amount"] = AMOUNT
    return amount


def _case_of(grant: Grant) -> CaseId:
    kind, _, rest = grant.matter.partition(":")
    if kind != "case":
        raise NotFound
    return CaseId(UUID(rest))
