"""A host site's word about its user: `<base64url of JSON>.<base64url of HMAC-SHA256>`, made on the site's own server.

The JSON is `{"sub", "name"?, "exp"}`, `exp` in whole seconds since 1970 (UTC), at most an hour ahead; the key is the
site's secret as text. Both are plain on purpose, so that any language makes them in five lines.
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
from qiao.platform.signing import Keys

SECONDS_MAX: Final = 3600
CHARACTERS_MAX: Final = 4096


class VisitNotKnown(Refused):
    """A token, ticket or claim that is missing, forged, expired, used up or somebody else's: one answer for all."""

    code = "chat.visit_not_known"
    status = 403
    text = N_("This conversation cannot be opened from here. Nothing was changed; reload the page to begin anew.")


def site_secret(keys: Keys, site_key: str) -> str:
    """What a host site signs its users with: 64 hex digits, shown to its operator, stored nowhere."""
    return keys.key(f"chat.site.{site_key}").hex()


def sign_claim(secret: str, told: dict[str, Any]) -> str:
    """What the site's server does."""
    body = _encode(json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode())
    return f"{body}.{_encode(_seal(secret, body))}"


def read_claim(secret: str, claim: str, *, now: datetime) -> dict[str, Any]:
    """What the site says, if it said so and not too long ago. Raises VisitNotKnown, always the same."""
    body, _, seal = claim[:CHARACTERS_MAX].partition(".")
    if not hmac.compare_digest(_seal(secret, body), _decode(seal)):
        raise VisitNotKnown
    try:
        told = json.loads(_decode(body))
        left = int(told["exp"]) - now.timestamp()
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise VisitNotKnown from None
    if not 0 < left <= SECONDS_MAX:
        raise VisitNotKnown
    return dict(told)


def _seal(secret: str, body: str) -> bytes:
    return hmac.new(secret.encode(), body.encode("utf-8", "replace"), hashlib.sha256).digest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
