"""What travels while a colleague signs in: where he was going, and the cookie that carries his session."""

from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Response
from litestar.datastructures import Cookie

from qiao.desk.forms import AnyRequest
from qiao.platform import sessions
from qiao.platform.house import House

HOME: Final = "/desk"
NEXT_MAX: Final = 500
_DOORS: Final = ("/desk/sign-in", "/desk/sign-out", "/desk/second-factor", "/desk/stream")


def local_path(told: object) -> str:
    """Where to go after signing in: a page of the desk, else its first page. No other place can be smuggled in."""
    if not isinstance(told, str) or not 0 < len(told) <= NEXT_MAX or not told.isprintable() or "\\" in told:
        return HOME
    try:
        parts = urlsplit(told)
    except ValueError:
        return HOME
    inside = parts.path == HOME or parts.path.startswith(f"{HOME}/")
    if parts.scheme or parts.netloc or not inside or ".." in parts.path or "//" in parts.path:
        return HOME
    return HOME if parts.path.startswith(_DOORS) else told


def address_of(request: AnyRequest) -> str:
    """The address the request came from; a header that anybody may write is not asked."""
    return request.client.host if request.client else ""


def carry(response: Response[Any], house: House, token: str) -> None:
    """Set the session's cookie as the platform says; an empty token takes it away."""
    https = house.settings.address.startswith("https:")
    made = sessions.cookie("staff", token, https=https, max_age=house.settings.session_seconds_max)
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
