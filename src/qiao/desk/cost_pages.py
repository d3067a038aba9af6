"""What contacts cost and how many stay with the machine: figures of a period by part, as a picture and as a file."""

import csv
import io
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.params import FromQuery

from qiao import cases, catalogue, insight, interactions, selfservice
from qiao.desk.access import standing_of
from qiao.desk.cost_pictures import pictures
from qiao.desk.forms import AnyRequest
from qiao.desk.labels import SEGMENTS
from qiao.desk.typed import say
from qiao.desk.work_pages import shift
from qiao.insight import By, Figures, Line
from qiao.kernel.languages import N_, OWN_NAMES
from qiao.kernel.money import Money
from qiao.kernel.refused import InputNotUnderstood
from qiao.platform import audit
from qiao.platform.database import Transaction
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, require_actor

READS: Final = {"access": Access(audience="staff", right="insight.read")}
LONGEST: Final = timedelta(days=400)
USUAL: Final = timedelta(days=29)
MARK: Final = "\ufeff"
WHICH: Final = N_("Choose two days, the second after the first, at most 400 days apart.")
BYS: Final[dict[By, str]] = {
    "service": N_("service"),
    "channel": N_("channel"),
    "language": N_("language"),
    "segment": N_("segment"),
    "day": N_("day"),
}
CHANNELS: Final = {
    **interactions.CHANNELS,
    "portal": N_("portal"),
    "web": N_("portal"),
    "text": N_("text menu"),
    "voice": N_("phone call"),
}
NO_SERVICE: Final = N_("only asked, nothing ordered")
OTHERWISE: Final = N_("other channels")
BY_PERSON: Final = N_("with a person")
NOBODY: Final = N_("not known")
HEADS: Final = (
    "contacts",
    "machine",
    "contained",
    "contained_of",
    "handed",
    "followed",
    "unknown",
    "asked",
    "answered",
)


@get("/desk/costs", opt=READS, include_in_schema=False)
async def show(
    request: AnyRequest, since: FromQuery[str] = "", until: FromQuery[str] = "", by: FromQuery[str] = ""
) -> Response[str]:
    """The figures of a period; the last 30 days by service unless told otherwise. Raises InputNotUnderstood."""
    async with house_of(request).database.transaction() as tx:
        asked, found = await _figures(request, tx, since, until, by)
        units = (await standing_of(request, tx)).units
        days = {name: date.fromisoformat(asked[name]) for name in ("since", "until")}
        ways = await insight.ways_of(tx, units=units, **days)
        context = await shift(request, tx)
    return page(
        request,
        "desk/costs.html",
        **context,
        **asked,
        total=found.total,
        young=found.young,
        rows=[(_name(request, asked["by"], part), line) for part, line in found.parts.items()],
        pictures=pictures(request, found),
        ways=[(one, _service(one.service, language_of(request)), _channel(request, one.channel)) for one in ways],
        money=lambda amount: Money(insight.whole(amount), insight.prices_of(house_of(request).settings).currency),
        bys=[(code, say(request, name)) for code, name in BYS.items()],
        by_name=BYS[asked["by"]],
        prices=_prices(request),
    )


@get("/desk/costs/export", opt=READS, include_in_schema=False)
async def export(
    request: AnyRequest, since: FromQuery[str] = "", until: FromQuery[str] = "", by: FromQuery[str] = ""
) -> Response[bytes]:
    """The same as a file, on record before it leaves: counts with what they are counted of, amounts in money."""
    actor = require_actor(request)
    async with house_of(request).database.transaction() as tx:
        asked, found = await _figures(request, tx, since, until, by)
        await audit.record(
            tx, actor=actor.reference, act="export.costs", unit_id=actor.unit_id, details=asked, once=False
        )
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow([asked["by"], *HEADS, "spent", "spared"])
    for part, line in found.parts.items():
        lines.writerow([cases.cell(_name(request, asked["by"], part)), *_cells(line)])
    named = f"costs-{asked['by']}-{asked['since']}-{asked['until']}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{named}"'}
    return Response((MARK + written.getvalue()).encode(), media_type="text/csv", headers=headers)


def _cells(line: Line) -> list[str]:
    whole, ripe = line.whole, line.ripe
    counts = (whole.contacts, whole.machine, ripe.contained, ripe.containment.of, whole.handed, ripe.followed)
    rest = (ripe.unknown, whole.asked, whole.answered)
    return [*map(str, counts + rest), f"{line.cost.spent / 100:.2f}", f"{line.cost.spared / 100:.2f}"]


async def _figures(
    request: AnyRequest, tx: Transaction, since: str, until: str, by: str
) -> tuple[dict[str, Any], Figures]:
    settings = house_of(request).settings
    zone = ZoneInfo(settings.default_zone)
    first, last = _time(tx.now.astimezone(zone).date(), since, until)
    chosen: By = next((one for one in insight.BYS if one == by), "service")
    found = await insight.figures(
        tx,
        since=first,
        until=last,
        by=chosen,
        units=(await standing_of(request, tx)).units,
        prices=insight.prices_of(settings),
        zone=zone,
    )
    return {"since": first.isoformat(), "until": last.isoformat(), "by": chosen}, found


def _time(today: date, since: str, until: str) -> tuple[date, date]:
    try:
        last = date.fromisoformat(until[:10]) if until else today
        first = date.fromisoformat(since[:10]) if since else max(last - USUAL, date(2000, 1, 1))
    except (ValueError, OverflowError):
        raise InputNotUnderstood({"since": WHICH}) from None
    if not first <= last or last - first > LONGEST or not 2000 <= first.year <= last.year < 9999:
        raise InputNotUnderstood({"since": WHICH})
    return first, last


def _name(request: AnyRequest, by: By, part: str) -> str:
    """What a part is called on the screen."""
    language = language_of(request)
    if by == "service":
        return say(request, NO_SERVICE) if not part else _service(part, language)
    if by == "language":
        return OWN_NAMES.get(part, part)
    known: Mapping[str, str] = CHANNELS if by == "channel" else SEGMENTS if by == "segment" else {}
    return say(request, known.get(part, part)) if part else say(request, NOBODY)


def _channel(request: AnyRequest, code: str) -> str:
    return say(request, CHANNELS.get(code, code))


def _service(code: str, language: str) -> str:
    flow = selfservice.built_in().get(code)
    if flow is not None:
        return flow.names.say(language)
    known = {one.code: one for one in catalogue.services(audience="customer")}
    return (known[code].names.get(language) or known[code].names["en"]) if code in known else code


def _prices(request: AnyRequest) -> list[tuple[str, Money]]:
    """What was set for each way, for the note below the table."""
    told = house_of(request).settings.contact_costs
    return [
        (_way(request, name), Money.of(str(Decimal(amount).quantize(Decimal("0.01"))))) for name, amount in told.items()
    ]


def _way(request: AnyRequest, name: str) -> str:
    where = name.removeprefix("person").lstrip(".")
    told = say(request, CHANNELS.get(where, where)) if where else say(request, OTHERWISE)
    return f"{told} ({say(request, BY_PERSON)})" if "person" in name else told


ROUTES: Final = (show, export)
