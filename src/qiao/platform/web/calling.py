"""Who is calling: the session behind the cookie, the same-origin rule, and what each route asks."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from qiao.kernel.languages import N_
from qiao.kernel.refused import NotAllowed, NotFound, Refused
from qiao.platform.house import House
from qiao.platform.policy import Access, Actor
from qiao.platform.sessions import cookie_name

Audience = Literal["staff", "customer"]
Authenticate = Callable[[House, Audience, str, bool], Awaitable[Actor | None]]
"""`(house, side, token, by_hand)`: who is behind the cookie; `by_hand` False for what a page fetches by itself."""
BY_ITSELF: Final = "x-qiao-by-itself"
"""The header of such a fetch: it keeps no session awake. Whoever leaves it out only keeps his own screen open."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class SignInNeeded(Refused):
    """Nobody is signed in on the side this page belongs to; the door leads to the sign-in page."""

    code = "web.sign_in_needed"
    status = 401
    text = N_("Please sign in first. What you typed is kept on this device.")

    def __init__(self, audience: Audience) -> None:
        super().__init__()
        self.audience = audience


class FormTooOld(Refused):
    """The form's token does not belong to this session, or another site sent it."""

    code = "web.form_too_old"
    status = 403
    text = N_("This page was open for too long or came from elsewhere. Nothing was changed; reload and try again.")


def access_of(handler: BaseRouteHandler) -> Access:
    """What the route asks; every route names it, or the app does not start."""
    access = handler.opt.get("access")
    if not isinstance(access, Access):
        raise LookupError(f"route {handler} names no access")  # noqa: TRY004 - something is missing
    return access


def actor_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Actor | None:
    """Whoever is signed in on the side this route belongs to, if anybody."""
    actor: Actor | None = connection.scope.get("user")
    return actor


def require_actor(connection: ASGIConnection[Any, Any, Any, Any]) -> Actor:
    """The same, where the route asks for one."""
    actor = actor_of(connection)
    if actor is None:
        raise SignInNeeded(_side(access_of(connection.route_handler)))
    return actor


def _side(access: Access) -> Audience:
    return "staff" if access.audience in ("staff", "any") else "customer"


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuse whoever the route is not for; what cannot be seen does not exist."""
    if connection.scope.get("method") == "OPTIONS":
        return
    access = access_of(handler)
    if access.audience == "public":
        return
    actor = require_actor(connection)
    if access.audience != "any" and actor.kind != access.audience:
        raise NotFound
    if access.right is not None and access.right not in actor.rights:
        raise NotAllowed


class CallingMiddleware:
    """Finds the actor, checks that a change was asked for by our own page, and sets the security headers."""

    def __init__(self, app: ASGIApp, authenticate: Authenticate, house: House) -> None:
        self.app = app
        self.authenticate = authenticate
        self.house = house
        self._hosts = {urlsplit(house.settings.address).netloc.lower()}
        https = house.settings.address.startswith("https:")
        sides: tuple[Audience, Audience] = ("staff", "customer")
        self._cookies = {side: cookie_name(side, https=https) for side in sides}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in (ScopeType.HTTP, ScopeType.WEBSOCKET):
            await self.app(scope, receive, send)
            return
        connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        handler = connection.route_handler
        access = handler.opt.get("access")
        scope["user"] = await self._find(connection, access) if isinstance(access, Access) else None
        scope["auth"] = None
        open_to_all = bool(handler.opt.get("any_origin"))
        if scope["type"] == ScopeType.WEBSOCKET:
            if not open_to_all:
                self._check_origin(connection, needed=True)
            await self.app(scope, receive, send)
            return
        if str(scope.get("method")) not in _SAFE and not open_to_all:
            self._check_origin(connection, needed=False)
            if scope["user"] is not None:
                await self._check_token(scope, receive)
        await self.app(scope, receive, self._with_headers(send, framed=bool(handler.opt.get("framed"))))

    async def _find(self, connection: ASGIConnection[Any, Any, Any, Any], access: Access) -> Actor | None:
        sides: tuple[Audience, ...] = ("staff", "customer")
        if access.audience in sides:
            sides = (access.audience,)
        elif access.audience == "public":
            sides = ("staff",) if connection.url.path.startswith("/desk") else ("customer",)
        by_hand = connection.scope["type"] == ScopeType.HTTP and BY_ITSELF not in connection.headers
        for side in sides:
            token = connection.cookies.get(self._cookies[side])
            if token and (actor := await self.authenticate(self.house, side, token, by_hand)) is not None:
                return actor
        return None

    def _check_origin(self, connection: ASGIConnection[Any, Any, Any, Any], *, needed: bool) -> None:
        origin = connection.headers.get("origin")
        if origin is None:
            if needed or connection.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
                raise FormTooOld
            return
        netloc = urlsplit(origin).netloc.lower()
        if netloc not in self._hosts and netloc != (connection.headers.get("host") or "").lower():
            raise FormTooOld

    async def _check_token(self, scope: Scope, receive: Receive) -> None:
        actor: Actor = scope["user"]
        request: Request[Any, Any, Any] = Request(scope, receive=receive)
        told = request.headers.get("x-csrf-token")
        if told is None and request.content_type[0] in ("application/x-www-form-urlencoded", "multipart/form-data"):
            form = await request.form()
            field = form.get("_csrf")
            told = field if isinstance(field, str) else None
        if told is None or not hmac.compare_digest(told.encode(), actor.csrf.encode()):
            raise FormTooOld

    def _with_headers(self, send: Send, *, framed: bool) -> Send:
        ancestors = "*" if framed else "'self'"
        policy = (
            "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; "
            f"base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
        )
        fixed = [
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(), geolocation=(), microphone=(self)"),
        ]

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                present = {name.lower() for name, _ in headers}
                headers += [(name, value) for name, value in fixed if name not in present]
                if b"cache-control" not in present:
                    headers.append((b"cache-control", b"no-store"))
                message["headers"] = headers
            await send(message)

        return sending
