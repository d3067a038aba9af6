"""My page."""

from typing import Any, Final

from litestar import Response, get

from qiao import cases, customers
from qiao.kernel.ids import CustomerId
from qiao.platform.policy import Access
from qiao.platform.web import actor_of, house_of, language_of, page, see_other
from qiao.portal.account import account
from qiao.portal.chat_pages import wait_of
from qiao.portal.signing_in import AnyRequest

PUBLIC: Final = {"access": Access(audience="public")}


@get("/", opt=PUBLIC, include_in_schema=False)
async def home(request: AnyRequest) -> Response[Any]:
    """What I have, what is going on, and somebody to talk to; a stranger is asked who he is."""
    actor = actor_of(request)
    if actor is None or actor.kind != "customer":
        return see_other("/sign-in")
    house = house_of(request)
    async with house.database.transaction() as tx:
        me = await customers.customer(tx, CustomerId(actor.id))
        matters = await cases.matters_for_customer(tx, me.id, language=language_of(request))
    mine = await account(house, actor)
    return page(request, "portal/home.html", me=me, mine=mine, matters=matters, wait=await wait_of(request))


ROUTES: Final = (home,)
