"""Everything a customer can have: the shelf, a page for each service, and its form. Made from the catalogue alone."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from litestar import Response, get, post
from litestar.params import FromPath

from qiao import catalogue
from qiao.bss import OperatorAway
from qiao.catalogue import Service
from qiao.kernel.ids import CustomerId
from qiao.kernel.languages import nearest
from qiao.kernel.money import Money
from qiao.kernel.refused import InputNotUnderstood, NotFound, Refused
from qiao.platform.policy import Access, Level
from qiao.platform.web import house_of, language_of, page, require_actor, see_other
from qiao.portal import ordering, why_not
from qiao.portal.account import ask, service_of
from qiao.portal.forms import Field, chosen, fields_of, form_key, lacking, told, with_defaults
from qiao.portal.shelf import ASKED_MAX, GROUPS, found_by, service_offered, shelf
from qiao.portal.signing_in import AnyRequest
from qiao.portal.speaking import said
from qiao.portal.steps import isolated

CUSTOMER: Final = {"access": Access(audience="customer")}
SEEN_WHOLE: Final = {
    "bill": "/me/bill",
    "bills": "/me/bill",
    "plan": "/me/services",
    "services_list": "/me/services",
}
"""Looks whose answer stands at length on a page of its own."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands on a service's page beside its form: what was typed, what was refused, what was answered."""

    typed: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    refused: Refused | None = None
    answer: str = ""
    away: bool = False
    key: str = ""


@get("/me/do", opt=CUSTOMER, include_in_schema=False)
async def everything(request: AnyRequest) -> Response[str]:
    """All services by group, or those that his words mean."""
    language, words = language_of(request), request.query_params.get("q", "").strip()[:ASKED_MAX]
    async with house_of(request).database.transaction() as tx:
        groups = {} if words else await shelf(tx, language)
        found = await found_by(tx, words, language) if words else []
    return page(request, "portal/do.html", groups=groups, names=GROUPS, words=words, found=found)


@get("/me/do/{service_code:str}", opt=CUSTOMER, include_in_schema=False)
async def one(request: AnyRequest, service_code: FromPath[str]) -> Response[Any]:
    """One service: what it is and costs, then its answer, or the form it needs."""
    asked = service_offered(service_code)
    given = told(request.query_params.multi_items())
    if asked.kind == "look":
        return await _looked(request, asked, given)
    key = form_key(request.query_params.get("key"))
    if key is None:  # a form has its key in its address, so that "back" leads to the form that was sent
        return see_other(_address(request, service_code, str(uuid4())))
    actor = require_actor(request)
    before = await ordering.placed_before(house_of(request), actor, key)
    if before is not None:
        return see_other(f"/me/orders/{before.id}")
    return await _shown(request, asked, Asked(typed=given, key=key))


def _address(request: AnyRequest, code: str, key: str) -> str:
    query = request.url.query
    return f"/me/do/{code}?{query}{'&' if query else ''}key={key}"


async def _looked(request: AnyRequest, asked: Service, given: dict[str, str]) -> Response[str]:
    if lacking(asked, given):
        return await _shown(request, asked, Asked(typed=given))
    house, actor = house_of(request), require_actor(request)
    fields = await _fields(request, asked, given)
    try:
        value = await ask(house, actor, asked.code, **with_defaults(fields, given))
    except InputNotUnderstood as refused:
        return await _shown(request, asked, Asked(typed=given, wrong=refused.fields, refused=refused))
    except OperatorAway:
        return await _shown(request, asked, Asked(typed=given, away=True))
    answer = catalogue.answer_text(asked, value, language_of(request), zone=house.settings.default_zone)
    return await _shown(request, asked, Asked(typed=given, answer=answer))


async def _fields(request: AnyRequest, asked: Service, given: dict[str, str]) -> list[Field]:
    """The fields of its form; what may be chosen is asked of the operator. Raises OperatorAway."""
    house, actor = house_of(request), require_actor(request)
    offered = {one.name: catalogue.offers(await ask(house, actor, one.among)) for one in asked.parameters if one.among}
    today = house.clock.now().astimezone(ZoneInfo(house.settings.default_zone)).date()
    return fields_of(asked, language=language_of(request), today=today, offered=offered, given=given)


