"""Calls owed to customers: the missed first; who may take them sees those of his desks, a leader those of his units."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post

from qiao import customers, outreach, routing
from qiao.desk.access import SUPERVISE, TAKE, Standing, standing_of
from qiao.desk.forms import AnyRequest, told
from qiao.desk.work_pages import shift
from qiao.kernel.ids import CustomerId, DeskId
from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood, NotFound
from qiao.outreach import Callback
from qiao.platform import audit
from qiao.platform.database import Transaction
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, redirect

TAKES: Final = {"access": Access(audience="staff", right=TAKE)}
CHOOSE: Final = N_("Choose one of the list.")
ACTS: Final = ("now", "withdraw")


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call as the list shows it; customers are called by half their names here."""

    call: Callback
    customer: str
    desk: str
    mine: bool

    @property
    def case_id(self) -> str:
        """The case it is about; "" for none."""
        kind, _, case_id = self.call.matter.partition(":")
        return case_id if kind == "case" else ""


@get("/desk/callbacks", opt=TAKES, include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """What is owed, red first, then by when it begins."""
    partly = bool(request.headers.get("hx-request"))
    async with house_of(request).database.transaction() as tx:
        standing = await standing_of(request, tx)
        context = await _listed(request, tx, standing)
        context |= {} if partly else await shift(request, tx)
    return page(request, "desk/callback_rows.html" if partly else "desk/callbacks.html", **context)


async def _listed(request: AnyRequest, tx: Transaction, standing: Standing) -> dict[str, Any]:
    desks = {desk.id: desk for desk in await routing.desks(tx) if _oversees(standing, desk)}
    owed = await outreach.callbacks_owed(tx, desk_ids=desks, units=standing.units)
    people = await customers.customers_by_ids(tx, [CustomerId(one.customer_id) for one in owed])
    language = language_of(request)
    lines = [
        CallLine(
            one,
            people[one.customer_id].masked_name if one.customer_id in people else "",
            desks[one.desk_id].name(language),
            one.preferred_agent_id == standing.agent_id,
        )
        for one in owed
    ]
    return {"lines": lines, "states": outreach.STATES, "topic": " ".join(f"desk:{desk}" for desk in desks)}


def _oversees(standing: Standing, desk: routing.Desk) -> bool:
    """Whether its calls are this person's to look after."""
    if not standing.sees(desk.unit_id):
        return False
    return desk.id in standing.desks or SUPERVISE in standing.actor.rights


@post("/desk/callbacks", opt=TAKES, include_in_schema=False, status_code=200)
async def act(request: AnyRequest) -> Response[Any]:
    """Let one wait at its desk at once, or say that it is not owed any more."""
    form = await told(request)
    callback_id, wanted = form.id("callback_id"), form.text("act")
    if callback_id is None or wanted not in ACTS:
        raise InputNotUnderstood({"act": CHOOSE})
    async with house_of(request).database.transaction() as tx:
        standing = await standing_of(request, tx)
        owed = await _of_his(tx, standing, callback_id)
        if wanted == "now":
            await outreach.try_now(tx, callback_id=owed.id)
        else:
            await outreach.withdraw_callback(tx, callback_id=owed.id, by=standing.actor.reference)
        await audit.record(
            tx,
            actor=standing.actor.reference,
            act=f"do.callback.{wanted}",
            customer_id=owed.customer_id,
            unit_id=standing.actor.unit_id,
            subject=f"callback:{owed.id}",
            once=False,
        )
    return redirect(request, "/desk/callbacks")


async def _of_his(tx: Transaction, standing: Standing, callback_id: UUID) -> Callback:
    """A call of a desk he looks after. Raises NotFound, as for one that is not there."""
    owed = await outreach.callback(tx, callback_id)
    desks = await routing.desks(tx, [DeskId(owed.desk_id)])
    if not standing.sees(owed.unit_id) or not any(_oversees(standing, desk) for desk in desks):
        raise NotFound
    return owed


ROUTES: Final = (show, act)
