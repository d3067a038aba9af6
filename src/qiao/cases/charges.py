"""Charges that a matter is about: kept once each as they are found, and put on hold while they are in dispute."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from qiao import catalogue
from qiao.cases.events_proof import ChargeHeld
from qiao.cases.facts import keep_fact
from qiao.cases.model_category import in_language
from qiao.cases.model_charges import Charge
from qiao.cases.model_records import Case
from qiao.cases.settling import happened, locked
from qiao.cases.store_proof import case_charges
from qiao.kernel.ids import CaseId, new_id
from qiao.kernel.origin import Origin
from qiao.kernel.refused import NotFound
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.failpoints import failpoint

HOLD: Final = "hold_charge"
BY: Final = "system:proof"
HELD: Final = "cases.hold_charge.before_commit"


async def keep_charges(tx: Transaction, case: Case, found: Iterable[Charge], *, by: str) -> list[UUID]:
    """Keep charges that were not known yet, and put what stands on an issued bill on hold. Returns the new ones."""
    fresh = []
    for charge in found:
        charge_id = new_id()
        row = {
            "id": charge_id,
            "case_id": case.id,
            "at": tx.now,
            "by": by,
            "month": charge.month,
            "line_ref": charge.line.ref,
            "provider_code": charge.line.provider_code,
            "names": dict(charge.line.text),
            "minor": charge.left.minor,
            "currency": charge.left.currency,
            "charged_at": charge.line.at,
            "issued": "yes" if charge.issued else "no",
        }
        kept = insert(case_charges).values(row)
        if charge.issued:  # found before while its month ran, it is on a bill now
            kept = kept.on_conflict_do_update(
                index_elements=["case_id", "month", "line_ref"],
                set_={"issued": "yes"},
                where=case_charges.c.issued == "no",
            )
        else:
            kept = kept.on_conflict_do_nothing()
        if await tx.scalar(kept.returning(case_charges.c.id)) == charge_id:
            fresh.append(charge_id)
        for key, value in _facts(charge):
            await keep_fact(tx, case, key=key, value=value, by=by, said_by=by, interaction_id=None)
    await hold_charges(tx, case.id)
    return fresh


def _facts(charge: Charge) -> list[tuple[str, str]]:
    """What everybody who opens the case should read of it."""
    name = (
        in_language(charge.line.text, "zh-CN") if charge.line.text.get("en") else next(iter(charge.line.text.values()))
    )
    return [("charge_amount", str(charge.left)), ("bill_month", charge.month), ("charge_name", name)]


async def hold_charges(tx: Transaction, case_id: CaseId) -> int:
    """Put every charge of the case that is not on hold yet out of collection. Returns how many were asked for."""
    case = await locked(tx, case_id)
    if case.customer_id is None or case.service_id is None or not _operator_can_hold():
        return 0
    on_a_bill = (case_charges.c.issued == "yes") & case_charges.c.hold_order_id.is_(None)
    free = select(case_charges).where(case_charges.c.case_id == case_id, on_a_bill)
    held = 0
    for row in await tx.rows(free.order_by(case_charges.c.month, case_charges.c.line_ref)):
        key = f"case:{case_id}:hold:{row['month']}:{row['line_ref']}"
        order = await catalogue.place_order(
            tx,
            code=HOLD,
            customer_id=case.customer_id,
            target=case.service_id,
            parameters={"month": row["month"], "line_ref": row["line_ref"]},
            actor_ref=BY,
            level=0,
            basis="case",
            origin=Origin("system", None, BY, None),
            key=key,
            confirmed=True,
            rights=frozenset({catalogue.service(HOLD).right or ""}),
            listed_by_case=True,
        )
        await tx.execute(
            update(case_charges).where(case_charges.c.id == row["id"]).values(hold_order_id=order.id, hold_key=key)
        )
        details = {"month": row["month"], "minor": row["minor"], "order_id": str(order.id)}
        await happened(tx, case, "charge_held", by=BY, details=details)
        await emit(tx, ChargeHeld(case_id, row["month"], row["minor"], case.customer_id))
        failpoint(HELD)
        held += 1
    return held


def _operator_can_hold() -> bool:
    """Whether the catalogue knows how."""
    try:
        return catalogue.service(HOLD).kind == "act"
    except NotFound:
        return False
