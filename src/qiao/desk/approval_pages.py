"""Compensation that waits for somebody's approval, and patterns worth a look."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post

from qiao import cases, staff
from qiao.desk.access import standing_of
from qiao.desk.forms import AnyRequest, told
from qiao.desk.typed import sentence
from qiao.desk.work_pages import shift
from qiao.kernel.ids import AgentId
from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood, NotAllowed, NotFound, Refused
from qiao.platform import audit
from qiao.platform.database import Transaction
from qiao.platform.policy import Access
from qiao.platform.web import house_of, page, redirect, require_actor

APPROVES: Final = {"access": Access(audience="staff", right="compensation.approve")}

CHOOSE: Final = N_("Choose one of the list.")


@get("/desk/approvals", opt=APPROVES, include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """What waits in his units, newest first; customers are called by half their names here."""
    async with house_of(request).database.transaction() as tx:
        context = await shift(request, tx) | await _listed(request, tx)
    return page(request, "desk/approvals.html", **context)


@post("/desk/approvals", opt=APPROVES, include_in_schema=False, status_code=200)
async def decide(request: AnyRequest) -> Response[Any]:
    """Approve or refuse one; what is refused comes back beside it, with what was typed."""
    form, actor = await told(request), require_actor(request)
    grant_id = form.id("grant")
    if grant_id is None:
        raise InputNotUnderstood({"grant": CHOOSE})
    try:
        async with house_of(request).database.transaction() as tx:
            waiting = await cases.approvals_waiting(tx, (await standing_of(request, tx)).units)
            mine = next((one for one, _, _ in waiting if one.id == grant_id), None)
            if mine is None:
                raise NotFound
            await cases.decide_compensation(
                tx,
                grant_id=grant_id,
                approved=form.text("decision") == "approve",
                reason=form.text("reason"),
                agent=await staff.agent(tx, AgentId(actor.id)),
                rights=actor.rights,
            )
            await audit.record(
                tx,
                actor=actor.reference,
                act="do.decide_compensation",
                customer_id=mine.customer_id,
                unit_id=actor.unit_id,
                subject=f"grant:{grant_id}",
                once=False,
            )
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        async with house_of(request).database.transaction() as tx:
            context = await shift(request, tx) | await _listed(request, tx)
        context |= {"wrong_id": grant_id, "wrong": sentence(request, refused), "typed": form.text("reason")}
        answer = page(request, "desk/approvals.html", status=refused.status, **context)
        answer.headers["X-Refusal-Code"] = refused.code
        return answer
    return redirect(request, "/desk/approvals")


async def _listed(request: AnyRequest, tx: Transaction) -> dict[str, Any]:
    standing = await standing_of(request, tx)
    waiting = await cases.approvals_waiting(tx, standing.units)
    odd = await cases.oddities_in(tx, standing.units)
    ids = {AgentId(one.agent_id) for one, _, _ in waiting} | {AgentId(UUID(one.agent)) for one in odd}
    agents = await staff.agents_by_ids(tx, ids)
    for one, _, customer in waiting:
        if customer is not None:
            await audit.record(
                tx,
                actor=standing.actor.reference,
                act="view.approval",
                customer_id=customer.id,
                unit_id=standing.actor.unit_id,
                subject=f"grant:{one.id}",
            )
    return {
        "waiting": waiting,
        "odd": odd,
        "oddities": cases.ODDITIES,
        "agent_names": {str(one.id): one.name for one in agents.values()},
        "me": standing.actor.id,
        "wrong_id": None,
        "typed": "",
    }


ROUTES: Final = (show, decide)
