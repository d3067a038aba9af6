"""The web door of the house: the app, who is calling, pages, refusals."""

from qiao.platform.web.calling import Authenticate, actor_of, require_actor
from qiao.platform.web.going import carry_session, local_path
from qiao.platform.web.pages import Pages, language_of, page, redirect, see_other
from qiao.platform.web.server import WebParts, build_app, house_of

__all__ = [
    "Authenticate",
    "Pages",
    "WebParts",
    "actor_of",
    "build_app",
    "carry_session",
    "house_of",
    "language_of",
    "local_path",
    "page",
    "redirect",
    "require_actor",
    "see_other",
]
