"""Signing in with a one-time code: what travels between the two steps, and what may be tried how often."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request
from litestar.datastructures import Cookie

from qiao.kernel.service_ids import ServiceId
from qiao.platform.house import House
from qiao.platform.rate_limits import Limit
from qiao.platform.signing import Keys, LinkExpired, LinkNotValid

AnyRequest = Request[Any, Any, Any]
COOKIE: Final = "qiao_signing_in"
SECONDS_MAX: Final = 900
PURPOSE: Final = "sign_in"
ASKING: Final = Limit(burst=10, refill_seconds=30)
"""Codes asked for from one network; one number has its own, stricter limit where the code is made."""
ASKING_A_DAY: Final = Limit(burst=1_000, refill_seconds=86.4)
"""The same over a day: whole offices and villages stand behind one address, and yet nobody has thousands texted."""
TRYING: Final = Limit(burst=20, refill_seconds=15)
"""Codes tried from one network."""
TRYING_A_DAY: Final = Limit(burst=1_000, refill_seconds=86.4)
"""The same over a day: whoever tries one code with many numbers is stopped, too."""


@dataclass(frozen=True, slots=True)
class SigningIn:
    """Which number somebody wants to sign in with, and where he was going."""

    service: ServiceId
    next: str


def keep(house: House, going: SigningIn) -> Cookie:
    """The signed note that the browser keeps between the two steps."""
    told = {"s": str(going.service), "n": going.next}
    value = house.get(Keys).signer("portal.signing_in").sign(told, now=house.clock.now(), seconds=SECONDS_MAX)
    return _cookie(house, value, SECONDS_MAX)


def forget(house: House) -> Cookie:
    """Take the note away."""
    return _cookie(house, "", 0)


def kept(request: AnyRequest, house: House) -> SigningIn | None:
    """What the browser kept, if we signed it not too long ago."""
    value = request.cookies.get(COOKIE)
    if not value:
        return None
    try:
        told = house.get(Keys).signer("portal.signing_in").read(value, now=house.clock.now())
    except (LinkNotValid, LinkExpired):
        return None
    return SigningIn(ServiceId.from_text(told["s"]), told["n"])


def _cookie(house: House, value: str, seconds: int) -> Cookie:
    return Cookie(
        key=COOKIE,
        value=value,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=house.settings.address.startswith("https:"),
    )
