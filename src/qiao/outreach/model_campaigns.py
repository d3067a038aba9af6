"""Reply codes of campaigns: what may be one, and which is live: pure."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from qiao.kernel.languages import N_
from qiao.outreach.model_stop import plain_word, wish_of

CODE_MAX: Final = 12
NAME_MAX: Final = 80
LONGEST: Final = timedelta(days=400)
ANSWER_GOOD: Final = timedelta(minutes=15)
"""How long after the code was texted an order still comes of it: the ten minutes of a dialogue, and some."""
_CODE: Final = re.compile(r"[A-Z0-9\u4e00-\u9fff]{2,12}")
_DIGITS: Final = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class CampaignCode:
    """A word that customers answer a campaign with, and the service it opens, from one instant until another."""

    id: UUID
    code: str
    service: str
    parameters: Mapping[str, str]
    campaign: str
    from_at: datetime
    until_at: datetime
    rev: int = 1

    def live(self, now: datetime) -> bool:
        """Whether it opens its service now."""
        return self.from_at <= now < self.until_at

    @property
    def word(self) -> str:
        """The code as texts are compared with it."""
        return plain_word(self.code)

    @property
    def origin(self) -> str:
        """What an order of it names as the way it came."""
        return f"campaign:{self.code}"


def tidy(code: str) -> str:
    """A code as it is kept: wide letters are narrow ones, small ones capital."""
    return unicodedata.normalize("NFKC", code[: 4 * CODE_MAX]).strip().upper()


def code_problem(code: str, taken: Collection[str]) -> str:
    """What is wrong with a code; "" when it may be one. `taken` are words that mean something else already."""
    if not _CODE.fullmatch(code):
        return N_("2 to 12 capital letters, digits or Chinese characters.")
    if _DIGITS.fullmatch(code) and len(code) < 5:
        return N_("A number of up to four digits answers a menu or confirms an order; choose a longer one or a word.")
    if wish_of(code) is not None or plain_word(code) in taken:
        return N_("This word means something else already; choose another.")
    return ""


def time_problem(from_at: datetime, until_at: datetime) -> str:
    """What is wrong with the time of a code; "" when nothing is."""
    if not from_at < until_at:
        return N_("The end must come after the beginning.")
    return N_("At most 400 days.") if until_at - from_at > LONGEST else ""


def overlapping(
    codes: Iterable[CampaignCode], word: str, from_at: datetime, until_at: datetime, but: UUID | None
) -> CampaignCode | None:
    """Another code of the same word that is live at some moment of this time; `but` is the one being changed."""
    return next(
        (
            one
            for one in codes
            if one.id != but and one.word == word and one.from_at < until_at and from_at < one.until_at
        ),
        None,
    )


def live_code(codes: Iterable[CampaignCode], text: str, now: datetime) -> CampaignCode | None:
    """The live code that the whole text is; spaces, case, width and punctuation do not matter."""
    word = plain_word(text)
    return next((one for one in codes if word and one.word == word and one.live(now)), None)
