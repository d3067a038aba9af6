"""Where a browser goes after signing in or choosing, and the cookie that carries its session."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Response
from litestar.datastructures import Cookie

from qiao.platform import sessions
from qiao.platform.house import House
from qiao.platform.sessions import Audience

PATH_MAX = 2_000


def local_path(told: object, *, inside: str = "/") -> str:
    """The path asked for if it is one of ours below `inside`, else `inside`. No other site can be smuggled in."""
    if not isinstance(told, str) or not 0 < len(told) <= PATH_MAX or not told.isprintable() or "\\" in told:
        return inside
    try:
        parts = urlsplit(told)
    except ValueError:
        return inside
    if parts.scheme or parts.netloc or ".." in parts.path or "//" in parts.path:
        return inside
    below = parts.path == inside or parts.path.startswith(f"{inside.rstrip('/')}/")
    return told if below else inside


def carry_session(response: Response[Any], house: House, audience: Audience, token: str) -> None:
    """Set the session's cookie as `sessions.cookie` says; an empty token takes it away."""
    https = house.settings.address.startswith("https:")
    made = sessions.cookie(audience, token, https=https, max_age=house.settings.session_seconds_max)
    response.set_cookie(
        Cookie(
            key=made.name,
            value=made.value,
            max_age=made.max_age,
            path=made.path,
            httponly=made.http_only,
            samesite=made.same_site,
            secure=made.secure,
        )
    )
