"""The chat's wire over HTTP and WebSocket; README.md describes the protocol."""

import asyncio
import contextlib
import gzip
import json
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final
from uuid import UUID

from litestar import Response, WebSocket, get, post, websocket
from litestar.params import FromPath

from qiao.channels.chat import operations, queries, saying, visits
from qiao.channels.chat.answering import AnyRequest, asked_json, in_his_language, language_asked, text_field
from qiao.channels.chat.claims import VisitNotKnown
from qiao.channels.chat.connection import Connection
from qiao.channels.chat.doors import Caller, caller_of
from qiao.channels.chat.frames import FRAME_BYTES_MAX, FrameTooLarge, Hello, resume, wire
from qiao.channels.chat.model import PORTAL
from qiao.channels.chat.switchboard import switchboard_of
from qiao.channels.chat.telling import Teller
from qiao.channels.chat.texts import pack, pack_json, spoken
from qiao.interactions import TEXT_CHARACTERS_MAX
from qiao.kernel.languages import RIGHT_TO_LEFT
from qiao.kernel.refused import InputNotUnderstood, NotFound, Refused
from qiao.platform.policy import Access
from qiao.platform.web import house_of

OPEN: Final[dict[str, Any]] = {"access": Access(audience="public"), "any_origin": True}
"""Open to all as far as the house's session rules go; each route here checks token, ticket or session itself."""
POLL_SECONDS: Final = 20.0
SCRIPT: Final = "text/javascript; charset=utf-8"
ASSETS: Final = {
    "chat-client.js": SCRIPT,
    "chat-link.js": SCRIPT,
    "chat-parts.js": SCRIPT,
    "chat-view.js": SCRIPT,
    "frame.js": SCRIPT,
    "chat.css": "text/css; charset=utf-8",
}


@get("/chat/widget.js", opt=OPEN, include_in_schema=False, sync_to_thread=False)
def widget(request: AnyRequest) -> Response[bytes]:
    """The one script a host site embeds: a button and a frame of ours."""
    return _asset(request, "widget.js", SCRIPT, {"Cross-Origin-Resource-Policy": "cross-origin"})


@get("/chat/assets/{name:str}", opt=OPEN, include_in_schema=False, sync_to_thread=False)
def assets(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """The chat's own modules and style; `chat-client.js` is the component that other pages mount."""
    if name not in ASSETS:
        raise NotFound
    return _asset(request, name, ASSETS[name], {})


def _asset(request: AnyRequest, name: str, media_type: str, headers: dict[str, str]) -> Response[bytes]:
    content = files("qiao.channels.chat").joinpath("frontend", name).read_bytes()
    about = {"Content-Type": media_type, "Cache-Control": "max-age=300", "Vary": "Accept-Encoding", **headers}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(_packed(content), headers={**about, "Content-Encoding": "gzip"})
    return Response(content, headers=about)


@lru_cache(maxsize=32)
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)


@get("/chat/texts/{language:str}", opt=OPEN, include_in_schema=False, sync_to_thread=False)
def texts(language: FromPath[str]) -> Response[bytes]:
    """All texts of the chat in the nearest of nine languages."""
    content = pack_json(spoken(language)).encode()
    return Response(content, headers={"Content-Type": "application/json", "Cache-Control": "max-age=300"})


@get("/chat/frame", opt=OPEN, include_in_schema=False)
@in_his_language
async def frame(request: AnyRequest) -> Response[str]:
    """The widget's inside, framed only by the pages of its site."""
    house = house_of(request)
    async with house.database.transaction() as tx:
        place = await queries.site(tx, request.query_params.get("site", PORTAL)[:80])
    language = language_asked(request) if request.query_params.get("lang") else place.language
    html = request.app.state.pages.render(
        "chat/frame.html",
        language,
        {
            "site": place.key,
            "language": language,
            "direction": "rtl" if language in RIGHT_TO_LEFT else "ltr",
            "title": pack(language)["title"],
        },
    )
    ancestors = " ".join(["'self'", *place.origins])
    policy = (
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        f"frame-ancestors {ancestors}"
    )
    return Response(html, media_type="text/html", headers={"Content-Security-Policy": policy})


@post("/chat/visits", opt=OPEN, status_code=200, include_in_schema=False)
@in_his_language
async def visit(request: AnyRequest) -> Response[Any]:
    """Be known (again) and get a ticket for one connection. Writes nothing."""
    caller = await caller_of(request, await asked_json(request), may_be_new=True)
    now = caller.house.clock.now()
    told: dict[str, Any] = {
        "ticket": visits.ticket(caller.keys, caller.party, now=now),
        "language": caller.party.language,
        "text_max": TEXT_CHARACTERS_MAX,
        "file_bytes_max": caller.house.settings.upload_bytes_max,
    }
    if caller.party.customer_id is None:
        told["token"] = visits.visitor_token(caller.keys, caller.party, now=now)
    return Response(told)


