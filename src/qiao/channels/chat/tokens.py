"""Signed tokens: who a visitor is, a ticket for one connection, a host site's word about its user, a file's address.

`<base64url of JSON>.<base64url of HMAC-SHA256>`; each purpose has a key of its own, derived from the house's secret,
so that no token is ever good for something else. Times inside are whole seconds since 1970 (UTC).
"""

import base64
import binascii
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any, Final

from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused

VISITOR_SECONDS: Final = 180 * 24 * 3600
TICKET_SECONDS: Final = 30
FILE_SECONDS: Final = 24 * 3600
CLAIM_SECONDS_MAX: Final = 3600
TOKEN_CHARACTERS_MAX: Final = 4096


class VisitNotKnown(Refused):
    """A token that is missing, forged, expired, used up or somebody else's: one answer for all."""

    code = "chat.visit_not_known"
    status = 403
    text = N_("This conversation cannot be opened from here. Nothing was changed; reload the page to begin anew.")


def purpose_key(secret: str, purpose: str) -> bytes:
    """The signing key of one purpose."""
    return hmac.new(secret.encode(), f"qiao chat {purpose}".encode(), hashlib.sha256).digest()


def site_secret(secret: str, site_key: str) -> str:
    """What a host site signs its users with: 64 hex digits, shown to its operator once, stored nowhere."""
    return hmac.new(purpose_key(secret, "site"), site_key.encode(), hashlib.sha256).hexdigest()


def sign(key: bytes, told: dict[str, Any]) -> str:
    """The facts with their signature."""
    body = _encode(json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode())
    return f"{body}.{_encode(hmac.new(key, body.encode(), hashlib.sha256).digest())}"


def read(key: bytes, token: str, *, now: datetime, seconds_max: int | None = None) -> dict[str, Any]:
    """The facts, if the signature is ours and `exp` has not passed (nor lies further ahead than `seconds_max`).

    Raises VisitNotKnown, always the same, after the same work.
    """
    body, _, signature = token[:TOKEN_CHARACTERS_MAX].partition(".")
    wanted = hmac.new(key, body.encode("utf-8", "replace"), hashlib.sha256).digest()
    if not hmac.compare_digest(wanted, _decode(signature)):
        raise VisitNotKnown
    try:
        told = json.loads(_decode(body))
        left = int(told["exp"]) - now.timestamp()
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise VisitNotKnown from None
    if left <= 0 or (seconds_max is not None and left > seconds_max):
        raise VisitNotKnown
    return dict(told)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
