"""What became of what he ordered: the receipt, told honestly also while nobody knows, and the way back."""

from functools import partial
from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from qiao import catalogue
from qiao.catalogue import Order
from qiao.kernel.ids import CustomerId, OrderId
from qiao.kernel.languages import nearest
from qiao.kernel.refused import NotFound
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, require_actor
from qiao.portal.account import service_of
from qiao.portal.model_form import spelled_out
from qiao.portal.model_help import isolated
from qiao.portal.signing_in import AnyRequest

CUSTOMER: Final = {"access": Access(audience="customer")}
SHOWN_MAX: Final = 30


@get("/me/orders", opt=CUSTOMER, include_in_schema=False)
async def mine(request: AnyRequest) -> Response[str]:
    """What was done for this number, newest first, through whatever door it was asked."""
    actor, language = require_actor(request), nearest(language_of(request))
    async with house_of(request).database.transaction() as tx:
        orders = await catalogue.orders_of(tx, CustomerId(actor.id), limit=SHOWN_MAX)
    his = [one for one in orders if one.target == service_of(actor)]
    shown = [(one, catalogue.service(one.code).names[language]) for one in his]
    return page(request, "portal/orders.html", orders=shown)


@get("/me/orders/{order_id:uuid}", opt=CUSTOMER, include_in_schema=False)
async def receipt(request: AnyRequest, order_id: FromPath[UUID]) -> Response[Any]:
    """One of them. Somebody else's, or another number's, does not exist."""
    actor, language = require_actor(request), language_of(request)
    async with house_of(request).database.transaction() as tx:
        found = await catalogue.order(tx, OrderId(order_id))
    if found.customer_id != actor.id or found.target != service_of(actor):
        raise NotFound
    asked = catalogue.service(found.code)
    return page(
        request,
        "portal/order.html",
        isolated=partial(isolated, language=language),
        order=found,
        asked=asked,
        name=asked.names[nearest(language)],
        told=catalogue.receipt_text(asked, found, language),
        given=spelled_out(asked, found.parameters, language),
        way_back="",
        may_again=_may_again(found),
    )


def _may_again(order: Order) -> bool:
    """Whether it can be ordered anew: the customer may have it himself, and this one is over."""
    return order.over and any(one.code == order.code for one in catalogue.services(audience="customer"))


ROUTES: Final = (mine, receipt)
