"""The languages customers are served in, and the mark of a text to be translated."""

from typing import Final

LANGUAGES: Final = ("zh-CN", "zh-HK", "en", "fr", "de", "es", "ar", "ja", "ko")
"""Customer texts exist in all of these; the voice of zh-HK is Cantonese (yue)."""

OWN_NAMES: Final[dict[str, str]] = {
    "zh-CN": "简体中文",
    "zh-HK": "繁體中文（粵語）",
    "en": "English",
    "fr": "Français",
    "de": "Deutsch",
    "es": "Español",
    "ar": "العربية",
    "ja": "日本語",
    "ko": "한국어",
}
"""Languages by the names their speakers give them."""
STAFF_LANGUAGES: Final = ("zh-CN", "en")
"""Screens exist in these."""

RIGHT_TO_LEFT: Final = frozenset({"ar"})


def N_(message: str) -> str:  # noqa: N802 - the name gettext tools look for
    """Mark a screen text for translation; it is translated at the edge, in the person's language."""
    return message


def nearest(language: str | None, offered: tuple[str, ...] = LANGUAGES, otherwise: str = "zh-CN") -> str:
    """The offered language closest to a BCP 47 tag: exact, then same base ("en-GB" -> "en"), else `otherwise`."""
    if not language:
        return otherwise
    wanted = language.replace("_", "-")
    base = wanted.split("-")[0].lower()
    if base == "yue":
        wanted, base = "zh-HK", "zh"
    if wanted.lower().startswith(("zh-tw", "zh-hant", "zh-mo")):
        wanted = "zh-HK"
    for tag in offered:
        if tag.lower() == wanted.lower():
            return tag
    for tag in offered:
        if tag.split("-")[0].lower() == base:
            return tag
    return otherwise
