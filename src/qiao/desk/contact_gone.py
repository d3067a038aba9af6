"""What stands in place of a contact's parts once it has left somebody's hands."""

from typing import Any

from litestar import Response

from qiao.desk.forms import AnyRequest
from qiao.kernel.refused import NotFound
from qiao.platform.web import page
from qiao.platform.web.answers import answer_refused


def left_hands(request: AnyRequest, error: NotFound) -> Response[Any]:
    """A part of an open page fetches itself again and the contact has gone to somebody else: say so in its place."""
    if not request.headers.get("hx-request"):
        return answer_refused(request, error)
    part = request.url.path.rpartition("/")[2]
    return page(request, "desk/contact_gone.html", status=error.status, part=part)


def left_colleague(request: AnyRequest, error: NotFound) -> Response[Any]:
    """The same where a team leader looks over a colleague's shoulder: nothing may be done in it from here any more."""
    if not request.headers.get("hx-request"):
        return answer_refused(request, error)
    return page(request, "desk/team_contact_gone.html", status=error.status, part=request.path_params["interaction_id"])
