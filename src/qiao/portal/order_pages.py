"""What became of what he ordered: the receipt, told honestly also while nobody knows, and the way back."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from qiao import catalogue
from qiao.catalogue import Order
from qiao.kernel.ids import CustomerId, OrderId
from qiao.kernel.languages import nearest
from qiao.kernel.refused import NotFound
from qiao.platform.policy import Access, Level
from qiao.platform.web import house_of, language_of, page, require_actor
from qiao.portal.account import service_of
from qiao.portal.forms import PREFIX, spelled_out
from qiao.portal.preferring import follow
from qiao.portal.signing_in import AnyRequest
from qiao.portal.steps import isolated

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
    response = page(
        request,
        "portal/order.html",
        isolated=partial(isolated, language=language),
        order=found,
        asked=asked,
        name=asked.names[nearest(language)],
        told=catalogue.receipt_text(asked, found, language),
        given=spelled_out(asked, found.parameters, language),
        way_back=way_back(found),
        may_again=_may_again(found),
    )
    follow(response, house_of(request), found)
    return response


@dataclass(frozen=True, slots=True)
class WayBack:
    """The order that takes one back: pressed at once, or by its own form where that asks for more."""

    code: str
    given: dict[str, str]
    key: str
    at_once: bool

    @property
    def href(self) -> str:
        """Its form, filled in."""
        return f"/me/do/{self.code}?{urlencode({PREFIX + name: value for name, value in self.given.items()})}"


def way_back(order: Order) -> WayBack | None:
    """How he takes it back himself; None where he cannot. Pressed twice it is one order."""
    found = catalogue.undo_of(order)
    if found is None or not _his_own(found[0]):
        return None
    asked = catalogue.service(found[0])
    at_once = not asked.confirm and asked.level <= Level.ONE_FACTOR
    return WayBack(found[0], found[1], f"undo-{order.id}", at_once)


def _may_again(order: Order) -> bool:
    """Whether it can be ordered anew: the customer may have it himself, and this one is over."""
    return order.over and _his_own(order.code)


def _his_own(code: str) -> bool:
    return any(one.code == code for one in catalogue.services(audience="customer"))


ROUTES: Final = (mine, receipt)