@websocket("/chat/ws", opt=OPEN)
async def socket(socket: WebSocket[Any, Any, Any]) -> None:
    """One tab's connection: `?ticket=` from a visit, from a page of ours or of the ticket's site; else 403."""
    house = house_of(socket)
    keys = visits.keys_of(house)
    try:
        now = house.clock.now()
        party, nonce = visits.ticket_holder(keys, socket.query_params.get("ticket", ""), now=now)
        async with house.database.transaction() as tx:
            place = await queries.site(tx, party.site_key)
            if not visits.origin_fits(socket, place, address=house.settings.address):
                raise VisitNotKnown
            await operations.use_ticket(tx, nonce=nonce, seconds=visits.TICKET_SECONDS)
    except Refused:
        await socket.close()
        return
    teller = Teller(party, place, keys, house.settings.default_zone)
    await Connection(socket, house, switchboard_of(socket), teller).run()


@post("/chat/messages", opt=OPEN, status_code=200, include_in_schema=False)
@in_his_language
async def say(request: AnyRequest) -> Response[Any]:
    """One message, where no socket can be had: `{"key", "text"}`; answered with its number."""
    value = await _small(request)
    caller = await caller_of(request, value)
    key, text = text_field(value, "key", most=64), text_field(value, "text", most=FRAME_BYTES_MAX)
    if key is None or text is None:
        raise InputNotUnderstood
    admit(caller)
    reply = text_field(value, "reply", most=8) or ""
    told = {"key": key, "text": text, "reply": reply}
    message = await saying.say(caller.house, party=caller.party, place=caller.place, **told)
    return Response({"key": key, "seq": message.seq, "conversation": str(message.interaction_id)})


async def _small(request: AnyRequest) -> dict[str, Any]:
    if int(request.headers.get("content-length") or 0) > FRAME_BYTES_MAX:
        raise FrameTooLarge
    return await asked_json(request)


def admit(caller: Caller) -> None:
    """One token of the caller's pace. Raises TooFast."""
    caller.board.paces.admit(caller.party.key, f"post {caller.party.key}")


@post("/chat/leave", opt=OPEN, status_code=200, include_in_schema=False)
@in_his_language
async def leave(request: AnyRequest) -> Response[Any]:
    """The customer ends his conversation."""
    caller = await caller_of(request, await _small(request))
    async with caller.house.database.transaction() as tx:
        await operations.leave(tx, party=caller.party)
    return Response({})


@post("/chat/poll", opt=OPEN, status_code=200, include_in_schema=False)
@in_his_language
async def poll(request: AnyRequest) -> Response[Any]:
    """News since `{"conversation", "last"}`, at once or within 20 s; frames as the socket sends them."""
    value = await _small(request)
    caller = await caller_of(request, value)
    hello = Hello(_uuid(value.get("conversation")), value.get("last") if type(value.get("last")) is int else None)
    woken = asyncio.Event()

    def hears(_: str) -> None:
        woken.set()

    topics = {operations.topic_of(caller.party)}
    if hello.conversation is not None:
        topics.add(f"interaction:{hello.conversation}")
    caller.board.listen(hears, topics)
    try:
        frames = await _news(caller, hello)
        if len(frames) == 1 and value.get("wait") is True:
            woken.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await woken.wait()
            frames = await _news(caller, hello)
    finally:
        caller.board.stop_listening(hears, topics)
    return Response({"frames": [json.loads(wire(told)) for told in frames]})


async def _news(caller: Caller, hello: Hello) -> list[dict[str, Any]]:
    """A snapshot, or what was said after the number, and always the state last."""
    async with caller.house.database.transaction() as tx:
        view = await queries.view(tx, caller.party)
        contact = view.contact
        plan = resume(hello, contact.id if contact else None, contact.last_seq if contact else 0)
        told: list[dict[str, Any]] = []
        if contact is None or plan.after is None:
            told.append(await caller.teller.snapshot(tx, view))
        elif contact.last_seq > plan.after:
            fresh = await caller.teller.after(tx, contact.id, plan.after)
            told.append({"t": "messages", "conversation": str(contact.id), "messages": fresh})
        if contact is not None and contact.phase == "waiting":
            seconds = caller.place.gone_seconds
            await operations.still_here(tx, interaction_id=contact.id, gone_seconds=seconds)
        return [*told, {"t": "state", **await caller.teller.state(tx, view)}]


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
