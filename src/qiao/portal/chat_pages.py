"""Talk to someone: the chat on a page of its own."""

from typing import Final

from litestar import Response, get

from qiao import routing
from qiao.kernel.languages import nearest
from qiao.platform.policy import Access
from qiao.platform.web import house_of, page, require_actor
from qiao.portal.signing_in import AnyRequest

CUSTOMER: Final = {"access": Access(audience="customer")}
ENTRY_POINT: Final = "portal"


@get("/talk", opt=CUSTOMER, include_in_schema=False)
async def talk(request: AnyRequest) -> Response[str]:
    """The chat; without JavaScript a link leads to the written one."""
    return page(request, "portal/talk.html", wait=await wait_of(request))


async def wait_of(request: AnyRequest) -> routing.Expected:
    """How long it takes until somebody answers, as routing knows it."""
    actor = require_actor(request)
    async with house_of(request).database.transaction() as tx:
        return await routing.expected_wait(
            tx, entry_point=ENTRY_POINT, channel="chat", language=nearest(actor.language), segment=""
        )


ROUTES: Final = (talk,)
