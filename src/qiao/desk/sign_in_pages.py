"""Signing in at the desk: name and password, the authenticator's code where it is asked, and out again."""

from typing import Any, Final

from litestar import Response, get, post

from qiao import staff
from qiao.desk.forms import AnyRequest
from qiao.desk.seats import leave_seat, take_seat
from qiao.desk.sign_in_carry import address_of, desk_path
from qiao.desk.typed import NOTHING_TYPED, Typed, read, sentence
from qiao.kernel.refused import Refused
from qiao.platform import audit, sessions
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.policy import Access, Actor
from qiao.platform.second_factor import CodeAlreadyUsed
from qiao.platform.sessions import cookie_name
from qiao.platform.sign_in import SignInRefused, TooManyTries
from qiao.platform.web import actor_of, carry_session, house_of, page, redirect, require_actor, see_other

PUBLIC: Final = {"access": Access(audience="public")}
STAFF: Final = {"access": Access(audience="staff")}
LOGIN_MAX: Final = 80
"""Characters of a name that are looked at; a longer one is nobody's."""


@get("/desk/sign-in", opt=PUBLIC, include_in_schema=False)
async def ask(request: AnyRequest) -> Response[Any]:
    """Who are you? Somebody who is signed in already goes on to where he was going."""
    going = desk_path(request.query_params.get("next"))
    if actor_of(request) is not None:
        return see_other(going)
    return _form(request, going=going, locked=await _was_locked(request, house_of(request)))


async def _was_locked(request: AnyRequest, house: House) -> bool:
    """Whether this browser's session still stands behind a locked screen."""
    token = request.cookies.get(cookie_name("staff", https=house.settings.address.startswith("https:")), "")
    async with house.database.transaction() as tx:
        session = await sessions.find(tx, token=token, audience="staff")
        return session is not None and session.is_locked(tx.now, house.settings.session_idle_seconds_max)


@post("/desk/sign-in", opt=PUBLIC, include_in_schema=False, status_code=200)
async def sign_in(request: AnyRequest) -> Response[Any]:
    """Sign in under a fresh session, whatever the browser brought along; one answer for all that is not right."""
    typed = await read(request)
    going = desk_path(typed["next"] or request.query_params.get("next"))
    house = house_of(request)
    try:
        entered = await staff.sign_in(
            house,
            login=typed["login"][: LOGIN_MAX + 1].replace("\x00", "\ufffd"),
            password=typed["password"],
            code=typed["code"][:64],
            address=address_of(request),
            user_agent=request.headers.get("user-agent", ""),
        )
    except staff.SecondFactorNeeded as refused:
        return _form(request, going=going, typed=typed, refused=refused, code_asked=True)
    except (SignInRefused, TooManyTries, CodeAlreadyUsed) as refused:
        return _form(request, going=going, typed=typed, refused=refused, code_asked=bool(typed["code"]))
    await _settle_in(request, house, entered)
    response = redirect(request, "/desk/second-factor" if entered.enroll else going)
    carry_session(response, house, "staff", entered.token)
    return response


async def _settle_in(request: AnyRequest, house: House, entered: staff.SignedIn) -> None:
    """Whatever session the browser had is over, and the agent's seat is here now."""
    https = house.settings.address.startswith("https:")
    earlier = request.cookies.get(cookie_name("staff", https=https), "")
    async with house.database.transaction() as tx:
        if (old := await sessions.find(tx, token=earlier, audience="staff")) is not None:
            await sessions.end(tx, old)
        actor = await staff.actor(tx, entered.session)
        if actor is not None:
            await take_seat(tx, actor)


def _form(
    request: AnyRequest,
    *,
    going: str,
    typed: Typed = NOTHING_TYPED,
    refused: Refused | None = None,
    code_asked: bool = False,
    locked: bool = False,
) -> Response[str]:
    """The form, with the name as typed and never the password. htmx keeps the browser's own fields and gets a part."""
    partly = bool(request.headers.get("hx-request"))
    answer = page(
        request,
        "desk/sign_in_answer.html" if partly else "desk/sign_in.html",
        status=refused.status if refused else 200,
        going=going,
        locked=locked,
        idle_minutes=house_of(request).settings.session_idle_seconds_max // 60,
        login=typed["login"][:LOGIN_MAX],
        refused=sentence(request, refused) if refused else "",
        code_asked=code_asked,
        password_again=code_asked and not partly,
    )
    if refused is not None:
        answer.headers["X-Refusal-Code"] = refused.code
    if isinstance(refused, TooManyTries):
        answer.headers["Retry-After"] = str(refused.params["seconds"])
    return answer


@post("/desk/sign-out", opt=STAFF, include_in_schema=False, status_code=200)
async def sign_out(request: AnyRequest) -> Response[Any]:
    """End the session here; what the agent had in hand goes to others."""
    house, actor = house_of(request), require_actor(request)
    async with house.database.transaction() as tx:
        await leave_seat(tx, actor)
        for session in await _mine(tx, actor):
            await sessions.end(tx, session)
        await audit.record(tx, actor=actor.reference, act="do.sign_out", unit_id=actor.unit_id, once=False)
    response = redirect(request, "/desk/sign-in")
    carry_session(response, house, "staff", "")
    return response


@post("/desk/lock", opt=STAFF, include_in_schema=False, status_code=200)
async def lock(request: AnyRequest) -> Response[Any]:
    """Lock the screen: the same agent signs in again and finds everything as it was."""
    actor = require_actor(request)
    async with house_of(request).database.transaction() as tx:
        for session in await _mine(tx, actor):
            await sessions.lock(tx, session)
    return redirect(request, "/desk/sign-in")


async def _mine(tx: Transaction, actor: Actor) -> list[sessions.Session]:
    """The session of this browser."""
    every = await sessions.all_of(tx, audience="staff", subject_id=actor.id)
    return [session for session in every if session.id == actor.session_id]


ROUTES: Final = (ask, sign_in, sign_out, lock)
