"""Recordings at rest: AES-256-GCM (NIST SP 800-38D) under a key of their own, bound to their call and leg."""

import hashlib
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PURPOSE: Final = "voice.recordings"
NONCE_BYTES: Final = 12


class RecordingChanged(Exception):
    """It is not what was kept, or was kept for another call or under another key."""


def sealed(key: bytes, sound: bytes, about: str) -> bytes:
    """The sound, unreadable without the key; `about` names what it is of."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, sound, about.encode())


def opened(key: bytes, kept: bytes, about: str) -> bytes:
    """The sound again. Raises RecordingChanged."""
    try:
        return AESGCM(key).decrypt(kept[:NONCE_BYTES], kept[NONCE_BYTES:], about.encode())
    except (InvalidTag, ValueError):
        raise RecordingChanged from None


def fingerprint(sound: bytes) -> str:
    """SHA-256, as it stands in the audit."""
    return hashlib.sha256(sound).hexdigest()
