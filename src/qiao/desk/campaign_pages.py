"""Reply codes of campaigns at the desk: which word opens which service, from when until when."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, get, post
from litestar.params import FromPath

from qiao import catalogue, outreach, routing, selfservice
from qiao.desk.forms import AnyRequest
from qiao.desk.typed import NOTHING_TYPED, Typed, Wrong, in_fields, read, sentence
from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood, NotFound, Refused
from qiao.outreach import CampaignCode
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, redirect, require_actor

WRITES: Final = {"access": Access(audience="staff", right=outreach.CAMPAIGNS_RIGHT)}
NO_MOMENT: Final = N_("Choose a day and a time.")
NO_PAIR: Final = N_("Write each as name = value, one a line.")
LINES_MAX: Final = 10


@get("/desk/campaigns", opt=WRITES, include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """All codes, with what each opens and whether it does so now."""
    async with house_of(request).database.transaction() as tx:
        found = await outreach.campaign_codes(tx)
        now = tx.now
    names = dict(_services(language_of(request)))
    lines = [(one, names.get(one.service, one.service), _stands(one, now)) for one in found]
    return page(request, "desk/campaigns.html", lines=lines)


def _stands(one: CampaignCode, now: datetime) -> str:
    return "live" if one.live(now) else "ahead" if now < one.from_at else "over"


@get("/desk/campaigns/new", opt=WRITES, include_in_schema=False)
async def add_form(request: AnyRequest) -> Response[str]:
    """A code to be added."""
    return _form(request, None)


@get("/desk/campaigns/{code_id:uuid}", opt=WRITES, include_in_schema=False)
async def edit(request: AnyRequest, code_id: FromPath[UUID]) -> Response[str]:
    """One code to be changed."""
    async with house_of(request).database.transaction() as tx:
        found = await outreach.campaign_code(tx, code_id)
    zone = ZoneInfo(house_of(request).settings.default_zone)
    written = {
        "code": (found.code,),
        "campaign": (found.campaign,),
        "service": (found.service,),
        "parameters": ("\n".join(f"{name} = {value}" for name, value in found.parameters.items()),),
        "from_at": (f"{found.from_at.astimezone(zone):%Y-%m-%dT%H:%M}",),
        "until_at": (f"{found.until_at.astimezone(zone):%Y-%m-%dT%H:%M}",),
        "rev": (str(found.rev),),
    }
    return _form(request, found, Typed(written))


@post("/desk/campaigns", opt=WRITES, include_in_schema=False, status_code=200)
async def add(request: AnyRequest) -> Response[Any]:
    """Add a code."""
    return await _keep(request, None, await read(request))


@post("/desk/campaigns/{code_id:uuid}", opt=WRITES, include_in_schema=False, status_code=200)
async def change(request: AnyRequest, code_id: FromPath[UUID]) -> Response[Any]:
    """Change a code; what somebody else changed meanwhile is not overwritten."""
    async with house_of(request).database.transaction() as tx:
        found = await outreach.campaign_code(tx, code_id)
    return await _keep(request, found, await read(request))


async def _keep(request: AnyRequest, found: CampaignCode | None, typed: Typed) -> Response[Any]:
    actor, house = require_actor(request), house_of(request)
    rev = typed["rev"]
    try:
        told = _told(typed, ZoneInfo(house.settings.default_zone))
        async with house.database.transaction() as tx:
            numbers, code = await routing.entry_points(tx), told["code"]
            await outreach.keep_code(
                tx,
                code_id=found.id if found else None,
                reserved=[
                    *numbers,
                    *([code] if selfservice.wants_person(code) or selfservice.is_emergency(code) else []),
                ],
                seen_rev=int(rev) if rev.isascii() and rev.isdecimal() and len(rev) < 9 else 0,
                by=actor.reference,
                **told,
            )
    except NotFound:
        raise
    except Refused as refused:
        return _form(request, found, typed, refused=refused)
    return redirect(request, "/desk/campaigns")


def _told(typed: Typed, zone: ZoneInfo) -> dict[str, Any]:
    """What was typed, read. Raises InputNotUnderstood by field."""
    wrong: dict[str, str] = {}
    moments = {}
    for name in ("from_at", "until_at"):
        try:
            moments[name] = datetime.fromisoformat(typed[name][:16]).replace(tzinfo=zone)
            if not 2000 <= moments[name].year < 9000:
                wrong[name] = NO_MOMENT
        except ValueError:
            wrong[name] = NO_MOMENT
    parameters: dict[str, str] = {}
    for line in [one for one in typed["parameters"].splitlines() if one.strip()][: LINES_MAX + 1]:
        name, equals, value = line.partition("=")
        if not equals or not name.strip() or not value.strip() or len(line) > 300 or "\0" in line:
            wrong["parameters"] = NO_PAIR
        parameters[name.strip()] = value.strip()
    if len(parameters) > LINES_MAX:
        wrong["parameters"] = NO_PAIR
    if wrong:
        raise InputNotUnderstood(wrong)
    plain = {name: typed[name] for name in ("code", "campaign", "service")}
    return {**plain, "parameters": parameters, **moments}


def _services(language: str) -> list[tuple[str, str]]:
    return [(one.code, one.names.get(language) or one.names["en"]) for one in catalogue.services(audience="customer")]


def _form(
    request: AnyRequest, found: CampaignCode | None, typed: Typed = NOTHING_TYPED, *, refused: Refused | None = None
) -> Response[str]:
    wrong = in_fields(request, refused) if refused else Wrong()
    services = {one.code: one for one in catalogue.services(audience="customer")}
    asks = [
        f"{code}: {', '.join(one.name for one in told.parameters)}"
        for code, told in services.items()
        if told.parameters
    ]
    answer = page(
        request,
        "desk/campaign_form.html" if request.headers.get("hx-request") else "desk/campaign.html",
        status=refused.status if refused else 200,
        found=found,
        typed=typed,
        wrong=wrong,
        refused=sentence(request, refused) if refused and not wrong else "",
        services=_services(language_of(request)),
        asks=asks,
        zone_shown=house_of(request).settings.default_zone,
    )
    if refused is not None:
        answer.headers["X-Refusal-Code"] = refused.code
    return answer


ROUTES: Final = (show, add_form, edit, add, change)
