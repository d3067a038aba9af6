"""Which pages of others may frame the chat, as staff write them: an origin a line and nothing else."""

import re
from collections.abc import Sequence
from typing import Final

ORIGINS_MAX: Final = 20
"""More than a browser's header should carry."""
_HOST: Final = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}"
_ORIGIN: Final = re.compile(rf"https://{_HOST}(?::(?!0)[0-9]{{1,5}})?")
"""RFC 6454: scheme, host and port. Only https, for what customers write passes through that page."""


def origins_of(lines: str) -> tuple[tuple[str, ...], str]:
    """The origins in these lines, each once, and the first line that is none ("" where all are)."""
    found: list[str] = []
    for line in lines.splitlines():
        typed = line.strip()
        if not typed:
            continue
        origin = _written(typed)
        if origin is None or len(found) == ORIGINS_MAX:
            return (), typed[:80]
        if origin not in found:
            found.append(origin)
    return tuple(found), ""


def _written(typed: str) -> str | None:
    """As browsers send it: small letters, names of other scripts in ASCII, the usual port left out."""
    scheme, separator, rest = typed.lower().partition("://")
    host, colon, port = rest.removesuffix("/").partition(":")
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    origin = f"{scheme}{separator}{host}{colon}{port}".removesuffix(":443")
    if _ORIGIN.fullmatch(origin) is None or (colon and int(port) > 65535):
        return None
    return origin


def as_lines(origins: Sequence[str]) -> str:
    """As staff write them."""
    return "\n".join(origins)
