"""The bar at the bottom of every desk page: ready or not, in this browser or another, and how many wait."""

from typing import Any, Final

from litestar import Response, get, post
from markupsafe import Markup

from qiao import routing
from qiao.desk.access import TAKE, standing_of
from qiao.desk.forms import AnyRequest, told
from qiao.desk.labels import LABELS
from qiao.desk.seats import seat_of, take_seat
from qiao.desk.stream import figure
from qiao.desk.work import Bar, bar
from qiao.kernel.ids import AgentId, DeskId
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, require_actor, see_other

STAFF: Final = {"access": Access(audience="staff")}
TAKES: Final = {"access": Access(audience="staff", right=TAKE)}


@get("/desk/presence", opt=STAFF, include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """The bar alone."""
    return await _bar(request)


@post("/desk/presence", opt=TAKES, include_in_schema=False, status_code=200)
async def set_status(request: AnyRequest) -> Response[Any]:
    """Ready, or not ready and why: `status` is "ready" or one of routing.REASONS."""
    chosen = (await told(request)).text("status")
    ready = chosen == "ready"
    async with house_of(request).database.transaction() as tx:
        await routing.set_status(
            tx,
            agent_id=AgentId(require_actor(request).id),
            status="ready" if ready else "not_ready",
            reason=None if ready else chosen,
        )
    return await _done(request)


@post("/desk/presence/seat", opt=TAKES, include_in_schema=False, status_code=200)
async def work_here(request: AnyRequest) -> Response[Any]:
    """Work in this browser from now on; the other one is told."""
    async with house_of(request).database.transaction() as tx:
        await take_seat(tx, require_actor(request))
    return await _done(request)


async def _done(request: AnyRequest) -> Response[Any]:
    return await _bar(request) if request.headers.get("hx-request") else see_other("/desk")


async def _bar(request: AnyRequest) -> Response[str]:
    async with house_of(request).database.transaction() as tx:
        standing = await standing_of(request, tx)
        shown = await bar(tx, standing.agent_id, seat_of(standing.actor), standing.desks)
    return page(request, "desk/presence.html", bar=shown, figures=figures(request, shown), **LABELS)


def figures(request: AnyRequest, shown: Bar) -> list[tuple[DeskId, Markup]]:
    """(desk, how many wait there), as the stream pushes it later."""
    house, language = house_of(request), language_of(request)
    return [(one.desk.id, figure(one.desk, one.figures, house, language)) for one in shown.desks]


ROUTES: Final = (show, set_status, work_here)
