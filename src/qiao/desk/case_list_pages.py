"""Lists of cases: a view, words to filter by, and page after page."""

from typing import Any, Final

from litestar import Response, get

from qiao import cases
from qiao.desk.access import READ_CASES, SUPERVISE, standing_of
from qiao.desk.case_lists import EMPTY, VIEWS, listed, view_of
from qiao.desk.forms import AnyRequest, cursor, plain
from qiao.desk.typed import say
from qiao.desk.work_pages import shift
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page

READS: Final = {"access": Access(audience="staff", right=READ_CASES)}


@get("/desk/cases", opt=READS, include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """One view of the cases there is a basis for; customers are called by half their names here."""
    words = plain(request.query_params.get("q", ""))
    before = cursor(request.query_params.get("before", ""))
    partly = bool(request.headers.get("hx-request"))
    async with house_of(request).database.transaction() as tx:
        standing = await standing_of(request, tx)
        leads = SUPERVISE in standing.actor.rights
        view = view_of(request.query_params.get("view", ""), leads=leads)
        found = await listed(tx, standing, view, words, before=before)
        context: dict[str, Any] = {} if partly else await shift(request, tx)
    shown = [one for one in VIEWS if one != "team" or leads]
    language, rules = language_of(request), cases.built_in()
    context |= {
        "view": view,
        "views": [(f"/desk/cases?view={one}", say(request, VIEWS[one]), one == view) for one in shown],
        "words": words,
        "found": found,
        "onward": before is not None,
        "nothing": EMPTY[view],
        "topic": " ".join([f"agent:{standing.agent_id}", *(f"desk:{desk}" for desk in standing.desks)]),
        "category": lambda code: rules.name(code, language),
        "statuses": cases.STATUSES,
        "severities": cases.SEVERITIES,
    }
    return page(request, "desk/case_list_rows.html" if partly else "desk/case_list.html", **context)


ROUTES: Final = (show,)
