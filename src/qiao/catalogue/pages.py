"""Where a payer comes back to from the payment provider's page, and where the provider himself says that it is settled.

Both are signed by the provider and open to nobody else.
"""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromQuery

from qiao.catalogue.paying import NOTICE_PATH, RETURN_PATH, came_back, was_told
from qiao.catalogue.receipts import receipt_text
from qiao.catalogue.services import service
from qiao.catalogue.waiting import wait_for_order
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page

ANYBODY: Final = {"access": Access(audience="public")}
WAIT_SECONDS: Final = 2.0


@get(RETURN_PATH, opt=ANYBODY, include_in_schema=False)
async def back(request: Request[Any, Any, Any], token: FromQuery[str] = "") -> Response[str]:
    """What became of the payment, by the provider's word; nothing of the account. Raises LinkNotValid, LinkExpired."""
    house = house_of(request)
    found = await came_back(house, token)
    found = await wait_for_order(house, found.id, seconds=0 if found.over else WAIT_SECONDS)
    words = receipt_text(service(found.code), found, language_of(request))
    return page(request, "catalogue/paid.html", words=words, over=found.over)


@post(NOTICE_PATH, opt=ANYBODY, include_in_schema=False, status_code=204)
async def told(request: Request[Any, Any, Any]) -> None:
    """The provider says that a payment is settled; 204 once that is on record. Raises LinkNotValid, LinkExpired."""
    await was_told(house_of(request), await request.body())


ROUTES: Final = (back, told)
