"""Digits that are texted to a number and prove its handset when they come back; kept as a salted hash only."""

import hashlib
import hmac
import secrets

from qiao.catalogue.model_consents import DIGITS


def fresh_digits() -> tuple[str, bytes, bytes]:
    """New digits (never with a 0 in front), and the salt and mark that are kept of them."""
    digits = str(10 ** (DIGITS - 1) + secrets.randbelow(9 * 10 ** (DIGITS - 1)))
    salt = secrets.token_bytes(16)
    return digits, salt, _mark(salt, digits)


def are_these(digits: str, salt: bytes, mark: bytes) -> bool:
    """Whether these are the digits of which salt and mark were kept."""
    return hmac.compare_digest(mark, _mark(salt, digits))


def _mark(salt: bytes, digits: str) -> bytes:
    return hashlib.sha256(salt + digits.encode()).digest()
