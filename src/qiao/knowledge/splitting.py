"""Words to search by: CJK characters singly and in pairs, other words folded; the same for texts and for questions.

Pairs of neighbours stand for the phrases that Chinese and Japanese write without spaces; single characters are kept so
that one character finds too. Pure.
"""

import re
import unicodedata
from typing import Final

CJK: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_RUN: Final = re.compile(f"[{CJK}]+|[^\\W_{CJK}]+(?:[.'’-][^\\W_{CJK}]+)*")
_IS_CJK: Final = re.compile(f"[{CJK}]")
TOKENS_MAX: Final = 20_000
WORD_MAX: Final = 60


def tokens(text: str) -> list[str]:
    """Every token of a text, in order, at most 20,000: "退订3737" -> ["退", "退订", "订", "3737"]."""
    found: list[str] = []
    for match in _RUN.finditer(folded(text)):
        run = match.group()
        if _IS_CJK.match(run):
            for index, character in enumerate(run):
                found.append(character)
                if index + 1 < len(run):
                    found.append(run[index : index + 2])
        else:
            found.append(run[:WORD_MAX])
        if len(found) > TOKENS_MAX:
            break
    return found[:TOKENS_MAX]


def asked(text: str, limit: int = 40) -> list[str]:
    """The tokens a question must have all of: of a CJK run its pairs (one character stands alone only by itself)."""
    wanted: list[str] = []
    for match in _RUN.finditer(folded(text)):
        run = match.group()
        if _IS_CJK.match(run) and len(run) > 1:
            wanted += [run[index : index + 2] for index in range(len(run) - 1)]
        else:
            wanted.append(run[:WORD_MAX])
    return list(dict.fromkeys(wanted))[:limit]


def folded(text: str) -> str:
    """One form for what people take for the same: width, case, accents."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(character for character in plain if not unicodedata.combining(character))
