"""What travels while a colleague signs in: where he was going, and where he comes from."""

from typing import Final

from qiao.desk.forms import AnyRequest
from qiao.platform.web import local_path

HOME: Final = "/desk"
NEXT_MAX: Final = 500
_DOORS: Final = ("/desk/sign-in", "/desk/sign-out", "/desk/second-factor", "/desk/stream")


def desk_path(told: object) -> str:
    """Where to go after signing in: a page of the desk, else its first page; never back to a door."""
    going = local_path(told, inside=HOME)
    return HOME if len(going) > NEXT_MAX or going.startswith(_DOORS) else going


def address_of(request: AnyRequest) -> str:
    """The address the request came from; a header that anybody may write is not asked."""
    return request.client.host if request.client else ""
