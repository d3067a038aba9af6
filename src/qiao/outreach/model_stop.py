"""What a text from a customer asks of us: to stop, to start again, or something else.

Only a text that is nothing but the word counts: "please don't stop my service" is no STOP. Spaces, punctuation,
full-width letters and case do not matter.
"""

import re
import unicodedata
from typing import Final, Literal

Wish = Literal["stop", "start"]

STOP_WORDS: Final = frozenset({
    # zh: the codes and words on Chinese commercial messages
    "td", "t", "退订", "退訂", "取消订阅", "停止", "停止发送", "停止發送",
    "不要再发", "不要再发了", "别再发了", "不要再發", "唔好再發", "勿扰", "勿擾", "拒收",
    # en: CTIA's list
    "stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke",
    # fr, de, es, ar, ja, ko
    "arret", "arreter", "desabonner", "desinscrire", "stopp", "abmelden", "abbestellen", "parar", "baja", "alto",
    "cancelar",
    "ايقاف", "الغاء", "توقف", "اوقف", "停止する", "配信停止", "解除", "ストップ", "수신거부", "중지", "그만", "정지",
})  # fmt: skip
START_WORDS: Final = frozenset({
    "start", "unstop", "optin", "subscribe", "resume", "开始", "開始", "恢复", "恢復", "订阅", "訂閱",
    "dy", "hf",
    "commencer", "reprendre", "demarrer", "beginnen", "anmelden", "empezar", "iniciar", "alta", "ابدا", "بدء",
    "استئناف",
    "再開", "スタート", "시작", "수신동의", "재개",
})  # fmt: skip
LONGEST: Final = 24


def wish_of(text: str) -> Wish | None:
    """What the whole text asks for, if it is one of the words."""
    word = plain_word(text)
    if word in _STOP:
        return "stop"
    return "start" if word in _START else None


def plain_word(text: str) -> str:
    """A text as it is compared: compatible forms (NFKC), no case, no marks, no spaces or punctuation."""
    if len(text) > 4 * LONGEST:
        return ""
    folded = unicodedata.normalize("NFKC", text).casefold()
    parted = unicodedata.normalize("NFD", folded) if folded.isascii() or _LATIN.search(folded) else folded
    arabic = parted.translate(_ALEFS)
    kept = "".join(one for one in arabic if unicodedata.category(one)[0] in "LN")
    return kept if len(kept) <= LONGEST else ""


_LATIN: Final = re.compile("[a-z]")
_ALEFS: Final = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ـ": ""})
_STOP: Final = frozenset(plain_word(word) for word in STOP_WORDS)
_START: Final = frozenset(plain_word(word) for word in START_WORDS)
