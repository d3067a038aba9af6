"""A telephone on a page: what arrived at one number, from us and from others."""

from collections.abc import Iterable
from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromQuery

from qiao.app.demo.handset import Received, messages
from qiao.bss import sandbox
from qiao.kernel.service_ids import NumberNotUnderstood, ServiceId, parse_service_id
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.policy import Access
from qiao.platform.web import house_of, page

PUBLIC: Final = {"access": Access(audience="public")}


@get("/demo/handset", opt=PUBLIC, include_in_schema=False)
async def show(request: Request[Any, Any, Any], number: FromQuery[str] = "") -> Response[Any]:
    """The messages of one number: a page, its inside for htmx, or JSON for programs."""
    house = house_of(request)
    chosen = _chosen(number, house) or sandbox.CAST[0].service
    async with house.database.transaction() as tx:
        received = sorted(await _all(tx, chosen), key=lambda one: one.at, reverse=True)
    if request.headers.get("accept", "").startswith("application/json"):
        told = [{"id": one.id, "text": one.text, "from": one.sender, "at": one.at.isoformat()} for one in received]
        return Response(told, media_type="application/json")
    template = "demo/handset_messages.html" if request.headers.get("hx-request") else "demo/handset.html"
    return page(request, template, chosen=chosen, received=received, people=sandbox.CAST)


async def _all(tx: Transaction, service: ServiceId) -> Iterable[Received]:
    """Ours, and those of content providers and the operator's own systems."""
    others = [Received(0, service, words, at, sender) for _, sender, words, at in await sandbox.texts_to(tx, service)]
    return [*await messages(tx, service), *others]


def _chosen(number: str, house: House) -> ServiceId | None:
    try:
        return parse_service_id(number, house.settings.region) if number else None
    except NumberNotUnderstood:
        return None


ROUTES: Final = (show,)
