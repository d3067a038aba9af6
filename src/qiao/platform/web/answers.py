"""Answers to what was refused or went wrong: a page, a fragment or problem+json, never a bare trace."""

from typing import Any
from urllib.parse import quote
from uuid import uuid4

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from psycopg import DataError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood, NotFound, Refused
from qiao.platform.web.calling import SignInNeeded
from qiao.platform.web.pages import Pages, language_of, page, redirect

log = structlog.get_logger(__name__)
AnyRequest = Request[Any, Any, Any]


class TooLarge(Refused):
    """The request body is over the limit."""

    code = "web.too_large"
    status = 413
    text = N_("This is too large to send. Nothing of it was kept; make it smaller and try again.")


class NotPossibleHere(Refused):
    """The method does not fit the address."""

    code = "web.method_not_possible"
    status = 405
    text = N_("This address does not take that kind of request. Nothing was changed.")


class TryAgainSoon(Refused):
    """The database is away for a moment."""

    code = "web.try_again_soon"
    status = 503
    text = N_("We cannot reach our records for a moment. Nothing was changed; please try again in a few seconds.")


class SomethingBroke(Refused):
    """A fault of ours; its number leads to the log line."""

    code = "web.something_broke"
    status = 500
    text = N_("Something broke on our side (number {number}). What you had saved is kept; please try again.")


def told(request: AnyRequest, refused: Refused) -> str:
    """The refusal in the person's language."""
    pages: Pages = request.app.state.pages
    said = pages.translator.translate(language_of(request), refused.text)
    try:
        return said.format(**refused.params)
    except (KeyError, IndexError, ValueError):
        return said


def answer_refused(request: AnyRequest, refused: Refused) -> Response[Any]:
    """A refusal as the caller can use it: JSON for programs, a toast for htmx, a page for people."""
    if isinstance(refused, SignInNeeded) and not _wants_json(request):
        door = "/desk/sign-in" if refused.audience == "staff" else "/sign-in"
        query = request.url.query
        where = (request.url.path + (f"?{query}" if query else "")) if request.method == "GET" else ""
        return redirect(request, f"{door}?next={quote(where)}" if where else door)
    text = told(request, refused)
    fields: dict[str, str] = {}
    if isinstance(refused, InputNotUnderstood):
        pages: Pages = request.app.state.pages
        language = language_of(request)
        fields = {name: pages.translator.translate(language, msgid) for name, msgid in refused.fields.items()}
    if _wants_json(request):
        body = {"type": "about:blank", "title": text, "status": refused.status, "code": refused.code}
        return Response(
            {**body, "fields": fields} if fields else body,
            status_code=refused.status,
            media_type="application/problem+json",
        )
    template = "ui/refusal_fragment.html" if request.headers.get("hx-request") else "ui/error.html"
    response = page(
        request,
        template,
        status=refused.status,
        code=refused.code,
        text=text,
        fields=fields,
        status_code=refused.status,
    )
    response.headers["X-Refusal-Code"] = refused.code
    return response


def _wants_json(request: AnyRequest) -> bool:
    accept = request.headers.get("accept", "")
    return "json" in accept or request.url.path.startswith("/api/")


def answer_http(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """The framework's own refusals in our words."""
    if isinstance(error, ValidationException) or error.status_code == 400:
        return answer_refused(request, InputNotUnderstood())
    known: dict[int, Refused] = {404: NotFound(), 405: NotPossibleHere(), 413: TooLarge()}
    if error.status_code in known:
        return answer_refused(request, known[error.status_code])
    if error.status_code < 500:
        return answer_refused(request, InputNotUnderstood())
    return answer_broken(request, error)


def answer_broken(request: AnyRequest, error: Exception) -> Response[Any]:
    """Our own faults: logged with a number the person can read out."""
    if isinstance(error, PoolTimeout) or (isinstance(error, DBAPIError) and _is_away(error) and not _has_nul(error)):
        log.warning("web.database_away", error=type(error).__name__, path=request.url.path)
        return answer_refused(request, TryAgainSoon())
    if isinstance(error, DBAPIError) and ((getattr(error.orig, "sqlstate", None) or "")[:2] == "22" or _has_nul(error)):
        return answer_refused(request, InputNotUnderstood())
    number = uuid4().hex[:8]
    log.exception("web.broke", number=number, path=request.url.path, exc_info=error)
    return answer_refused(request, SomethingBroke(number=number))


def _is_away(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None) or ""
    return bool(error.connection_invalidated) or state[:2] in ("08", "57") or state == "53300" or not state


def _has_nul(error: DBAPIError) -> bool:
    """PostgreSQL keeps no NUL character, and its driver says so before asking."""
    return isinstance(error.orig, DataError) and "NUL" in str(error.orig)
