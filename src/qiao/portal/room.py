"""Wiring of the portal."""

from qiao.platform.room import Job, Room
from qiao.portal import account_pages, chat_pages, home_pages, jobs, matters_pages, sign_in_pages

ROOM = Room(
    name="portal",
    routes=(
        *sign_in_pages.ROUTES,
        *home_pages.ROUTES,
        *account_pages.ROUTES,
        *matters_pages.ROUTES,
        *chat_pages.ROUTES,
    ),
    jobs=(Job("portal.send_code", jobs.send_code),),
)
