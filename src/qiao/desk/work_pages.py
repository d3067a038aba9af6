"""My work: the page an agent begins and ends his shift on."""

from typing import Any, Final

from litestar import Response, get

from qiao.desk.access import standing_of
from qiao.desk.forms import AnyRequest
from qiao.desk.labels import LABELS
from qiao.desk.presence_pages import figures
from qiao.desk.seats import seat_of
from qiao.desk.work import bar, my_work
from qiao.platform.database import Transaction
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page

STAFF: Final = {"access": Access(audience="staff")}


@get("/desk", opt=STAFF, include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """The whole page."""
    async with house_of(request).database.transaction() as tx:
        context = await shift(request, tx)
    return page(request, "desk/work.html", **context)


@get("/desk/work", opt=STAFF, include_in_schema=False)
async def column(request: AnyRequest) -> Response[str]:
    """The left column alone, on whatever page it stands."""
    async with house_of(request).database.transaction() as tx:
        standing = await standing_of(request, tx)
        work = await my_work(tx, standing, language_of(request))
    at = request.query_params.get("at", "")[:40]
    return page(request, "desk/work_column.html", work=work, at=at, **LABELS)


async def shift(request: AnyRequest, tx: Transaction) -> dict[str, Any]:
    """What every page of the shift shows around its middle: my work at the left, presence at the bottom."""
    standing = await standing_of(request, tx)
    shown = await bar(tx, standing.agent_id, seat_of(standing.actor), standing.desks)
    return {
        "work": await my_work(tx, standing, language_of(request)),
        "bar": shown,
        "figures": figures(request, shown),
        "at": "",
        **LABELS,
    }


ROUTES: Final = (show, column)
