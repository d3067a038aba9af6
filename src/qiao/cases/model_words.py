"""What people typed, made fit to be kept: words as said, everything else without tricks; limits by field."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from qiao.kernel.languages import N_
from qiao.kernel.money import AmountNotUnderstood, Money
from qiao.kernel.refused import InputNotUnderstood
from qiao.kernel.service_ids import NumberNotUnderstood, parse_service_id

ItemKind = Literal["text", "long", "digits", "phone", "amount", "month", "moment", "yes_no", "file"]
ITEM_KINDS: Final = ("text", "long", "digits", "phone", "amount", "month", "moment", "yes_no", "file")

TITLE_MAX: Final = 120
WORDS_MAX: Final = 8_000
LONG_MAX: Final = 4_000
TEXT_MAX: Final = 500
LIST_MAX: Final = 50
"""Characters, and entries of one list."""

EMPTY: Final = N_("Please fill this in.")
TOO_LONG: Final = N_("This is too long; please shorten it.")
UNREADABLE: Final = N_("This holds a character that cannot be kept; write it again without it.")
UNKNOWN: Final = N_("Choose one of the list.")
TOO_MANY: Final = N_("These are too many; leave some out.")

_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_UNSEEN: Final = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufff9-\ufffb]")
_OVERRIDES: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_YES: Final = ("yes", "y", "是", "是的", "有", "oui", "ja", "sí", "si", "نعم", "はい", "예", "네")
_NO: Final = ("no", "n", "否", "不", "不是", "没有", "沒有", "non", "nein", "لا", "いいえ", "아니요", "아니오")
_ANSWERS: Final = dict.fromkeys(_YES, "yes") | dict.fromkeys(_NO, "no")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass
class Form:
    """Reads fields one by one and remembers what is wrong with each; `finish` refuses if anything is."""

    wrong: dict[str, str] = field(default_factory=dict)

    def words(self, name: str, text: str, limit: int = WORDS_MAX, *, needed: bool = True) -> str:
        """Words as said: direction overrides stay (evidence), screens take their power (`for_display`)."""
        if "\x00" in text:
            return self._refuse(name, UNREADABLE)
        whole = text.replace("\r\n", "\n").replace("\r", "\n").strip()  # browsers count a line end as one
        if len(whole) > limit:
            return self._refuse(name, TOO_LONG)
        kept = unicodedata.normalize("NFC", _UNSEEN.sub("", _SURROGATES.sub("\ufffd", whole))).strip()[:limit]
        if any(_is_seen(character) for character in kept):
            return kept
        return self._refuse(name, EMPTY) if needed else ""

    def line(self, name: str, text: str, limit: int = TEXT_MAX, *, needed: bool = True) -> str:
        """One line of our own words: no line ends, no direction overrides."""
        return " ".join(for_display(self.words(name, text, limit, needed=needed)).split())

    def key(self, name: str, text: str) -> str:
        """The name of a fact or item: small letters, digits and _."""
        return text if _KEY.fullmatch(text) else self._refuse(name, UNKNOWN)

    def value(self, name: str, text: str, kind: ItemKind, *, has_file: bool = False) -> str:
        """What an item of this kind was answered with, in one way of writing; a file may stand in its place."""
        limit = LONG_MAX if kind == "long" else TEXT_MAX
        kept = self.words(name, text, limit, needed=not has_file)
        if not kept or kind in ("text", "long", "moment", "file"):
            return kept
        plain = " ".join(unicodedata.normalize("NFKC", for_display(kept)).split())
        read, wanted = _READ[kind]
        found = read(plain)
        return self._refuse(name, wanted) if found is None else found

    def choice(self, name: str, value: str, known: Mapping[str, str]) -> str:
        """One of what there is to choose from."""
        return value if value in known else self._refuse(name, UNKNOWN)

    def few(self, **entries: Sequence[Any]) -> None:
        """Lists that can be read: at most LIST_MAX entries each."""
        for name, told in entries.items():
            if len(told) > LIST_MAX:
                self._refuse(name, TOO_MANY)

    def finish(self) -> None:
        """Raises InputNotUnderstood naming every field that needs another look."""
        if self.wrong:
            raise InputNotUnderstood(self.wrong)

    def _refuse(self, name: str, text: str) -> str:
        self.wrong.setdefault(name, text)
        return ""


def _is_seen(character: str) -> bool:
    """Whether it shows: spaces, marks of direction and joiners alone are nothing said."""
    return not character.isspace() and unicodedata.category(character) != "Cf"


def _digits(text: str) -> str | None:
    found = text.replace(" ", "").replace("-", "")
    return found if re.fullmatch(r"[0-9]{3,20}", found) else None


def _phone(text: str) -> str | None:
    """A number as dialled at home if it is one, else the digits of a short code."""
    try:
        return parse_service_id(text).national
    except NumberNotUnderstood:
        return _digits(text.removeprefix("+"))


def _amount(text: str) -> str | None:
    try:
        return str(Money.of(text.removeprefix("¥").removesuffix("元").strip()))
    except AmountNotUnderstood:
        return None


def _month(text: str) -> str | None:
    found = re.fullmatch(r"(20[0-9]{2}) ?[-/.年] ?(0?[1-9]|1[0-2])月?", text)
    return f"{found[1]}-{int(found[2]):02d}" if found else None


def _yes_no(text: str) -> str | None:
    return _ANSWERS.get(text.casefold().rstrip(".!。！"))


_READ: Final = {
    "digits": (_digits, N_("Digits are expected here, such as 3737.")),
    "phone": (_phone, N_("A telephone number or short code is expected here.")),
    "amount": (_amount, N_("An amount is expected here, such as 10.00.")),
    "month": (_month, N_("A month is expected here, such as 2026-11.")),
    "yes_no": (_yes_no, UNKNOWN),
}


def for_display(text: str) -> str:
    """The text without direction overrides and embeddings; the page isolates it too (`<bdi>`)."""
    return _OVERRIDES.sub("", text)


def first_line(text: str, limit: int = TITLE_MAX) -> str:
    """What a matter is called before anybody named it: the beginning of what was said."""
    lines = (" ".join(line.split()) for line in for_display(text).split("\n"))
    line = next((line for line in lines if line), "")
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def cell(text: str) -> str:
    """A value for a spreadsheet, which must not take it for a formula (OWASP ASVS 5.0, 1.2.10)."""
    shown = for_display(text)
    return f"'{shown}" if shown.lstrip(" ").startswith(_FORMULA) else shown
