"""The customer's word: what a reply means, and what happens while he is silent. Pure."""

import re
import unicodedata
from collections.abc import Collection
from datetime import timedelta
from typing import Final, Literal

from qiao.kernel.languages import N_

Solved = Literal["yes", "no"]
Channel = Literal["link", "portal", "chat", "sms", "contact"]
SilenceStep = Literal["reminder", "call", "dormant"]

CHANNELS: Final[dict[Channel, str]] = {
    "link": N_("by the link we sent"),
    "portal": N_("on his own page"),
    "chat": N_("in the chat"),
    "sms": N_("by text message"),
    "contact": N_("in a contact"),
}
STARS: Final = (1, 2, 3, 4, 5)
SILENCE: Final[tuple[tuple[SilenceStep, timedelta], ...]] = (
    ("reminder", timedelta(days=3)),
    ("call", timedelta(days=3)),
    ("dormant", timedelta(days=7)),
)
"""What comes when he has not answered for so long after the step before it."""
DORMANT_AGAIN: Final = timedelta(days=7)
"""A case that woke at his contact and was not answered in it goes back to rest after this; he is not asked again."""
LINK_DAYS: Final = 30
REPLY_MAX: Final = 40
"""Characters: what is longer is no answer to a question that wants one word."""

_YES: Final = (
    *(
        "1",
        "yes",
        "y",
        "ok",
        "okay",
        "solved",
        "是",
        "是的",
        "好",
        "好了",
        "解决了",
        "已解决",
        "係",
        "解決了",
        "已解決",
    ),
    *("oui", "ja", "sí", "si", "نعم", "はい", "예", "네", "resolu", "gelöst", "resuelto", "تم", "解決しました", "해결"),
)
_NO: Final = (
    *(
        "2",
        "no",
        "n",
        "not solved",
        "否",
        "不",
        "不是",
        "没有",
        "没解决",
        "未解决",
        "唔係",
        "沒有",
        "未解決",
        "non",
        "nein",
    ),
    *("لا", "いいえ", "아니요", "아니오", "pas resolu", "nicht gelöst", "no resuelto", "لم يتم", "미해결"),
)
_NUMBER: Final = re.compile(r"c[- ]?[0-9]{6}[- ]?[0-9]{4,9}")


def _plain(text: str) -> str:
    """Letters and digits alone, without marks over them, full width read as half."""
    spread = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(one if one.isalnum() else " " for one in spread if not unicodedata.combining(one))
    return unicodedata.normalize("NFC", " ".join(kept.split()))


_READ: Final[dict[str, Solved]] = {**{_plain(word): "yes" for word in _YES}, **{_plain(word): "no" for word in _NO}}


def reply_of(text: str) -> Solved | None:
    """What a reply says ("1", "yes", 是 …; "2", "no", 否 … in nine languages); None for anything else.

    A case's number beside the word is passed over, so that he can say which case he means.
    """
    if len(text) > REPLY_MAX:
        return None
    return _READ.get(_plain(_NUMBER.sub(" ", unicodedata.normalize("NFKC", text).casefold())))


def number_in(text: str) -> str | None:
    """The case's number that stands in a reply, as people write it: "c261123 0007" is "C-261123-0007"."""
    found = _NUMBER.search(unicodedata.normalize("NFKC", text).casefold())
    if found is None:
        return None
    digits = re.sub("[^0-9]", "", found[0])
    return f"C-{digits[:6]}-{digits[6:]}"


def next_silence_step(taken: Collection[str]) -> tuple[SilenceStep, timedelta] | None:
    """What comes next while he is silent, and how long after the last; None once the case rests."""
    return next(((step, after) for step, after in SILENCE if step not in taken), None)
