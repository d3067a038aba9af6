"""Lists of cases: a view, words to filter by, and page after page."""

from typing import Any, Final

from litestar import Response, get

from qiao import cases
from qiao.desk.access import READ_CASES, SUPERVISE, standing_of
from qiao.desk.case_lists import EMPTY, VIEWS, listed, view_among, view_of
from qiao.desk.case_shown import desks_to_hand_to
from qiao.desk.case_views import view_choices
from qiao.desk.forms import AnyRequest, cursor, plain
from qiao.desk.typed import NOTHING_TYPED, Wrong, say
from qiao.desk.work_pages import shift
from qiao.kernel.languages import N_
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page

NOTHING_IN_IT: Final = N_("No case fits this view now.")
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
        views = await cases.views_for(tx, agent_id=standing.agent_id, unit_ids=standing.units)
        saved = view_among(views, request.query_params.get("view", ""))
        found = await listed(tx, standing, view, words, saved=saved, before=before)
        rules = await cases.current(tx)
        desks = [] if partly else await desks_to_hand_to(request, tx)
        context: dict[str, Any] = {} if partly else await shift(request, tx)
    shown = [one for one in VIEWS if one != "team" or leads]
    language = language_of(request)
    context |= {
        "view": str(saved.id) if saved else view,
        "saved": saved,
        "mine": saved is not None and saved.agent_id == standing.agent_id,
        "views": [
            *((f"/desk/cases?view={one}", say(request, VIEWS[one]), saved is None and one == view) for one in shown),
            *((f"/desk/cases?view={one.id}", one.name, saved == one) for one in views),
        ],
        "choices": {} if partly else view_choices(request, rules),
        "typed": NOTHING_TYPED,
        "wrong": Wrong(),
        "refused": "",
        "desk_choices": [(str(desk.id), desk.name(language)) for desk in desks],
        "severity_choices": [(str(one), f"{one} · {say(request, text)}") for one, text in cases.SEVERITIES.items()],
        "may_write": "cases.write" in standing.actor.rights,
        "words": words,
        "found": found,
        "onward": before is not None,
        "nothing": NOTHING_IN_IT if saved else EMPTY[view],
        "topic": " ".join([f"agent:{standing.agent_id}", *(f"desk:{desk}" for desk in standing.desks)]),
        "category": lambda code: rules.name(code, language),
        "statuses": cases.STATUSES,
        "severities": cases.SEVERITIES,
    }
    return page(request, "desk/case_list_rows.html" if partly else "desk/case_list.html", **context)


ROUTES: Final = (show,)
