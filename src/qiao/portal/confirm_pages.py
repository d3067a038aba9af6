"""Is it solved? Answered by the link we sent, without signing in, or on his own page; and how he found it."""

from typing import Any, Final, cast
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from qiao import cases
from qiao.cases import Solved
from qiao.kernel.ids import CaseId
from qiao.kernel.refused import InputNotUnderstood, NotFound
from qiao.platform.policy import Access
from qiao.platform.web import house_of, page, require_actor, see_other
from qiao.portal.signing_in import AnyRequest

ANYBODY: Final = {"access": Access(audience="public")}
CUSTOMER: Final = {"access": Access(audience="customer")}


@get("/confirm/{token:str}", opt=ANYBODY, include_in_schema=False)
async def asked(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """The question, and nothing of the matter but its number. Raises LinkNotValid, AnsweredBefore, NothingAsked."""
    question_id = cases.question_of_link(house_of(request), token)
    async with house_of(request).database.transaction() as tx:
        case, _ = await cases.case_of_question(tx, question_id)
    return page(request, "portal/confirm.html", number=case.number, token=token)


@post("/confirm/{token:str}", opt=ANYBODY, include_in_schema=False, status_code=200)
async def answered(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """His word; the link says whose it is, and is good for one answer."""
    question_id = cases.question_of_link(house_of(request), token)
    solved, words = await _told(request)
    async with house_of(request).database.transaction() as tx:
        case, _ = await cases.case_of_question(tx, question_id)
        await cases.confirm(
            tx,
            case_id=case.id,
            solved=solved,
            by=f"customer:{case.customer_id}",
            channel="link",
            words=words,
            seen_question=question_id,
        )
    return page(request, "portal/confirmed.html", number=case.number, solved=solved)


@post("/matters/{case_id:uuid}/confirm", opt=CUSTOMER, include_in_schema=False, status_code=200)
async def confirmed(request: AnyRequest, case_id: FromPath[UUID]) -> Response[Any]:
    """His word on his own page."""
    actor = require_actor(request)
    solved, words = await _told(request)
    async with house_of(request).database.transaction() as tx:
        if (await cases.case_alone(tx, CaseId(case_id))).customer_id != actor.id:
            raise NotFound
        await cases.confirm(
            tx, case_id=CaseId(case_id), solved=solved, by=actor.reference, channel="portal", words=words
        )
    return see_other(f"/matters/{case_id}?confirmed={solved}")


@post("/matters/{case_id:uuid}/rate", opt=CUSTOMER, include_in_schema=False, status_code=200)
async def rated(request: AnyRequest, case_id: FromPath[UUID]) -> Response[Any]:
    """One to five, once."""
    actor = require_actor(request)
    form = await request.form()
    stars = str(form.get("stars", ""))
    async with house_of(request).database.transaction() as tx:
        if (await cases.case_alone(tx, CaseId(case_id))).customer_id != actor.id:
            raise NotFound
        await cases.rate(
            tx,
            case_id=CaseId(case_id),
            stars=int(stars) if stars in {"1", "2", "3", "4", "5"} else 0,
            by=actor.reference,
            words=_text(form.get("words")),
        )
    return see_other(f"/matters/{case_id}?rated=1")


async def _told(request: AnyRequest) -> tuple[Solved, str]:
    """Yes or no, and his words. Raises InputNotUnderstood."""
    form = await request.form()
    solved = _text(form.get("solved"))
    if solved not in ("yes", "no"):
        raise InputNotUnderstood
    return cast("Solved", solved), _text(form.get("words"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


ROUTES: Final = (asked, answered, confirmed, rated)
