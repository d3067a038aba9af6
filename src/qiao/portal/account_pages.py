"""My bill and my services."""

from typing import Any, Final
from uuid import uuid4

from litestar import Response, get, post
from litestar.params import FromQuery

from qiao import catalogue
from qiao.bss import OperatorAway
from qiao.kernel.ids import CustomerId
from qiao.kernel.languages import N_
from qiao.kernel.origin import Origin
from qiao.kernel.refused import InputNotUnderstood, NotFound
from qiao.platform.policy import Access, Basis
from qiao.platform.web import house_of, page, require_actor
from qiao.portal.account import ask, service_of
from qiao.portal.signing_in import AnyRequest

CUSTOMER: Final = {"access": Access(audience="customer")}
WAIT_SECONDS: Final = 2.0


@get("/me/bill", opt=CUSTOMER, include_in_schema=False)
async def bill(request: AnyRequest, month: FromQuery[str] = "") -> Response[str]:
    """One month's bill, line by line; the newest when none is named."""
    house, actor = house_of(request), require_actor(request)
    try:
        bills = await ask(house, actor, "bills")
        known = [one.month for one in bills]
        if month and month not in known:
            raise NotFound
        chosen = month or (known[0] if known else "")
        found = await ask(house, actor, "bill", month=chosen) if chosen else None
    except OperatorAway:
        return page(request, "portal/bill.html", bills=[], found=None, chosen="", away=True)
    return page(request, "portal/bill.html", bills=bills, found=found, chosen=chosen, away=False)


@get("/me/services", opt=CUSTOMER, include_in_schema=False)
async def services(request: AnyRequest) -> Response[str]:
    """What runs on my number, and what it costs."""
    return await _services(request)


async def _services(request: AnyRequest, *, order: Any = None) -> Response[str]:
    house, actor = house_of(request), require_actor(request)
    try:
        found, plan = await ask(house, actor, "services_list"), await ask(house, actor, "plan")
        away = False
    except OperatorAway:
        found, plan, away = [], None, True
    key = str(uuid4())
    return page(request, "portal/services.html", found=found, plan=plan, away=away, order=order, key=key)


@post("/me/services/cancel", opt=CUSTOMER, include_in_schema=False, status_code=200)
async def cancel(request: AnyRequest) -> Response[str]:
    """Cancel one value-added service; the outcome is shown as soon as it is known, or said to be on its way."""
    house, actor = house_of(request), require_actor(request)
    form = await request.form()
    ref, key = form.get("subscription"), form.get("key")
    if not isinstance(ref, str) or not isinstance(key, str) or not ref or not 8 <= len(key) <= 64:
        raise InputNotUnderstood({"subscription": N_("Choose the service to cancel.")})
    async with house.database.transaction() as tx:
        placed = await catalogue.place_order(
            tx,
            code="cancel_subscription",
            customer_id=CustomerId(actor.id),
            target=service_of(actor),
            parameters={"subscription_ref": ref},
            actor_ref=actor.reference,
            level=actor.level,
            basis=Basis.SELF,
            origin=Origin(channel="web", interaction=None, actor=actor.reference, flow=None),
            key=f"portal:{actor.id}:{key}",
        )
    return await _services(request, order=await catalogue.wait_for_order(house, placed.id, seconds=WAIT_SECONDS))


ROUTES: Final = (bill, services, cancel)
