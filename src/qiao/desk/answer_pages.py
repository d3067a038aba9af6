"""How soon people answer those who write, against what each service number promises: on a page, and as a file."""

import csv
import io
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.params import FromQuery

from qiao import cases, insight, interactions, routing
from qiao.desk.access import SUPERVISE, standing_of
from qiao.desk.forms import AnyRequest
from qiao.desk.typed import say
from qiao.insight import Answers
from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood
from qiao.platform.database import Transaction
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of

LONGEST: Final = timedelta(days=400)
WHICH: Final = N_("Choose two days, the second after the first, at most 400 days apart.")
LEADS: Final = {"access": Access(audience="staff", right=SUPERVISE)}
HEADS: Final = ("day", "number", "channel", "target_minutes", "asked", "answered", "kept", "kept_of")
SECONDS: Final = ("median_seconds", "ninth_seconds")


async def answered(request: AnyRequest, tx: Transaction, first: date, last: date) -> dict[str, Any]:
    """What the page of standards shows of it: (name of the number, channel, figures)."""
    units = (await standing_of(request, tx)).units
    names = await _names(request, tx)
    found = await insight.answers_of(tx, since=first, until=last, units=units)
    return {"answers": [(names.get(one.entry_point, one.entry_point), _channel(request, one), one) for one in found]}


@get("/desk/answers/export", opt=LEADS, include_in_schema=False)
async def export(request: AnyRequest, since: FromQuery[str] = "", until: FromQuery[str] = "") -> Response[bytes]:
    """The same day by day as a file: counts, what they are counted of, seconds. Raises InputNotUnderstood."""
    async with house_of(request).database.transaction() as tx:
        first, last = period(tx, house_of(request).settings.default_zone, since, until)
        names = await _names(request, tx)
        units = (await standing_of(request, tx)).units
        found = await insight.answers_by_day(tx, since=first, until=last, units=units)
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow([*HEADS, *SECONDS])
    for day, one in found:
        number = cases.cell(names.get(one.entry_point, one.entry_point))
        seconds = ["" if value is None else f"{value:.0f}" for value in (one.median_seconds, one.ninth_seconds)]
        counts = (one.target_minutes or "", one.asked, one.answered, one.kept.count, one.kept.of)
        writer.writerow([day.isoformat(), number, one.channel, *counts, *seconds])
    name = f"answers-{first:%Y%m%d}-{last:%Y%m%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(lines.getvalue().encode("utf-8-sig"), media_type="text/csv", headers=headers)


def period(tx: Transaction, zone: str, since: str, until: str) -> tuple[date, date]:
    """The days that were asked for; this month unless told otherwise. Raises InputNotUnderstood."""
    today = tx.now.astimezone(ZoneInfo(zone)).date()
    try:
        first = date.fromisoformat(since[:10]) if since else today.replace(day=1)
        last = date.fromisoformat(until[:10]) if until else today
    except ValueError:
        raise InputNotUnderstood({"since": WHICH}) from None
    if not first <= last or last - first > LONGEST or not 2000 <= first.year <= last.year < 9999:
        raise InputNotUnderstood({"since": WHICH})
    return first, last


async def _names(request: AnyRequest, tx: Transaction) -> dict[str, str]:
    language = language_of(request)
    called: dict[str, list[str]] = {}
    for number, one in sorted((await routing.entry_points(tx)).items()):
        called.setdefault(one.code, []).append(one.names.get(language) or one.names.get("en") or number)
    return {code: " · ".join(names) for code, names in called.items()}


def _channel(request: AnyRequest, one: Answers) -> str:
    return say(request, interactions.CHANNELS.get(one.channel, one.channel))


ROUTES: Final = (export,)
