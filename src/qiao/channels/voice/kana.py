"""Japanese in kana: the default voice reads every kanji as "Chinese letter"."""

import re
import threading
from functools import cache
from typing import Final

from sudachipy import Dictionary, SplitMode

from qiao.channels.voice.model_spoken import counted_in_japanese

KANJI: Final = re.compile("[\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
READ: Final = {
    "一度": "いちど", "今日": "きょう", "明日": "あした", "私": "わたし", "方は": "かたは", "方が": "かたが",
    "本日": "ほんじつ", "昨日": "きのう", "一つ": "ひとつ", "二つ": "ふたつ", "頃": "ごろ", "元": "げん",
}  # fmt: skip
"""Words of ours that the dictionary reads as they are read elsewhere."""
_READ: Final = re.compile("|".join(READ))
_ONE_AT_ONCE: Final = threading.Lock()


def kana(text: str) -> str:
    """The same as it is read aloud; a sign that nobody can read is left out."""
    told = _READ.sub(lambda one: READ[one[0]], counted_in_japanese(text))
    if not KANJI.search(told):
        return told
    with _ONE_AT_ONCE:
        parts = [(part.surface(), part.reading_form()) for part in _dictionary().tokenize(told, SplitMode.C)]
    read = "".join(reading if KANJI.search(written) else written for written, reading in parts)
    return KANJI.sub(" ", read)


@cache
def _dictionary():  # type: ignore[no-untyped-def]
    return Dictionary(dict="small").tokenizer()
