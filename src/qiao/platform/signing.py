"""Keys for each purpose out of one secret, and signed tokens that expire.

A token says who may do something and until when; it is readable by anybody and can be made only here. It carries
ids, never secrets and never customer data. HMAC-SHA256 (RFC 2104); the keys of purposes are derived as in HKDF's
expand step (RFC 5869) so that a token of one purpose is worth nothing for another.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.platform.settings import Settings

SECRET_CHARACTERS_MIN: Final = 32
TOKEN_CHARACTERS_MAX: Final = 4096
KEY_FILE: Final = "secret.key"


class NoSecretKey(Exception):
    """Production has no secret_key of at least 32 characters; it does not start without one."""


class LinkNotValid(Refused):
    """The token was not made here, was changed, or is meant for something else."""

    code = "platform.link_not_valid"
    status = 403
    text = N_("This link or pass is not valid. Nothing was changed; go back and start again.")


class LinkExpired(Refused):
    """The token was good once; its time is over."""

    code = "platform.link_expired"
    status = 410
    text = N_("This link or pass has expired. Nothing was changed; ask for a new one.")


@dataclass(frozen=True)
class Signer:
    """Makes and reads the tokens of one purpose."""

    key: bytes

    def sign(self, claims: Mapping[str, Any], *, now: datetime, seconds: float) -> str:
        """A token good until `now` + `seconds`; `claims` are plain JSON values."""
        until = round((now + timedelta(seconds=seconds)).timestamp())
        body = _pack(json.dumps([until, dict(claims)], separators=(",", ":"), ensure_ascii=False).encode())
        return f"{body}.{_pack(self._seal(body))}"

    def read(self, token: str, *, now: datetime) -> dict[str, Any]:
        """The claims. Raises LinkNotValid or LinkExpired."""
        body, dot, seal = token.partition(".")
        if not dot or len(token) > TOKEN_CHARACTERS_MAX or not token.isascii():
            raise LinkNotValid
        if not hmac.compare_digest(_pack(self._seal(body)), seal):
            raise LinkNotValid
        try:
            until, claims = json.loads(_unpack(body))
        except (ValueError, binascii.Error, RecursionError):
            raise LinkNotValid from None
        if now.timestamp() >= until:
            raise LinkExpired
        return dict(claims)

    def _seal(self, body: str) -> bytes:
        return hmac.new(self.key, body.encode(), hashlib.sha256).digest()


class Keys:
    """The house's secret, from which every purpose has a key of its own; reached by `house.get(Keys)`."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def __repr__(self) -> str:
        return "Keys(…)"

    @classmethod
    def of(cls, settings: Settings) -> "Keys":
        """The keys of this house.

        Outside production a key is made once and kept in the data folder, readable by its owner only. Raises
        NoSecretKey in production without a secret_key, and anywhere with one that is too short.
        """
        given = settings.secret_key.get_secret_value()
        if given and len(given) < SECRET_CHARACTERS_MIN:
            raise NoSecretKey(f"QIAO_SECRET_KEY is shorter than {SECRET_CHARACTERS_MIN} characters")
        if given:
            return cls(given.encode())
        if settings.mode == "production":
            raise NoSecretKey(
                "set QIAO_SECRET_KEY to a random text that all processes share, "
                'such as the output of: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
            )
        return cls(_kept_key(settings.data_folder))

    def key(self, purpose: str) -> bytes:
        """32 bytes that belong to this purpose only."""
        return hmac.new(self._secret, f"qiao/1/{purpose}".encode() + b"\x01", hashlib.sha256).digest()

    def signer(self, purpose: str) -> Signer:
        """Tokens of this purpose."""
        return Signer(self.key(purpose))


def _kept_key(folder: Path) -> bytes:
    """The generated key; whoever comes first makes it, all others read the same."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / KEY_FILE
    draft = folder / f".{KEY_FILE}.{secrets.token_hex(8)}"
    if not path.exists():
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(secrets.token_urlsafe(48).encode())
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(draft, path)  # unlike rename, never replaces the key of a faster process
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()


def _pack(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unpack(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
