"""Which names hold secrets, and what is shown in their place: for logs and for audit details."""

import re
from collections.abc import Mapping
from typing import Any, Final

HIDDEN: Final = "…"
_SECRET: Final = frozenset(
    {"authorization", "cookie", "cookies", "credential", "credentials", "csrf", "otp", "passphrase", "passwd"}
    | {"password", "pin", "puk", "pwd", "salt", "secret", "seed", "signature", "token"}
)
"""A value is hidden when one word of its name is one of these: "set_cookie", "password_hash", "X-CSRF-Token"."""
_CODES: Final = frozenset({"code", "answer", "digits"})
"""Names whose value is hidden when it is digits: a one-time code; "cases.case_not_found" is not."""
_SAID: Final = frozenset({"body", "content", "message", "path", "query", "said", "text", "url"})
"""Free text, out of which runs of six digits standing alone are taken: a one-time code in an SMS."""
_SIX_DIGITS: Final = re.compile(r"(?<!\d)\d{6}(?!\d)")
_ALL_DIGITS: Final = re.compile(r"\s*\d{4,10}\s*")
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
DEPTH_MAX: Final = 6


def is_secret_name(name: str) -> bool:
    """Whether a value of this name is hidden whatever it is."""
    return not _SECRET.isdisjoint(_words(name))


def scrubbed(value: Any, name: str = "", depth: int = 0) -> Any:
    """The same value with what is secret hidden, in mappings and sequences too; `name` is what it is called."""
    if is_secret_name(name) and value not in (None, "", True, False):
        return HIDDEN
    if depth > DEPTH_MAX:
        return HIDDEN
    if isinstance(value, Mapping):
        return {key: scrubbed(inner, str(key), depth + 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [scrubbed(inner, name, depth + 1) for inner in value]
    words = _words(name)
    if isinstance(value, (str, int)) and not isinstance(value, bool) and not _CODES.isdisjoint(words):
        return HIDDEN if _ALL_DIGITS.fullmatch(str(value)) else value
    if isinstance(value, str) and not _SAID.isdisjoint(words):
        return _SIX_DIGITS.sub(HIDDEN, value)
    return value


def secret_names(value: Any, name: str = "") -> list[str]:
    """The names within a JSON value under which something would be hidden."""
    if isinstance(value, Mapping) and not is_secret_name(name):
        return [found for key, inner in value.items() for found in secret_names(inner, str(key))]
    if isinstance(value, (list, tuple)) and not is_secret_name(name):
        return [found for inner in value for found in secret_names(inner, name)]
    return [name] if scrubbed(value, name) != value else []


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(name)]
