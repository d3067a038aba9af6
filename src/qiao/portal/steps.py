"""A flow as a page: which form a word belongs to, and what a person is told of what was tried. Pure."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from qiao.kernel.languages import RIGHT_TO_LEFT
from qiao.selfservice import Output, Session, TriedLine

BACK: Final = "*"
PERSON: Final = "0"
"""What the engine understands at every step, as the buttons of a page say it."""
SUMMARY_MAX: Final = 1_500
_NUMBERS: Final = re.compile(r"[-−+]?\d(?:[\d.,:/*-]*\d)?(?:\s?(?:[A-Z]{1,3}[¥$€]?|[¥$€%]))?(?![A-Za-z])")
Standing = Literal["asked", "handed", "callback", "over"]


def mark_of(session: Session) -> str:
    """Names one place of one run: a form's word is taken only where the form was made for it, and once."""
    told = json.dumps(session.as_json(), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def word_of(form: Mapping[str, str]) -> str:
    """What was pressed or typed: a button's word goes before the field."""
    return (form.get("press") or form.get("say") or "").strip()


def standing(session: Session, outputs: Iterable[Output]) -> Standing:
    """How the page ends: with a question, a person, a call to come, or nothing more."""
    if session.over in ("handed", "callback"):
        return session.over
    if session.over:
        return "over"
    return "asked" if any(one.waits for one in outputs) else "over"


def summary(name: str, lines: Iterable[TriedLine]) -> str:
    """What he has answered and tried, so that he need not tell it again: the flow's name, then a line for each."""
    told = [f"{' '.join(one.what.split())}: {one.answer}".strip(": ") for one in lines if one.what or one.answer]
    whole = "\n".join([name, *(f"- {line}" for line in told)])
    return whole if len(whole) <= SUMMARY_MAX else f"{whole[: SUMMARY_MAX - 1]}…"


def isolated(text: str, language: str) -> str:
    """The text with each number and its unit kept together where the line runs from right to left (UAX 9)."""
    if language not in RIGHT_TO_LEFT:
        return text
    return _NUMBERS.sub(lambda found: f"\u2068{found[0]}\u2069", text)