async def _shown(request: AnyRequest, asked: Service, with_it: Asked) -> Response[str]:
    try:
        fields, away = await _fields(request, asked, with_it.typed), with_it.away
    except OperatorAway:
        fields, away = [], True
    refused, wrong = with_it.refused, with_it.wrong
    why, price, away = await _terms(request, asked, away=away)
    return page(
        request,
        "portal/service.html",
        isolated=partial(isolated, language=language_of(request)),
        status=refused.status if refused else 200,
        asked=asked,
        name=asked.names[nearest(language_of(request))],
        fields=fields,
        away=away,
        nothing=any(one.control == "offers" and not one.choices for one in fields) and not away,
        wrong=wrong,
        refused=_said(request, refused) if refused and not wrong else "",
        answer=with_it.answer,
        key=with_it.key,
        second_factor=asked.kind == "act" and asked.level > Level.ONE_FACTOR and not asked.confirm,
        whole=SEEN_WHOLE.get(asked.code),
        then=catalogue.service(asked.then) if asked.then else None,
        why_not=why,
        price=price,
    )


def _said(request: AnyRequest, refused: Refused) -> str:
    return _why(request, refused.why) if isinstance(refused, catalogue.NotEligible) else said(request, refused)


async def _terms(request: AnyRequest, asked: Service, *, away: bool) -> tuple[str, Money | None, bool]:
    """Why he may not have it as he stands ("" where he may), what it costs him, and whether the operator is away."""
    if asked.kind == "look" or away:
        return "", asked.price, away
    try:
        on = await _terms_now(request, asked, {})
    except OperatorAway:
        return "", asked.price, True
    return _why(request, on.against.why) if on.against else "", on.price, False


async def _terms_now(request: AnyRequest, asked: Service, given: dict[str, str]) -> catalogue.Terms:
    actor = require_actor(request)
    him, number = CustomerId(actor.id), service_of(actor)
    return await catalogue.terms_now(house_of(request), asked, customer_id=him, target=number, parameters=given)


def _why(request: AnyRequest, why: str) -> str:
    """A reason as a sentence to himself; of one that has none here, the catalogue's own words."""
    if why in why_not.SENTENCES:
        translator = request.app.state.pages.translator
        return str(translator.translate(language_of(request), why_not.SENTENCES[why]))
    return catalogue.why_text(why, language_of(request))


@post("/me/do/{service_code:str}", opt=CUSTOMER, include_in_schema=False, status_code=200)
async def do(request: AnyRequest, service_code: FromPath[str]) -> Response[Any]:
    """Have it done: at once, or once he has repeated the digits that are texted to him. Sent twice it is done once."""
    asked = service_offered(service_code)
    form = await request.form()
    key, given = form_key(form.get("key")), told(form.multi_items())
    if asked.kind != "act":
        raise NotFound
    if key is None:
        raise InputNotUnderstood
    secrets = {each.name for each in asked.parameters if each.kind == "secret"}
    try:
        return see_other(await _ordered(request, asked, key, given, form.get("password")))
    except Refused as refused:
        if isinstance(refused, NotFound):
            raise  # what does not exist for him has no page to be told on
        wrong = dict(refused.fields) if isinstance(refused, InputNotUnderstood) else {}
        typed = {name: value for name, value in given.items() if name not in secrets}
        away = isinstance(refused, OperatorAway)
        shown = Asked(typed, wrong, None if away else refused, away=away, key=key)
        return await _shown(request, asked, shown)


async def _ordered(request: AnyRequest, asked: Service, key: str, given: dict[str, str], password: object) -> str:
    """Where the outcome is to be seen. Raises what the catalogue refuses."""
    house, actor = house_of(request), require_actor(request)
    before = await ordering.placed_before(house, actor, key)
    if before is not None and before.code == asked.code:
        return f"/me/orders/{before.id}"
    given = ordering.sealed(house, actor, asked, given)
    if asked.confirm:
        what, _ = chosen(await _fields(request, asked, given), given)
        on = await _terms_now(request, asked, given)
        on.must_hold()
        return await ordering.ask_digits(house, actor, asked, key, given, language_of(request), what, on.price)
    level = await ordering.proved(house, actor, asked, password if isinstance(password, str) else "")
    return await ordering.place(house, actor, asked, key, given, level=level)


ROUTES: Final = (everything, one, do)
