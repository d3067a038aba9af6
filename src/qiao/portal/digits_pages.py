"""The four digits that confirm what costs money: typed where the order was begun, good once."""

from typing import Any, Final
from uuid import uuid4

from litestar import Response, get, post

from qiao import catalogue
from qiao.bss import OperatorAway
from qiao.catalogue import ConfirmationNotRight, Order, TooManyWrongAnswers, Waiting
from qiao.kernel.ids import CustomerId
from qiao.kernel.languages import N_, nearest
from qiao.kernel.refused import InputNotUnderstood, Refused
from qiao.platform.house import House
from qiao.platform.policy import Access, Actor, Level
from qiao.platform.rate_limits import TooManyRequests
from qiao.platform.web import house_of, language_of, page, require_actor, see_other
from qiao.portal import ordering
from qiao.portal.account import service_of
from qiao.portal.forms import form_key
from qiao.portal.signing_in import AnyRequest
from qiao.portal.speaking import said

CUSTOMER: Final = {"access": Access(audience="customer")}
NOT_THESE: Final = N_("These are not the digits. Nothing was done; look at the newest text we sent you.")


@get("/me/digits", opt=CUSTOMER, include_in_schema=False)
async def ask(request: AnyRequest) -> Response[Any]:
    """What waits for its digits, what it costs, and the field for them."""
    return await _shown(request)


async def _shown(
    request: AnyRequest,
    *,
    refused: Refused | None = None,
    wrong: dict[str, str] | None = None,
    sent_again: bool = False,
) -> Response[Any]:
    house, actor = house_of(request), require_actor(request)
    waiting = await _waiting(house, actor)
    asked = catalogue.service(waiting.code) if waiting is not None else None
    return page(
        request,
        "portal/digits.html",
        status=refused.status if refused else 200,
        waiting=waiting,
        asked=asked,
        name=asked.names[nearest(language_of(request))] if asked else "",
        number=service_of(actor).masked(),
        second_factor=asked is not None and asked.level > Level.ONE_FACTOR,
        wrong=wrong or {},
        refused=said(request, refused) if refused and not wrong else "",
        sent_again=sent_again,
        key=await _key(request),
    )


async def _key(request: AnyRequest) -> str:
    """What makes this form the same form when it is sent twice: that of the form before it, else a new one."""
    sent = (await request.form()).get("key") if request.method == "POST" else request.query_params.get("key")
    return form_key(sent) or str(uuid4())


async def _waiting(house: House, actor: Actor) -> Waiting | None:
    async with house.database.transaction() as tx:
        waiting = await catalogue.waits_for_digits(tx, service_of(actor))
    return waiting if waiting is not None and waiting.customer_id == actor.id else None


@post("/me/digits", opt=CUSTOMER, include_in_schema=False, status_code=200)
async def take(request: AnyRequest) -> Response[Any]:
    """Place the order if the digits are right. Sent twice, the second leads to the same order."""
    house, actor = house_of(request), require_actor(request)
    form = await request.form()
    sent = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    try:
        return see_other(await _confirmed(house, actor, sent))
    except ConfirmationNotRight as refused:
        if (before := await ordering.placed_before(house, actor, sent["key"])) is not None:
            return see_other(f"/me/orders/{before.id}")  # the other click of two was faster
        return await _shown(request, refused=refused, wrong={"digits": NOT_THESE})
    except InputNotUnderstood as refused:
        return await _shown(request, refused=refused, wrong=dict(refused.fields))
    except (TooManyWrongAnswers, OperatorAway) as refused:
        return await _shown(request, refused=refused)


async def _confirmed(house: House, actor: Actor, sent: dict[str, str]) -> str:
    key = form_key(sent.get("key"))
    if key is None:
        raise InputNotUnderstood
    before = await ordering.placed_before(house, actor, key)
    if before is not None:
        return f"/me/orders/{before.id}"
    waiting = await _waiting(house, actor)
    level = Level.ONE_FACTOR
    if waiting is not None:
        level = await ordering.proved(house, actor, catalogue.service(waiting.code), sent.get("password", ""))
    placed: Order | None = None
    refused: Refused | None = None
    async with house.database.transaction() as tx:  # wrong digits are counted, whatever is answered
        try:
            placed, _ = await catalogue.confirm(
                tx,
                target=service_of(actor),
                customer_id=CustomerId(actor.id),
                digits=_plain(sent.get("digits", "")),
                origin=ordering.origin_of(actor),
                actor_ref=actor.reference,
                level=level,
                key=ordering.order_key(actor, key),
            )
        except (ConfirmationNotRight, TooManyWrongAnswers) as told:
            refused = told
    if placed is None:
        raise refused or ConfirmationNotRight
    return await ordering.seen_at(house, placed)


def _plain(typed: str) -> str:
    """Digits as typed: spaces and wide digits do not matter."""
    return "".join(str(int(one)) for one in typed[:20] if one.isdecimal())


@post("/me/digits/again", opt=CUSTOMER, include_in_schema=False, status_code=200)
async def again(request: AnyRequest) -> Response[Any]:
    """Text new digits for the same order; the old ones are worth nothing any more."""
    house, actor = house_of(request), require_actor(request)
    waiting, key = await _waiting(house, actor), await _key(request)
    if waiting is None:
        return see_other(ordering.DIGITS_PAGE)
    about = (waiting.parameters, language_of(request), waiting.what, waiting.price)
    try:
        await ordering.ask_digits(house, actor, catalogue.service(waiting.code), key, *about, again=True)
    except (TooManyRequests, TooManyWrongAnswers) as refused:
        return await _shown(request, refused=refused)
    return await _shown(request, sent_again=True)


ROUTES: Final = (ask, take, again)
