"""The web process: every room's routes behind one door."""

import importlib.resources

from litestar import Litestar

from qiao.app.rooms import all_rooms
from qiao.app.sign_in import authenticate
from qiao.platform.house import House
from qiao.platform.i18n import Texts
from qiao.platform.web import Pages, WebParts, build_app
from qiao.ui import extend


def packages_with_templates(house: House) -> list[str]:
    """Rooms that bring templates, and in the demo the demo."""
    names = [f"qiao.{room.name}" for room in all_rooms()]
    if house.settings.mode == "demo":
        names.append("qiao.app.demo")
    return [name for name in names if importlib.resources.files(name).joinpath("templates").is_dir()]


def build_web(house: House) -> Litestar:
    """The app of one web process."""
    pages = Pages(packages_with_templates(house), house.get(Texts), mode=house.settings.mode, extend=extend)
    routes = [route for room in all_rooms() for route in room.routes]
    if house.settings.mode == "demo":
        from qiao.app.demo import handset_pages  # the only place that mounts the demo

        routes += handset_pages.ROUTES
    return build_app(WebParts(house, pages, authenticate, routes))
