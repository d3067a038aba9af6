"""What became of asking somebody whether an order about his number may be done: digits, a no, or silence. Pure."""

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from qiao.kernel.ids import OrderId
from qiao.kernel.service_ids import ServiceId

ConsentState = Literal["asked", "agreed", "refused", "silent"]
GOOD: Final = timedelta(hours=24)
TRIES_MAX: Final = 3
DIGITS: Final = 4
NO: Final = frozenset(
    {"n", "no", "不", "否", "不同意", "唔同意", "拒绝", "拒絕", "non", "nein", "لا", "いいえ", "아니요", "아니오"}
)
_EDGES: Final = " \t\n.。,，!！?？#*()（）[]【】'\"“”「」:：;；、"


@dataclass(frozen=True, slots=True)
class Consent:
    """One question to the holder of `member`: may `asker` have it? An answer is good until `until_at`."""

    id: UUID
    order_id: OrderId
    asker: ServiceId
    member: ServiceId
    state: ConsentState
    until_at: datetime
    tries: int = 0


def may_answer(said: str) -> bool:
    """Whether a text can be an answer at all: four digits, or a word that says no."""
    words = _plain(said)
    return words in NO or digits_of(said) != ""


def digits_of(said: str) -> str:
    """The four digits that a text is and nothing else; "" for any other."""
    words = _plain(said)
    return words if len(words) == DIGITS and words.isascii() and words.isdecimal() else ""


def heard(consent: Consent, said: str, *, right: bool, now: datetime) -> Consent:
    """The consent after its holder texted this; `right`: these are the digits that he was sent.

    A no is final, and so are three wrong guesses: they are taken for somebody else's.
    """
    consent = standing(consent, now)
    if consent.state != "asked":
        return consent
    if right:
        return replace(consent, state="agreed")
    if _plain(said) in NO:
        return replace(consent, state="refused")
    tries = consent.tries + 1
    return replace(consent, tries=tries, state="refused" if tries >= TRIES_MAX else "asked")


def standing(consent: Consent, now: datetime) -> Consent:
    """As it stands now: whoever did not answer in time has not agreed."""
    over = consent.state == "asked" and now >= consent.until_at
    return replace(consent, state="silent") if over else consent


def _plain(said: str) -> str:
    return unicodedata.normalize("NFKC", said).casefold().strip(_EDGES)
