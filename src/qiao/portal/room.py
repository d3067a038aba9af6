"""Wiring of the portal."""

from qiao.kernel.languages import N_
from qiao.platform.room import Job, Listener, Room
from qiao.portal import (
    account_pages,
    chat_pages,
    confirm_pages,
    contact_pages,
    digits_pages,
    help_pages,
    home_pages,
    jobs,
    listeners,
    matters_pages,
    order_pages,
    preferring,
    service_pages,
    sign_in_pages,
)
from qiao.ui import Link, register_link


def register() -> None:
    """The doors at the foot of every customer page."""
    register_link(Link("home", "/", N_("My page"), "home", None, 10, "portal"))
    register_link(Link("talk", "/talk", N_("Talk"), "chat", None, 20, "portal"))
    register_link(Link("matters", "/matters", N_("My matters"), "list", None, 30, "portal"))
    register_link(Link("do", "/me/do", N_("Services"), "star", None, 40, "portal"))


ROOM = Room(
    name="portal",
    routes=(
        *sign_in_pages.ROUTES,
        *home_pages.ROUTES,
        *account_pages.ROUTES,
        *matters_pages.ROUTES,
        *confirm_pages.ROUTES,
        *chat_pages.ROUTES,
        *contact_pages.ROUTES,
        *service_pages.ROUTES,
        *digits_pages.ROUTES,
        *order_pages.ROUTES,
        *help_pages.ROUTES,
        *preferring.ROUTES,
    ),
    listeners=(Listener("portal", on=listeners.HEARS),),
    jobs=(Job("portal.send_code", jobs.send_code),),
    register=register,
)
