"""Promises to customers: made with an owner and a time, kept, or broken when the time has passed."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from qiao.cases.events import PromiseBroken, PromiseKept, PromiseMade
from qiao.cases.model_words import TEXT_MAX, Form
from qiao.cases.records import promises_where
from qiao.cases.settling import happened, locked, must_be_live
from qiao.cases.store import promise_breaches, promise_keepings, promises
from qiao.cases.timeline import tell
from qiao.kernel.ids import AgentId, CaseId, InteractionId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.failpoints import failpoint
from qiao.platform.timers import cancel_timer, set_timer

DUE: Final = "cases.promise_due"
BREACH_WRITTEN: Final = "cases.promise_broken.before_commit"
LONGEST: Final = timedelta(days=366)
NOT_AHEAD: Final = N_("Choose a time ahead of now, at most a year.")


async def promise(
    tx: Transaction,
    *,
    case_id: CaseId,
    what: str,
    due_at: datetime,
    agent_id: AgentId,
    owner_id: AgentId | None = None,
    interaction_id: InteractionId | None = None,
) -> UUID:
    """Promise the customer something by a time; the one who promises owns it unless another is named.

    Raises InputNotUnderstood (fields "what", "due_at"), CaseIsClosed. Returns the promise's id.
    """
    case = await locked(tx, case_id)
    must_be_live(case)
    form = Form()
    told = form.line("what", what, TEXT_MAX)
    if due_at.tzinfo is None or not tx.now < due_at <= tx.now + LONGEST:
        form.wrong["due_at"] = NOT_AHEAD
    form.finish()
    promise_id, by, owner = new_id(), f"agent:{agent_id}", owner_id or agent_id
    await tx.execute(
        promises.insert().values(
            id=promise_id,
            case_id=case_id,
            at=tx.now,
            by=by,
            interaction_id=interaction_id,
            customer_id=case.customer_id,
            owner_id=owner,
            what=told,
            due_at=due_at,
        )
    )
    await set_timer(tx, kind=DUE, ref=str(promise_id), due_at=due_at)
    await happened(tx, case, "promised", by=by, interaction_id=interaction_id, details={"promise_id": str(promise_id)})
    due = due_at.isoformat()
    await tell(tx, case, "case.promised", interaction_id=interaction_id, words=told, due_at=due)
    await emit(tx, PromiseMade(case_id, promise_id, owner, due_at, case.customer_id, interaction_id))
    return promise_id


async def keep_promise(
    tx: Transaction, *, promise_id: UUID, how: str, by: str, interaction_id: InteractionId | None = None
) -> None:
    """Say that and how it was kept, in time or late; again changes nothing. Raises NotFound, InputNotUnderstood."""
    case_id = await tx.scalar(select(promises.c.case_id).where(promises.c.id == promise_id))
    if case_id is None:
        raise NotFound
    case = await locked(tx, CaseId(case_id))
    form = Form()
    told = form.line("how", how, TEXT_MAX, needed=False)
    form.finish()
    written = insert(promise_keepings).values(
        promise_id=promise_id, at=tx.now, by=by, interaction_id=interaction_id, how=told
    )
    if await tx.scalar(written.on_conflict_do_nothing().returning(promise_keepings.c.promise_id)) is None:
        return
    await cancel_timer(tx, kind=DUE, ref=str(promise_id))
    [kept] = await promises_where(tx, promises.c.id == promise_id)
    await happened(
        tx, case, "promise_kept", by=by, interaction_id=interaction_id, details={"promise_id": str(promise_id)}
    )
    await tell(tx, case, "case.promise_kept", interaction_id=interaction_id, words=kept.what)
    await emit(tx, PromiseKept(case.id, promise_id, kept.owner_id, kept.state == "kept_late"))


async def promises_fall_due(tx: Transaction, refs: list[str]) -> None:
    """The timer's work: a promise whose time has passed and that nobody kept is broken, once, on record."""
    for ref in refs:
        promise_id = UUID(ref)
        case_id = await tx.scalar(select(promises.c.case_id).where(promises.c.id == promise_id))
        if case_id is None:
            continue
        case = await locked(tx, CaseId(case_id))
        [due] = await promises_where(tx, promises.c.id == promise_id)
        if due.kept_at is not None or due.due_at > tx.now:
            continue
        written = insert(promise_breaches).values(promise_id=promise_id, at=tx.now).on_conflict_do_nothing()
        if await tx.scalar(written.returning(promise_breaches.c.promise_id)) is None:
            continue
        await happened(tx, case, "promise_broken", by="system:cases", details={"promise_id": ref})
        await tell(tx, case, "case.promise_broken", words=due.what)
        await emit(tx, PromiseBroken(case.id, promise_id, due.owner_id, due.due_at))
        failpoint(BREACH_WRITTEN)
