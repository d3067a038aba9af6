"""The handset's dial pad: its page calls us by SIP and WebRTC, as the customer whose telephone it shows."""

import asyncio
from typing import Any, Final

from litestar import Request, Response, WebSocket, post, websocket
from litestar.params import FromQuery

from qiao.app.demo.cast import FAULT_LINE, ROAMING_LINE
from qiao.app.demo.handset import HOTLINE
from qiao.bss import sandbox
from qiao.channels.voice.sandbox.handset import handset_of, have_handset, trunk_of
from qiao.channels.voice.sip_socket import hand_through
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound
from qiao.kernel.service_ids import ServiceId
from qiao.platform.policy import Access
from qiao.platform.settings import Settings
from qiao.platform.web import house_of

PUBLIC: Final = {"access": Access(audience="public")}
LINES: Final = ((HOTLINE, N_("Hotline")), (FAULT_LINE, N_("Fault line")), (ROAMING_LINE, N_("Roaming line")))
"""Numbers that are dialled with one press."""


def may_call(settings: Settings, service: ServiceId) -> bool:
    """Whether there are calls in this demo, and this is a telephone of its cast."""
    return trunk_of(settings) is not None and any(person.service == service for person in sandbox.CAST)


def _of_cast(settings: Settings, number: str) -> ServiceId:
    found = next((person.service for person in sandbox.CAST if person.service.value == number), None)
    if found is None or not may_call(settings, found):
        raise NotFound
    return found


@post("/demo/handset/telephone", opt=PUBLIC, include_in_schema=False, status_code=200)
async def telephone(request: Request[Any, Any, Any]) -> Response[dict[str, object]]:
    """What this page calls with. Raises NotFound without calls or for a stranger's number, TelephoneAway."""
    settings, form = house_of(request).settings, await request.form()
    told = await have_handset(settings, _of_cast(settings, str(form.get("number", ""))))
    return Response({"user": told.user, "domain": told.domain, "realm": told.realm, "ha1": told.ha1})


@websocket("/demo/handset/sip", opt=PUBLIC)
async def sip(socket: WebSocket[Any, Any, Any], number: FromQuery[str] = "") -> None:
    """The page's line to Asterisk: what goes up bears this handset's name, so never an agent's or the trunk's."""
    settings = house_of(socket).settings
    await hand_through(socket, handset_of(_of_cast(settings, number)), settings, _as_long_as_it_likes, dials=True)


async def _as_long_as_it_likes() -> int | None:
    await asyncio.Event().wait()
    return None


ROUTES: Final = (telephone, sip)
