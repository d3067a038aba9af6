"""A telephone on a page: what arrived at one number, from us and from others, and what is written back to us."""

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

from litestar import Request, Response, get, post
from litestar.params import FromQuery

from qiao.app.demo import handset_calls
from qiao.app.demo.handset import HOTLINE, Received, leaves, messages, sent, stayed
from qiao.bss import sandbox
from qiao.channels.smpp.sandbox import Remote
from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood, Refused
from qiao.kernel.service_ids import NumberNotUnderstood, ServiceId, parse_service_id
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.policy import Access
from qiao.platform.web import house_of, page, see_other
from qiao.post import received

PUBLIC: Final = {"access": Access(audience="public")}
EMPTY: Final = N_("Please fill this in.")


class NoSignal(Refused):
    """The demo's SMS centre does not answer."""

    code = "demo.no_signal"
    status = 503
    text = N_("The demo’s SMS centre does not answer. Your text was not sent; send it again in a moment.")


@get("/demo/handset", opt=PUBLIC, include_in_schema=False)
async def show(request: Request[Any, Any, Any], number: FromQuery[str] = "") -> Response[Any]:
    """The messages of one number: a page, its inside for htmx, or JSON for programs."""
    house = house_of(request)
    chosen = _chosen(number, house) or sandbox.CAST[0].service
    async with house.database.transaction() as tx:
        there = sorted(await _all(tx, chosen), key=lambda one: one.at, reverse=True)
    if request.headers.get("accept", "").startswith("application/json"):
        told = [{"id": one.id, "text": one.text, "from": one.sender, "at": one.at.isoformat()} for one in there]
        return Response(told, media_type="application/json")
    template = "demo/handset_messages.html" if request.headers.get("hx-request") else "demo/handset.html"
    lines = handset_calls.LINES if handset_calls.may_call(house.settings, chosen) else ()
    return page(request, template, chosen=chosen, received=there, people=sandbox.CAST, key=str(uuid4()), lines=lines)


async def _all(tx: Transaction, service: ServiceId) -> Iterable[Received]:
    """Ours, and those of content providers and the operator's own systems."""
    others = [Received(0, service, words, at, sender) for _, sender, words, at in await sandbox.texts_to(tx, service)]
    return [*await messages(tx, service), *others, *await sent(tx, service)]


@post("/demo/handset", opt=PUBLIC, include_in_schema=False, status_code=200)
async def write_back(request: Request[Any, Any, Any]) -> Response[Any]:
    """A text from this telephone to us; the same form sent twice is one text."""
    house, form = house_of(request), await request.form()
    told = {name: value for name in ("number", "text", "key") if isinstance(value := form.get(name), str)}
    sender = _chosen(told.get("number", ""), house)
    if sender is None or not told.get("text", "").strip():
        raise InputNotUnderstood({"text" if sender else "number": EMPTY})
    await _leave(house, sender, told["text"], f"handset:{sender}:{told.get('key') or uuid4()}")
    return see_other(f"/demo/handset?number={quote(sender.value)}")


async def _leave(house: House, sender: ServiceId, words: str, key: str) -> None:
    """Over the demo's SMS centre, as from any telephone; straight into post where the demo has none."""
    async with house.database.transaction() as tx:
        if not await leaves(tx, sender, words, key):
            return
        if not house.settings.demo_control_port:
            await received(tx, sender, words, key, HOTLINE)
            return
    try:
        told = {"from": sender.value, "to": HOTLINE, "text": words}
        await Remote("127.0.0.1", house.settings.demo_control_port).do("text", **told)
    except (OSError, ValueError):
        async with house.database.transaction() as tx:
            await stayed(tx, key)
        raise NoSignal from None


def _chosen(number: str, house: House) -> ServiceId | None:
    try:
        return parse_service_id(number, house.settings.region) if number else None
    except NumberNotUnderstood:
        return None


ROUTES: Final = (show, write_back, *handset_calls.ROUTES)
