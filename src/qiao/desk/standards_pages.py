"""How the house keeps its word: the three ones and the three 100 % of a time, whole and by category."""

import csv
import io
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.params import FromQuery

from qiao import cases
from qiao.desk.access import SUPERVISE, standing_of
from qiao.desk.answer_pages import answered, period
from qiao.desk.forms import AnyRequest
from qiao.desk.work_pages import shift
from qiao.platform.database import Transaction
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page

LEADS: Final = {"access": Access(audience="staff", right=SUPERVISE)}
NAMES: Final = {**cases.HUNDREDS, **cases.ONES}


@get("/desk/standards", opt=LEADS, include_in_schema=False)
async def show(request: AnyRequest, since: FromQuery[str] = "", until: FromQuery[str] = "") -> Response[str]:
    """The figures of a time; this month unless told otherwise. Raises InputNotUnderstood."""
    async with house_of(request).database.transaction() as tx:
        first, last = period(tx, house_of(request).settings.default_zone, since, until)
        context = await shift(request, tx) | await _figures(request, tx, first, last)
        context |= await answered(request, tx, first, last)
    return page(request, "desk/standards.html", **context)


@get("/desk/standards/export", opt=LEADS, include_in_schema=False)
async def export(request: AnyRequest, since: FromQuery[str] = "", until: FromQuery[str] = "") -> Response[bytes]:
    """The same as a file: a row for each category, counts and what they are counted of."""
    async with house_of(request).database.transaction() as tx:
        first, last = period(tx, house_of(request).settings.default_zone, since, until)
        told = await _figures(request, tx, first, last)
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["category", *(f"{name}{part}" for name in NAMES for part in ("", "_of"))])
    for _, name, standard in told["rows"]:
        shares = [getattr(standard, one) for one in NAMES]
        writer.writerow([cases.cell(name), *(figure for share in shares for figure in (share.count, share.of))])
    name = f"standards-{first:%Y%m%d}-{last:%Y%m%d}.csv"
    return Response(
        lines.getvalue().encode("utf-8-sig"),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _figures(request: AnyRequest, tx: Transaction, first: date, last: date) -> dict[str, Any]:
    zone = ZoneInfo(house_of(request).settings.default_zone)
    begins = datetime.combine(first, time(), zone).astimezone(UTC)
    ends = datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)
    found = await cases.standards(tx, unit_ids=(await standing_of(request, tx)).units, since=begins, until=ends)
    language, rules = language_of(request), await cases.current(tx)
    return {
        "since": first.isoformat(),
        "until": last.isoformat(),
        "whole": found.whole,
        "rows": [(code, rules.path(code, language), each) for code, each in found.by_category.items()],
        "hundreds": cases.HUNDREDS,
        "ones": cases.ONES,
    }


ROUTES: Final = (show, export)
