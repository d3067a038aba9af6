"""The web process: every room's routes behind one door."""

import importlib.resources
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar

from qiao.app.rooms import all_rooms
from qiao.app.sign_in import authenticate
from qiao.app.stream import make_stream
from qiao.platform.house import House
from qiao.platform.i18n import Texts
from qiao.platform.web import Pages, WebParts, build_app
from qiao.ui import extend


def packages_with_templates() -> list[str]:
    """Rooms that bring templates."""
    names = [f"qiao.{room.name}" for room in all_rooms()]
    return [name for name in names if importlib.resources.files(name).joinpath("templates").is_dir()]


def build_web(house: House) -> Litestar:
    """The app of one web process."""
    texts = house.get(Texts)
    pages = Pages(packages_with_templates(), texts, mode=house.settings.mode, extend=extend)
    stream = make_stream(house, pages)
    routes = [route for room in all_rooms() for route in room.routes] + list(stream.routes)
    if house.settings.mode == "demo":
        from qiao.app.demo.pages import ROUTES  # the only place that mounts the demo

        routes += ROUTES

    @asynccontextmanager
    async def streaming(_: Litestar) -> AsyncIterator[None]:
        async with stream.running():
            yield

    return build_app(WebParts(house, pages, authenticate, routes, lifespan=[streaming]))
