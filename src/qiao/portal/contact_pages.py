"""What I want to be sent, by whose clock it is night for me, and when I want to be called."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from litestar import Response, get, post

from qiao import customers, outreach, routing
from qiao.kernel.ids import CustomerId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.origin import Origin
from qiao.kernel.refused import InputNotUnderstood
from qiao.platform import audit
from qiao.platform.policy import Access
from qiao.platform.web import house_of, page, require_actor, see_other
from qiao.portal.account import service_of
from qiao.portal.signing_in import AnyRequest

CUSTOMER: Final = {"access": Access(audience="customer")}
WINDOW: Final = timedelta(hours=2)
WHEN: Final = N_("Choose a day and a time.")
ZONES: Final = (
    ("Asia/Shanghai", N_("Beijing time")),
    ("Asia/Hong_Kong", N_("Hong Kong")),
    ("Asia/Tokyo", N_("Tokyo, Seoul")),
    ("Asia/Riyadh", N_("Riyadh")),
    ("Europe/London", N_("London")),
    ("Europe/Paris", N_("Paris, Berlin, Madrid")),
    ("America/New_York", N_("New York")),
    ("America/Los_Angeles", N_("Los Angeles")),
)


@get("/me/messages", opt=CUSTOMER, include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """What I agreed to, and the calls I am owed."""
    return await _shown(request, kept=request.query_params.get("kept") == "1")


async def _shown(request: AnyRequest, *, kept: bool) -> Response[str]:
    customer_id = CustomerId(require_actor(request).id)
    async with house_of(request).database.transaction() as tx:
        consent = await outreach.consent_of(tx, customer_id)
        zone = await outreach.zone_chosen_by(tx, customer_id)
        calls = await outreach.callbacks_of(tx, customer_id)
        person = await customers.customer(tx, customer_id)
    return page(
        request,
        "portal/messages.html",
        consent=consent,
        purposes=outreach.PURPOSES,
        zones=ZONES,
        zone=zone or house_of(request).settings.default_zone,
        calls=calls,
        kept=kept,
        person_first=person.person_first,
    )


@post("/me/messages", opt=CUSTOMER, include_in_schema=False, status_code=200)
async def keep(request: AnyRequest) -> Response[Any]:
    """Keep what I ticked; what is not ticked is refused."""
    actor, form = require_actor(request), await request.form()
    customer_id = CustomerId(actor.id)
    ticked = {value for name, value in form.multi_items() if name == "purpose" and isinstance(value, str)}
    zone = form.get("zone")
    async with house_of(request).database.transaction() as tx:
        before = await outreach.consent_of(tx, customer_id)
        for purpose in outreach.CHOSEN:
            if (purpose in ticked) != before[purpose]:
                told = {"purpose": purpose, "channel": "sms", "given": purpose in ticked, "proof": "/me/messages"}
                await outreach.set_consent(tx, customer_id=customer_id, by=actor.reference, **told)  # type: ignore[arg-type]
        if isinstance(zone, str) and zone in dict(ZONES):
            await outreach.choose_zone(tx, customer_id=customer_id, zone=zone)
        await audit.record(tx, actor=actor.reference, act="do.consent", customer_id=actor.id, once=False)
    return see_other("/me/messages?kept=1")


@post("/me/call-back", opt=CUSTOMER, include_in_schema=False, status_code=200)
async def call_back(request: AnyRequest) -> Response[Any]:
    """Promise me a call at a time of mine. One at a time: who is owed a call is owed no second one by another click."""
    actor, form = require_actor(request), await request.form()
    told = form.get("from_at")
    async with house_of(request).database.transaction() as tx:
        customer_id = CustomerId(actor.id)
        person = await customers.customer(tx, customer_id)
        desk = await routing.desk_for(tx, entry_point="portal", segment=person.segment, unit_id=person.unit_id)
        if desk is None:
            raise routing.EntryPointUnknown
        if not await outreach.callbacks_of(tx, customer_id):
            service = service_of(actor)
            zone = outreach.zone_of(service, await outreach.zone_chosen_by(tx, customer_id))
            begins = _instant(told if isinstance(told, str) else "", zone)
            await outreach.promise_callback(
                tx,
                customer_id=customer_id,
                service=service,
                window=(begins, begins + WINDOW),
                matter="",
                desk_id=desk.id,
                preferred_agent_id=None,
                origin=Origin("portal", None, actor.reference),
                key=f"portal:{new_id()}",
            )
            await audit.record(tx, actor=actor.reference, act="do.ask_call", customer_id=actor.id, once=False)
    return see_other("/me/messages?kept=1")


def _instant(typed: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.fromisoformat(typed[:16]).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputNotUnderstood({"from_at": WHEN}) from None


ROUTES: Final = (show, keep, call_back)
