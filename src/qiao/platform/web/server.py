"""The Litestar app, made of what the rooms bring."""

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from litestar import Litestar, Request, Response, Router, get
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.middleware import DefineMiddleware
from litestar.openapi import OpenAPIConfig
from sqlalchemy import text

from qiao.kernel.refused import NotFound, Refused
from qiao.platform.house import House
from qiao.platform.policy import Access
from qiao.platform.telemetry import EXPOSITION_TYPE, exposition
from qiao.platform.web.answers import answer_broken, answer_http, answer_refused
from qiao.platform.web.calling import Authenticate, CallingMiddleware, access_of, guard
from qiao.platform.web.pages import Pages

PUBLIC = {"access": Access(audience="public")}


@dataclass
class WebParts:
    """What app gathers from the rooms for one web process."""

    house: House
    pages: Pages
    authenticate: Authenticate
    routes: Sequence[Any]
    lifespan: Sequence[Callable[[Litestar], AbstractAsyncContextManager[None]]] = ()
    state: dict[str, Any] = field(default_factory=dict)


def house_of(connection: ASGIConnection[Any, Any, Any, Any]) -> House:
    """The house this request came to."""
    house: House = connection.app.state.house
    return house


@get("/healthz", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def healthz() -> Response[str]:
    """The process answers."""
    return Response("ok\n", media_type="text/plain")


@get("/readyz", opt=PUBLIC, include_in_schema=False)
async def readyz(request: Request[Any, Any, Any]) -> Response[str]:
    """The process can do its work: its database answers."""
    async with house_of(request).database.transaction() as tx:
        await tx.scalar(text("select 1"))
    return Response("ready\n", media_type="text/plain")


@get("/metrics", opt=PUBLIC, include_in_schema=False)
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Figures for Prometheus, to callers on this machine; everybody else is told that there is no such page."""
    try:
        near = request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        near = False
    if not near:
        raise NotFound
    async with house_of(request).database.transaction() as tx:
        return Response(await exposition(tx), headers={"Content-Type": EXPOSITION_TYPE})


def build_app(parts: WebParts) -> Litestar:
    """All routes behind one guard. Raises LookupError if any route does not say what access it asks."""
    app = Litestar(
        route_handlers=[healthz, readyz, metrics, *parts.routes],
        guards=[guard],
        middleware=[DefineMiddleware(CallingMiddleware, authenticate=parts.authenticate, house=parts.house)],
        exception_handlers={
            Refused: answer_refused,
            HTTPException: answer_http,
            Exception: answer_broken,
        },
        lifespan=list(parts.lifespan),
        state=State({"house": parts.house, "pages": parts.pages, **parts.state}),
        openapi_config=OpenAPIConfig(
            title="Qiao",
            version="1",
            use_handler_docstrings=True,
            openapi_router=Router("/docs", route_handlers=[], opt=PUBLIC),
        ),
        request_max_body_size=parts.house.settings.upload_bytes_max + 64 * 1024,
        logging_config=None,
        debug=False,
    )
    every_route_says_who(app)
    return app


def every_route_says_who(app: Litestar) -> None:
    """Default deny: a route without an Access stops the start."""
    for handler in handlers_of(app):
        access_of(handler)


def handlers_of(app: Litestar) -> Iterable[Any]:
    """Every route handler of the app but the framework's answers to OPTIONS."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", None) or [route.route_handler]:  # type: ignore[union-attr]
            if getattr(handler, "http_methods", None) != {"OPTIONS"}:
                yield handler
