"""The GSM 7-bit alphabets. Pure. Source: 3GPP TS 23.038 6.2.1 (default alphabet and its extension) and annex A
(national language tables: single shift A.2, locking shift A.3, identifiers 6.2.1.2.4)."""

import re
from collections.abc import Mapping
from typing import Final

ESCAPE: Final = 0x1B
TURKISH: Final = 1
SPANISH: Final = 2
PORTUGUESE: Final = 3
"""National language identifiers."""

DEFAULT: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""Character by septet."""
EXTENSION: Final[Mapping[int, str]] = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
}  # fmt: skip
"""Character by the septet after an escape."""
SINGLE: Final[Mapping[int, Mapping[int, str]]] = {
    TURKISH: {
        **EXTENSION, 0x47: "Ğ", 0x49: "İ", 0x53: "Ş", 0x63: "ç", 0x67: "ğ", 0x69: "ı", 0x73: "ş",
    },
    SPANISH: {
        **EXTENSION, 0x09: "ç", 0x41: "Á", 0x49: "Í", 0x4F: "Ó", 0x55: "Ú", 0x61: "á", 0x69: "í", 0x6F: "ó", 0x75: "ú",
    },
    PORTUGUESE: {
        **EXTENSION, 0x05: "ê", 0x09: "ç", 0x0B: "Ô", 0x0C: "ô", 0x0E: "Á", 0x0F: "á", 0x12: "Φ", 0x13: "Γ", 0x15: "Ω",
        0x16: "Π", 0x17: "Ψ", 0x18: "Σ", 0x19: "Θ", 0x1F: "Ê", 0x41: "À", 0x49: "Í", 0x4F: "Ó", 0x55: "Ú", 0x5B: "Ã",
        0x5C: "Õ", 0x61: "Â", 0x69: "í", 0x6F: "ó", 0x75: "ú", 0x7B: "ã", 0x7C: "õ", 0x7F: "â",
    },
}  # fmt: skip
"""What replaces the extension where a message says so."""


def _with(changes: Mapping[int, str]) -> str:
    return "".join(changes.get(septet, character) for septet, character in enumerate(DEFAULT))


LOCKING: Final[Mapping[int, str]] = {
    TURKISH: _with({0x04: "€", 0x07: "ı", 0x0B: "Ğ", 0x0C: "ğ", 0x1C: "Ş", 0x1D: "ş", 0x40: "İ", 0x60: "ç"}),
    PORTUGUESE: _with({
        0x04: "ê", 0x06: "ú", 0x07: "í", 0x08: "ó", 0x09: "ç", 0x0B: "Ô", 0x0C: "ô", 0x0E: "Á", 0x0F: "á", 0x12: "ª",
        0x13: "Ç", 0x14: "À", 0x15: "∞", 0x16: "^", 0x17: "\\", 0x18: "€", 0x19: "Ó", 0x1A: "|", 0x1C: "Â", 0x1D: "â",
        0x1E: "Ê", 0x24: "º", 0x40: "Í", 0x5B: "Ã", 0x5C: "Õ", 0x5D: "Ú", 0x5E: "Ü", 0x60: "~", 0x7B: "ã", 0x7C: "õ",
        0x7D: "`", 0x7E: "ü", 0x7F: "à",
    }),
}  # fmt: skip
"""What replaces the default alphabet where a message says so; read, never sent."""
UNKNOWN: Final = "?"

_CODES: Final = {character: chr(septet) for septet, character in enumerate(DEFAULT) if septet != ESCAPE}
_TABLES: Final = {
    language: str.maketrans({character: chr(ESCAPE) + chr(septet) for septet, character in table.items()} | _CODES)
    for language, table in {0: EXTENSION, **SINGLE}.items()
}
_HELD: Final = {
    language: re.compile("[" + re.escape("".join(chr(code) for code in table)) + "]*")
    for language, table in _TABLES.items()
}


def holds(text: str, single: int = 0) -> bool:
    """Whether the alphabet, with this single shift table, has every character of the text."""
    return _HELD[single].fullmatch(text) is not None


def septets(text: str, single: int = 0) -> bytes:
    """A text as septets, one an octet; two for what the escape leads in. Raises ValueError for another character."""
    if not holds(text, single):
        raise ValueError("not in the alphabet")
    return text.translate(_TABLES[single]).encode("latin-1")


def text_of(octets: bytes, *, single: int = 0, locking: int = 0) -> str:
    """The text of septets, one an octet. An unknown language is read as none (TS 23.038 6.2.1.2.2).

    What follows an escape and stands in no table is read in the main one (TS 23.038 6.2.1.1); an octet that is no
    septet is told as UNKNOWN, an escape at the end as a space.
    """
    main, shifted = LOCKING.get(locking, DEFAULT), SINGLE.get(single, EXTENSION)
    found, escaped = [], False
    for one in octets:
        if one > 0x7F:
            found.append(UNKNOWN)
            escaped = False
        elif one == ESCAPE:
            if escaped:  # reserved for another extension: shown as a space
                found.append(" ")
            escaped = not escaped
        else:
            found.append(shifted.get(one, main[one]) if escaped else main[one])
            escaped = False
    return "".join(found) + (" " if escaped else "")
