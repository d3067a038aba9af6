"""A list of cases as a file: what the screen shows of it, on record before it leaves."""

import csv
import io
from typing import Final
from zoneinfo import ZoneInfo

from litestar import Response, get

from qiao import cases
from qiao.desk.access import READ_CASES, SUPERVISE, standing_of
from qiao.desk.case_lists import Line, every_line, saved_view, view_of
from qiao.desk.forms import AnyRequest, plain
from qiao.desk.typed import say
from qiao.kernel.languages import N_
from qiao.platform import audit
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of

READS: Final = {"access": Access(audience="staff", right=READ_CASES)}
COLUMNS: Final = (
    N_("Case"),
    N_("Matter"),
    N_("Category"),
    N_("Customer"),
    N_("How it stands"),
    N_("Severity"),
    N_("In charge"),
    N_("Opened"),
    N_("Due"),
)
MARK: Final = "\ufeff"
"""Without it spreadsheets take the file for one of their own old encodings."""


@get("/desk/cases/export", opt=READS, include_in_schema=False)
async def export(request: AnyRequest) -> Response[bytes]:
    """The newest 1,000 of a view, as comma-separated values; names by halves, as on the screen."""
    house = house_of(request)
    words = plain(request.query_params.get("q", ""))
    async with house.database.transaction() as tx:
        standing = await standing_of(request, tx)
        view = view_of(request.query_params.get("view", ""), leads=SUPERVISE in standing.actor.rights)
        saved = await saved_view(tx, standing, request.query_params.get("view", ""))
        rules = await cases.current(tx)
        lines = await every_line(tx, standing, view, words, saved=saved)
        told = {"view": saved.name if saved else view, "words": words, "cases": [line.case.number for line in lines]}
        actor = standing.actor
        await audit.record(
            tx, actor=actor.reference, act="export.cases", unit_id=actor.unit_id, details=told, once=False
        )
        today = tx.now.astimezone(ZoneInfo(house.settings.default_zone)).date()
    named = f"cases-{view}-{today}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{named}"'}
    return Response(_file(request, lines, rules), media_type="text/csv", headers=headers)


def _file(request: AnyRequest, lines: tuple[Line, ...], rules: cases.CategorySet) -> bytes:
    zone = ZoneInfo(house_of(request).settings.default_zone)
    language = language_of(request)
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow([say(request, column) for column in COLUMNS])
    for line in lines:
        case = line.case
        due = case.due_at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if case.due_at else ""
        told = (
            case.number,
            case.title,
            rules.name(case.category_code, language),
            line.customer,
            say(request, cases.STATUSES[case.status]),
            say(request, cases.SEVERITIES[case.severity]),
            line.owner,
            case.opened_at.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
            due,
        )
        rows.writerow([cases.cell(one) for one in told])
    return (MARK + written.getvalue()).encode()


ROUTES: Final = (export,)
