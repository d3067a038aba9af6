"""Sign in by a one-time code: a number, a code, my page."""

from typing import Any, Final

from litestar import Response, get, post

from qiao import customers
from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.kernel.service_ids import NumberNotUnderstood, ServiceId, parse_service_id
from qiao.platform import rate_limits, sessions
from qiao.platform.house import House
from qiao.platform.jobs import defer
from qiao.platform.policy import Access, Level
from qiao.platform.rate_limits import TooManyRequests
from qiao.platform.sign_in import address_prefix
from qiao.platform.web import (
    actor_of,
    carry_session,
    house_of,
    language_of,
    local_path,
    page,
    redirect,
    require_actor,
    see_other,
)
from qiao.portal.preferring import arrive
from qiao.portal.signing_in import (
    ASKING,
    ASKING_A_DAY,
    PURPOSE,
    TRYING,
    TRYING_A_DAY,
    AnyRequest,
    SigningIn,
    forget,
    keep,
    kept,
)
from qiao.portal.speaking import said

PUBLIC: Final = {"access": Access(audience="public")}
TOO_OFTEN: Final = N_("That was too often from here. Nothing was sent or changed; try again in {seconds} seconds.")
NOTHING_TYPED: Final = N_("Please type your mobile number or your broadband account.")
CUSTOMER: Final = {"access": Access(audience="customer")}


class CodeNotRight(Refused):
    """Wrong, too old, used, or for a number that is no customer's: one answer."""

    code = "portal.code_not_right"
    status = 403
    text = N_("That code is not right or too old. Nothing was changed; check it, or ask for a new one.")


class ProvingPaused(Refused):
    """Too many wrong codes for this number, on whatever channel."""

    code = "portal.proving_paused"
    status = 429
    text = N_("There were too many wrong codes for this number. For its safety codes are refused until tomorrow.")


@get("/sign-in", opt=PUBLIC, include_in_schema=False)
async def ask_number(request: AnyRequest) -> Response[Any]:
    """Which number?"""
    if actor_of(request) is not None:
        return see_other(local_path(request.query_params.get("next")))
    return _number_page(request)


def _number_page(request: AnyRequest, *, typed: str = "", refused: str = "", status: int = 200) -> Response[str]:
    going = local_path(request.query_params.get("next"))
    return page(request, "portal/sign_in.html", status=status, typed=typed, refused=refused, going=going)


@post("/sign-in", opt=PUBLIC, include_in_schema=False, status_code=200)
async def send(request: AnyRequest) -> Response[Any]:
    """Have a code sent to the number, if it is a customer's; the answer is the same either way."""
    house = house_of(request)
    form = await request.form()
    typed = form.get("number", "")
    typed = typed if isinstance(typed, str) else ""
    try:
        service = parse_service_id(typed, house.settings.region)
    except NumberNotUnderstood as refused:
        otherwise = NOTHING_TYPED if not typed.strip() else ""
        return _number_page(request, typed=typed[:40], refused=said(request, refused, otherwise), status=400)
    try:
        await _send_code(request, house, service)
    except TooManyRequests as refused:
        return _number_page(request, typed=typed[:40], refused=said(request, refused, TOO_OFTEN), status=refused.status)
    response = see_other("/sign-in/code")
    response.set_cookie(keep(house, SigningIn(service, local_path(form.get("next")))))
    return response


async def _send_code(request: AnyRequest, house: House, service: ServiceId) -> None:
    async with house.database.transaction() as tx:
        await rate_limits.take(tx, f"portal.ask:{_network(request)}", ASKING)
        await rate_limits.take(tx, f"portal.ask_day:{_network(request)}", ASKING_A_DAY)
        await defer(tx, "portal.send_code", service=str(service), language=language_of(request))


def _network(request: AnyRequest) -> str:
    return address_prefix(request.client.host if request.client else "")


@get("/sign-in/code", opt=PUBLIC, include_in_schema=False)
async def ask_code(request: AnyRequest) -> Response[Any]:
    """Which code?"""
    going = kept(request, house_of(request))
    if going is None:
        return see_other("/sign-in")
    return _code_page(request, going)


def _code_page(request: AnyRequest, going: SigningIn, refused: Refused | None = None) -> Response[Any]:
    if refused is None:
        return page(request, "portal/sign_in_code.html", going=going, refused="")
    told = said(request, refused, TOO_OFTEN if isinstance(refused, TooManyRequests) else "")
    response = page(request, "portal/sign_in_code.html", status=refused.status, going=going, refused=told)
    response.headers["X-Refusal-Code"] = refused.code
    return response


@post("/sign-in/again", opt=PUBLIC, include_in_schema=False, status_code=200)
async def send_again(request: AnyRequest) -> Response[Any]:
    """Another code, for a message that did not arrive."""
    house = house_of(request)
    going = kept(request, house)
    if going is None:
        return see_other("/sign-in")
    try:
        await _send_code(request, house, going.service)
    except TooManyRequests as refused:
        return _code_page(request, going, refused)
    return see_other("/sign-in/code")


@post("/sign-in/code", opt=PUBLIC, include_in_schema=False, status_code=200)
async def check(request: AnyRequest) -> Response[Any]:
    """Sign in if the code is right."""
    house = house_of(request)
    going = kept(request, house)
    if going is None:
        return see_other("/sign-in")
    form = await request.form()
    code = form.get("code", "")
    try:
        return await _signed_in(request, house, going, code if isinstance(code, str) else "")
    except (CodeNotRight, ProvingPaused, TooManyRequests) as refused:
        return _code_page(request, going, refused)


async def _signed_in(request: AnyRequest, house: House, going: SigningIn, code: str) -> Response[Any]:
    async with house.database.transaction() as tx:
        await rate_limits.take(tx, f"portal.try:{_network(request)}", TRYING)
        await rate_limits.take(tx, f"portal.try_day:{_network(request)}", TRYING_A_DAY)
    async with house.database.transaction() as tx:  # the wrong try is counted, whatever is answered
        checked = await customers.check_code(tx, service=going.service, purpose=PURPOSE, code=code)
        holder = await customers.customer_of(tx, going.service) if checked.ok else None
    if checked.blocked_until is not None:
        raise ProvingPaused
    if holder is None:
        raise CodeNotRight
    seconds = house.settings.session_seconds_max
    async with house.database.transaction() as tx:
        token, _ = await sessions.begin(
            tx,
            audience="customer",
            subject_id=holder.id,
            seconds_max=seconds,
            language=language_of(request),
            level=Level.ONE_FACTOR,
            user_agent=request.headers.get("user-agent", ""),
            data={"service": str(going.service)},
        )
    response = see_other(going.next)
    carry_session(response, house, "customer", token)
    arrive(response, request, house, holder)
    response.set_cookie(forget(house))
    return response


@post("/sign-out", opt=CUSTOMER, include_in_schema=False, status_code=200)
async def sign_out(request: AnyRequest) -> Response[Any]:
    """End the session here."""
    house = house_of(request)
    actor = require_actor(request)
    async with house.database.transaction() as tx:
        for session in await sessions.all_of(tx, audience="customer", subject_id=actor.id):
            if session.id == actor.session_id:
                await sessions.end(tx, session)
    response = redirect(request, "/sign-in")
    carry_session(response, house, "customer", "")
    return response


ROUTES: Final = (ask_number, send, ask_code, send_again, check, sign_out)
