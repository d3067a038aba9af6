"""Money on a case's page: what was found charged, what was given, and the form that gives within one's authority."""

from typing import Any, Final
from uuid import UUID

from qiao import cases, staff
from qiao.cases import WholeCase
from qiao.desk import case_told
from qiao.desk.access import CaseAccess
from qiao.desk.case_shown import account_open
from qiao.desk.case_work import Working
from qiao.desk.forms import AnyRequest
from qiao.kernel.ids import new_id
from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood, NotAllowed
from qiao.platform.database import Transaction
from qiao.platform.web import language_of

GIVES: Final = "compensation.grant"
CREDIT: Final = "credit"
CHOOSE: Final = N_("Choose one of the list.")


async def compensate(tx: Transaction, do: Working) -> None:
    """Give a charge back or a credit. Raises NotAllowed, InputNotUnderstood, and what cases.grant_compensation does."""
    if GIVES not in do.rights:
        raise NotAllowed
    chosen = do.typed["what"] or CREDIT
    try:
        charge_id = None if chosen == CREDIT else UUID(chosen)
        key = UUID(do.typed["key"]) if do.typed["key"] else new_id()
    except ValueError:
        raise InputNotUnderstood({"what": CHOOSE}) from None
    await cases.grant_compensation(
        tx,
        case_id=do.case_id,
        amount=do.typed["amount"],
        reason=do.typed["reason"],
        agent=await staff.agent(tx, do.agent_id),
        rights=do.rights,
        key=f"{do.agent_id}:{key}",
        charge_id=charge_id,
        approval=do.typed["approval"] == "yes",
        interaction_id=do.interaction_id,
        seen_version=None,
    )


async def money_context(request: AnyRequest, tx: Transaction, seen: CaseAccess, whole: WholeCase) -> dict[str, Any]:
    """What the page shows of money, and what the form offers."""
    language = language_of(request)
    shown = account_open(seen)
    charges = await cases.charges_of_case(tx, whole.case.id) if shown else ()
    given = await cases.grants_in_case(tx, whole.case.id) if shown else ()
    return {
        "charges": [(one, case_told.words(one.names, language)) for one in charges],
        "grants": given,
        "may_give": GIVES in seen.actor.rights and whole.case.customer_id is not None,
        "fresh_key": str(new_id()),
        "give_choices": [
            *((str(one.id), f"{case_told.words(one.names, language)} · {one.month} · {one.amount}") for one in charges),
        ],
    }
