"""An agent's SIP over our own address: one WebSocket of his session, handed through to Asterisk.

The session and the page's origin are checked as for every socket of the house; what goes up must bear his own name.
The house asks for a sign of life (RFC 5626, 4.4.1, the other way round: an answer needs no timer, and browsers slow
timers down in tabs that nobody sees), so each side soon knows of a line that died without a word.
"""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import structlog
from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect
from psycopg import Error as DriverError
from sqlalchemy.exc import DBAPIError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from qiao.channels.voice.endpoints import endpoint_of
from qiao.kernel.ids import AgentId
from qiao.platform import sessions
from qiao.platform.house import House
from qiao.platform.policy import Access, Actor
from qiao.platform.settings import Settings
from qiao.platform.web import house_of, require_actor

AnySocket = WebSocket[Any, Any, Any]
TAKES: Final = {"access": Access(audience="staff", right="contacts.take")}
SIP: Final = "sip"
OPEN_SECONDS: Final = 5.0
MESSAGE_BYTES_MAX: Final = 32 * 1024
MESSAGES_A_MINUTE_MAX: Final = 600
LOOK_SECONDS: Final = 4.0
ASKED_MAX: Final = 3
"""So often in a row he may leave unanswered whether he is there."""
THERE, YES = "\r\n\r\n", "\r\n"
GOING_AWAY, POLICY, TRY_LATER, SESSION_OVER = 1001, 1008, 1013, 4401
LINES: Final = re.IGNORECASE | re.MULTILINE
NAMED: Final = r'(?:"[^"<>\\\r\n]*"[ \t]*)?'
"""A name before an address, which cannot be taken for an address itself."""
FROM: Final = re.compile(
    rf'^(?:From|f)[ \t]*:[ \t]*{NAMED}<?sips?:([^@;:<>"\s]{{1,80}})@[^<>"\r\n]*>?[^<>"\r\n]*\r?$',
    re.IGNORECASE | re.MULTILINE,
)
TO: Final = re.compile(
    rf'^(?:To|t)[ \t]*:[ \t]*{NAMED}<[^<>"\r\n]+>[^<>"\r\n]*;tag=[^<>"\s]+\r?$', re.IGNORECASE | re.MULTILINE
)
TELLS: Final = re.compile(r"^(From|f|To|t)[ \t]*:", re.IGNORECASE | re.MULTILINE)
BARE: Final = re.compile(r"\r(?!\n)|(?<!\r)\n")
"""Ends of lines that Asterisk would take for such and we would not."""
log = structlog.get_logger(__name__)


def may_say(message: str, name: str, *, dials: bool = False) -> bool:
    """Whether this goes up: an answer, a keep-alive, or a request that bears his own name, once.

    Of requests only REGISTER, and those within a call that is there (RFC 3261, 12.2), unless he `dials`: what comes
    from this machine under a name that Asterisk does not know, as an agent's is once he is signed off, would be taken
    for a call of a trunk with an address of this machine.
    """
    if not message.strip():
        return True
    if message.startswith("SIP/2.0 "):
        return True
    head = message.partition("\r\n\r\n")[0]
    if BARE.search(head) or len(TELLS.findall(head)) != 2 or FROM.findall(head) != [name]:
        return False
    return dials or message.startswith("REGISTER ") or TO.search(head) is not None


@websocket("/sip-ws", opt=TAKES)
async def sip(socket: AnySocket) -> None:
    """Hand messages through until either side goes, or the session does."""
    house, actor = house_of(socket), require_actor(socket)
    name = endpoint_of(AgentId(actor.id))
    await hand_through(socket, name, house.settings, lambda: _while_signed_in(house, actor))


async def hand_through(
    socket: AnySocket, name: str, settings: Settings, stays: Callable[[], Awaitable[int | None]], *, dials: bool = False
) -> None:
    """Accept it and be this endpoint's line to Asterisk, in its name alone, until `stays` or either side ends.

    `dials`: it may begin calls; else it is rung. What `stays` returns is the close code; None is "going away".
    """
    asked = socket.scope.get("subprotocols") or ()
    await socket.accept(subprotocols=SIP if SIP in asked else None)
    if SIP not in asked:
        await socket.close(POLICY)
        return
    code = GOING_AWAY
    address = f"ws://127.0.0.1:{settings.voice.http_port}/ws"
    try:
        async with connect(
            address,
            subprotocols=[Subprotocol(SIP)],
            open_timeout=OPEN_SECONDS,
            max_size=MESSAGE_BYTES_MAX,
            ping_interval=None,
            proxy=None,
        ) as asterisk:
            pulse = Pulse()
            parts = [
                asyncio.create_task(_up(socket, asterisk, partial(may_say, name=name, dials=dials), pulse)),
                asyncio.create_task(_down(socket, asterisk)),
                asyncio.create_task(_alive(socket, pulse)),
                asyncio.ensure_future(stays()),
            ]
            try:
                done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
                code = next((told for part in done if (told := part.result()) is not None), GOING_AWAY)
            finally:
                for part in parts:
                    part.cancel()
                await asyncio.gather(*parts, return_exceptions=True)
    except (OSError, TimeoutError, WebSocketException):
        code = TRY_LATER
    except WebSocketDisconnect:
        return
    with contextlib.suppress(Exception):
        await socket.close(code)


@dataclass(slots=True)
class Pulse:
    """How often the browser was asked since it last said anything."""

    asked: int = 0


async def _up(
    socket: WebSocket[Any, Any, Any], asterisk: ClientConnection, goes: Callable[[str], bool], pulse: Pulse
) -> int | None:
    loop = asyncio.get_running_loop()
    heard, since = 0, loop.time()
    while True:
        try:
            message = await socket.receive_text()
        except (WebSocketDisconnect, KeyError):
            return None
        pulse.asked = 0
        if loop.time() - since > 60:
            heard, since = 0, loop.time()
        heard += 1
        if heard > MESSAGES_A_MINUTE_MAX or len(message) > MESSAGE_BYTES_MAX or not goes(message):
            log.warning("voice.sip_refused", path=socket.url.path)
            return POLICY
        if message == THERE:
            await socket.send_text(YES)
        elif message != YES:
            await asterisk.send(message)


async def _down(socket: WebSocket[Any, Any, Any], asterisk: ClientConnection) -> int | None:
    async for message in asterisk:
        await socket.send_text(message if isinstance(message, str) else message.decode("utf-8", "replace"))
    return TRY_LATER


async def _alive(socket: WebSocket[Any, Any, Any], pulse: Pulse) -> int:
    while pulse.asked < ASKED_MAX:
        await socket.send_text(THERE)
        pulse.asked += 1
        await asyncio.sleep(LOOK_SECONDS)
    return GOING_AWAY


async def _while_signed_in(house: House, actor: Actor) -> int | None:
    """A screen that is locked while he talks cuts nobody off; signed out he is gone."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        with contextlib.suppress(DBAPIError, DriverError, OSError):  # while the database is away he talks on
            async with house.database.transaction() as tx:
                mine = await sessions.all_of(tx, audience="staff", subject_id=actor.id)
            if actor.session_id not in {one.id for one in mine}:
                return SESSION_OVER
