"""Asking the customer for what is missing, and taking his answers whenever and however they come."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert

from qiao.cases.categories import built_in
from qiao.cases.events import InformationRequested
from qiao.cases.facts import answer_item, keep_fact
from qiao.cases.model_records import Case
from qiao.cases.model_words import EMPTY, UNKNOWN, Form
from qiao.cases.queries import category_of
from qiao.cases.records import facts_where, requests_where
from qiao.cases.settling import happened, locked, must_be_live
from qiao.cases.store import (
    case_facts,
    information_requests,
    request_items,
    request_withdrawals,
)
from qiao.cases.timeline import tell
from qiao.kernel.ids import AgentId, CaseId, FileId, InteractionId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood, NotFound, Refused
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.failpoints import failpoint

ANSWER_WRITTEN: Final = "cases.answer.before_commit"


class NothingLeftToAsk(Refused):
    """Every item is known already, or the customer has been asked for it and has not answered yet."""

    code = "cases.nothing_left_to_ask"
    text = N_("All of this is known or has been asked already. Nobody is asked twice; look at the facts of the case.")


class RequestWithdrawn(Refused):
    """The answer came after the question was taken back."""

    code = "cases.request_withdrawn"
    text = N_("Thank you, but this is no longer needed. Nothing was changed.")


async def request_information(
    tx: Transaction,
    *,
    case_id: CaseId,
    items: Sequence[str],
    interaction_id: InteractionId | None,
    agent_id: AgentId,
) -> UUID:
    """Ask the customer for items (keys, or questions in our own words) that he can answer now or later. Returns its id.

    What is known or asked already is left out; NothingLeftToAsk if that was all of it. Raises CaseIsClosed.
    """
    case = await locked(tx, case_id)
    must_be_live(case)
    asked = await _wanted(tx, case_id, items)
    if not asked:
        raise NothingLeftToAsk
    request_id, by = new_id(), f"agent:{agent_id}"
    row = {"id": request_id, "case_id": case_id, "at": tx.now, "by": by, "interaction_id": interaction_id}
    await tx.execute(information_requests.insert().values(row))
    await tx.execute(
        request_items.insert(),
        [
            {"request_id": request_id, "key": key, "position": position, "wording": wording}
            for position, (key, wording) in enumerate(asked)
        ],
    )
    keys = tuple(key for key, _ in asked)
    await happened(tx, case, "asked", by=by, interaction_id=interaction_id, details={"keys": list(keys)})
    await tell(tx, case, "case.asked", interaction_id=interaction_id, count=len(keys), items=list(keys))
    await emit(tx, InformationRequested(case_id, request_id, keys, case.customer_id, interaction_id))
    return request_id


async def _wanted(tx: Transaction, case_id: CaseId, items: Sequence[str]) -> list[tuple[str, str]]:
    """(key, wording) of what is neither known nor asked already."""
    form = Form()
    if not items:
        form.wrong["items"] = EMPTY
    form.few(items=items)
    form.finish()
    known = {fact.key for fact in await facts_where(tx, case_facts.c.case_id == case_id) if not fact.withdrawn_at}
    requests = await requests_where(tx, information_requests.c.case_id == case_id)
    known |= {item.key for request in requests for item in request.open_items}
    worded = {item.wording for request in requests for item in request.items if item.key in known}
    asked: dict[str, str] = {}
    for item in items:
        if item in built_in().items:
            if item not in known:
                asked.setdefault(item, "")
        elif (wording := form.line("items", item)) not in worded:
            worded.add(wording)
            asked[f"question_{new_id().hex[-12:]}"] = wording
    form.finish()
    return list(asked.items())


async def answer_request(
    tx: Transaction,
    *,
    request_id: UUID,
    item: str,
    value: str,
    by: str,
    interaction_id: InteractionId | None = None,
    file_id: FileId | None = None,
) -> UUID:
    """Take the answer to one item; it becomes a fact of the case. Answering again adds another answer.

    `by` is "customer:<id>" (only his own case: NotFound otherwise), "agent:<id>" or "system:<name>". A file may stand
    in place of words. Raises InputNotUnderstood (field "value"), RequestWithdrawn, CaseIsClosed. Returns the fact's id.
    """
    case = await _locked_case_of(tx, request_id, by)
    must_be_live(case)
    asked = await tx.rows(select(request_items.c.key).where(request_items.c.request_id == request_id))
    if item not in {row["key"] for row in asked}:
        raise InputNotUnderstood({"item": UNKNOWN})
    form, items = Form(), built_in().items
    told = form.value("value", value, items[item].kind if item in items else "long", has_file=file_id is not None)
    form.finish()
    fact_id = await keep_fact(
        tx,
        case,
        key=item,
        value=told,
        by=by,
        said_by=f"customer:{case.customer_id}" if case.customer_id else "customer",
        interaction_id=interaction_id,
        file_id=file_id,
        watched=(await category_of(tx, case)).watch,
    )
    await answer_item(tx, case, request_id, item, fact_id, by, interaction_id)
    await happened(tx, case, "provided", by=by, interaction_id=interaction_id, details={"keys": [item]})
    await tell(tx, case, "case.provided", interaction_id=interaction_id, items=[item], entry_id=request_id)
    failpoint(ANSWER_WRITTEN)
    return fact_id


async def withdraw_request(tx: Transaction, *, request_id: UUID, reason: str, agent_id: AgentId) -> None:
    """Take back what is still unanswered; again changes nothing."""
    by = f"agent:{agent_id}"
    case = await _locked_case_of(tx, request_id, by)
    form = Form()
    why = form.line("reason", reason)
    form.finish()
    written = insert(request_withdrawals).values(request_id=request_id, at=tx.now, by=by, reason=why)
    if await tx.scalar(written.on_conflict_do_nothing().returning(request_withdrawals.c.request_id)) is not None:
        await happened(tx, case, "request_withdrawn", by=by)


async def _locked_case_of(tx: Transaction, request_id: UUID, by: str) -> Case:
    """The request's case, locked. Raises NotFound, RequestWithdrawn."""
    case_id = await tx.scalar(select(information_requests.c.case_id).where(information_requests.c.id == request_id))
    if case_id is None:
        raise NotFound
    case = await locked(tx, CaseId(case_id), customer=by)
    gone = exists().where(request_withdrawals.c.request_id == request_id)
    if not by.startswith("agent:") and await tx.scalar(select(gone)):
        raise RequestWithdrawn
    return case
