"""What an answer means at the step that asked: a value of the kind wanted, or one of the choices. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, assert_never

from qiao.kernel.service_ids import NumberNotUnderstood, parse_service_id
from qiao.selfservice.model_flow import Ask, Row
from qiao.selfservice.model_words import LAST_MONTH, NO, THIS_MONTH, YES, holds, plain

_AMOUNT: Final = re.compile(r"(0|[1-9][0-9]{0,5})(?:[.,]([0-9]{1,2}))?")
_AMOUNT_MARKS: Final = re.compile(r"[¥￥$€£]|元|块|塊|圆|圓|円|원|rmb|cny|yuan|euros?")
_YEAR_MONTH: Final = re.compile(r"(20[0-9]{2})\s*[-/.年년]?\s*(0?[1-9]|1[0-2])\s*[月월]?(?:份)?")
_MONTH_YEAR: Final = re.compile(r"(0?[1-9]|1[0-2])\s*[-/.]\s*(20[0-9]{2})")
_MONTH: Final = re.compile(r"(0?[1-9]|1[0-2])\s*[月월]?(?:份)?")
_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_GAPS: Final = re.compile(r"[\s\-]")


def read_answer(step: Ask, told: str, now: datetime) -> str | bool | None:
    """The value an ask keeps, or None when it is not understood. `now` in the customer's zone, for "last month"."""
    text = unicodedata.normalize("NFKC", told).strip()
    said = plain(told)
    match step.kind:
        case "text":
            kept = " ".join(_CONTROLS.sub("", told).split())
            return kept if step.least <= len(kept) <= step.most else None
        case "digits" | "secret":
            digits = _GAPS.sub("", text)
            fits = re.fullmatch(r"[0-9]+", digits) and step.least <= len(digits) <= step.most
            return digits if fits else None
        case "month":
            return _month(said, now)
        case "amount":
            return _amount(said)
        case "yes_no":
            return True if said in YES else False if said in NO else None
        case "phone":
            return _phone(text)
        case _:
            assert_never(step.kind)


def _month(said: str, now: datetime) -> str | None:
    """ "2026-11", "202611", "11/2026", "11月", "last month"; a month alone is the last one of that name."""
    if said in THIS_MONTH:
        return f"{now.year}-{now.month:02d}"
    if said in LAST_MONTH:
        return f"{now.year}-{now.month - 1:02d}" if now.month > 1 else f"{now.year - 1}-12"
    if found := _YEAR_MONTH.fullmatch(said):
        return f"{found[1]}-{int(found[2]):02d}"
    if found := _MONTH_YEAR.fullmatch(said):
        return f"{found[2]}-{int(found[1]):02d}"
    if found := _MONTH.fullmatch(said):
        month = int(found[1])
        return f"{now.year if month <= now.month else now.year - 1}-{month:02d}"
    return None


def _amount(said: str) -> str | None:
    found = _AMOUNT.fullmatch(_AMOUNT_MARKS.sub("", said).strip())
    return f"{found[1]}.{(found[2] or '').ljust(2, '0')}" if found else None


def _phone(text: str) -> str | None:
    try:
        found = parse_service_id(text)
    except NumberNotUnderstood:
        return None
    return found.value if found.kind == "mobile" else None


def exactly(options: Sequence[tuple[str, Iterable[str]]], told: str) -> str | None:
    """The key of the choice said in just these words: its key or one of its words; None for none or several."""
    said = plain(told)
    found = {key for key, words in options if said and (said == key or said in {plain(word) for word in words})}
    return found.pop() if len(found) == 1 else None


def within(options: Sequence[tuple[str, Iterable[str]]], told: str) -> str | None:
    """The key of the choice with the longest word in the sentence; None for none, or when two are as long."""
    said = plain(told)
    lengths: dict[str, int] = {}
    for key, words in options:
        for word in {plain(one) for one in words}:
            if holds(said, word):
                lengths[key] = max(lengths.get(key, 0), len(word))
    longest = [key for key, length in lengths.items() if length == max(lengths.values())]
    return longest[0] if len(longest) == 1 else None


def numbered(rows: Sequence[Row]) -> list[tuple[str, Row]]:
    """Rows with the keys they are chosen by, "1" first."""
    return [(str(n), row) for n, row in enumerate(rows, 1)]
