"""Calls on the desk: how they stand and how today's went, refreshed as they move. No customer is in it."""

from collections.abc import Collection
from typing import Any, Final

from litestar import Request, Response, get

from qiao import routing, staff
from qiao.channels.voice import recordings, store_talk, talks
from qiao.channels.voice.figures import CallFigures, call_figures, desk_figures
from qiao.kernel.ids import AgentId, UnitId
from qiao.platform.database import Transaction
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, require_actor

AnyRequest = Request[Any, Any, Any]
SEES: Final = "team.view"
VIEWS: Final = {"access": Access(audience="staff", right=SEES)}


@get("/desk/calls", opt=VIEWS, include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """The service numbers of his units, then its desks, one row each; alone when the page asks for it again."""
    partly = bool(request.headers.get("hx-request"))
    async with house_of(request).database.transaction() as tx:
        context = await _figures(request, tx)
    return page(request, "voice/calls_rows.html" if partly else "voice/calls.html", **context)


async def _figures(request: AnyRequest, tx: Transaction) -> dict[str, Any]:
    me = await staff.agent(tx, AgentId(require_actor(request).id))
    units = await staff.units_under(tx, me.unit_id)
    known = await routing.entry_points(tx, channel="voice")
    mine = {number: one for number, one in known.items() if one.unit_id is None or one.unit_id in units}
    hours = next((one.hours for one in mine.values()), None)
    since = hours.day_began_at(tx.now) if hours is not None else tx.now
    found = {one.dialled: one for one in await call_figures(tx, since=since, numbers=mine)}
    language = language_of(request)
    names = {number: one.names.get(language) or one.names["en"] for number, one in mine.items()}
    rows = [found.get(number) or CallFigures(number, 0, 0, 0, None, *(0,) * 9) for number in sorted(mine)]
    unrecorded, broke_off = await recordings.given_up_since(tx, since)
    desks = {desk.id: desk for desk in await routing.desks(tx) if desk.unit_id is None or desk.unit_id in units}
    came = await desk_figures(tx, since=since, desks=desks)
    by_desk = [(desk.name(language), came[desk_id]) for desk_id, desk in desks.items() if desk_id in came]
    return {
        "rows": rows,
        "names": names,
        "by_desk": sorted(by_desk, key=lambda named: named[0]),
        "unrecorded": unrecorded,
        "broke_off": broke_off,
        "topic": " ".join(f"desk:{desk_id}" for desk_id in desks),
        "leads": talks.LEADS in require_actor(request).rights,
        **await _talking(request, tx, units),
    }


async def _talking(request: AnyRequest, tx: Transaction, units: Collection[UnitId]) -> dict[str, Any]:
    """Who of those he leads talks now, for whoever may listen; of the other side there is nothing."""
    actor = require_actor(request)
    if talks.LEADS not in actor.rights:
        return {"talking": [], "people": {}}
    people = {one.id: one for one in await staff.agents_of_units(tx, units)}
    theirs = [one for one in people if one != actor.id]
    found = await store_talk.talking_with(tx, theirs)
    unkept = await recordings.given_up(tx, [one.ongoing.interaction_id for one in found])
    return {"talking": found, "people": people, "unkept": unkept, "lacks": recordings.LACKS}


ROUTES: Final = (show,)
