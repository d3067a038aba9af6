"""What I want to be sent, and by whose clock it is night for me."""

from typing import Any, Final

from litestar import Response, get, post

from qiao import outreach
from qiao.kernel.ids import CustomerId
from qiao.kernel.languages import N_
from qiao.platform import audit
from qiao.platform.policy import Access
from qiao.platform.web import house_of, page, require_actor, see_other
from qiao.portal.signing_in import AnyRequest

CUSTOMER: Final = {"access": Access(audience="customer")}
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
    return page(
        request,
        "portal/messages.html",
        consent=consent,
        purposes=outreach.PURPOSES,
        zones=ZONES,
        zone=zone or house_of(request).settings.default_zone,
        calls=calls,
        kept=kept,
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


ROUTES: Final = (show, keep)
