"""What is written, as a voice must be given it: amounts, days, hours, numbers and signs in nine languages. Pure.

A voice reads "CN¥12.38" as "C N yen", a telephone number as billions, and leaves the point out in some languages.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from babel.dates import format_date, format_skeleton


@dataclass(frozen=True, slots=True)
class Words:
    """What a language says for signs. `one`, `many`: a whole unit of money; `small`: a hundredth."""

    one: str
    many: str
    small: str
    point: str
    minus: str
    plus: str
    percent: str
    gap: str = " "


WORDS: Final = {
    "zh-CN": Words("元", "元", "分", "点", "负", "加", "百分之", ""),
    "zh-HK": Words("元", "元", "分", "點", "負", "加", "百分之", ""),
    "en": Words("yuan", "yuan", "fen", "point", "minus", "plus", "percent"),
    "fr": Words("yuan", "yuans", "fens", "virgule", "moins", "plus", "pour cent"),
    "de": Words("Yuan", "Yuan", "Fen", "Komma", "minus", "plus", "Prozent"),
    "es": Words("yuan", "yuanes", "fen", "coma", "menos", "más", "por ciento"),
    "ar": Words("يوان", "يوان", "فن", "فاصلة", "ناقص", "زائد", "بالمئة"),
    "ja": Words("げん", "げん", "フェン", "てん", "マイナス", "プラス", "パーセント"),
    "ko": Words("위안", "위안", "펀", "점", "마이너스", "플러스", "퍼센트"),
}
BEFORE_NUMBER: Final = frozenset({"zh-CN", "zh-HK"})
"""Where percent is said before its number."""
CHINESE: Final = frozenset({"zh-CN", "zh-HK"})
HOURS: Final = {"zh-CN": ("点", "分"), "zh-HK": ("點", "分"), "ja": ("じ ", "ふん"), "ko": ("시 ", "분")}
"""Hour and minute where a voice does not say them of itself."""
ONE_IN_NUMBERS: Final = {"zh-CN": "幺"}
"""People say a telephone number's one so, lest it be taken for a seven."""
DIGITS_MIN: Final = 7
"""So many digits in one are no quantity but a number to be noted, and are said one by one."""
SERVICE_NUMBER: Final = re.compile(r"100\d\d|12[1-9]\d\d|9[56]\d{3}")
"""Such as 10086, 12321, 95588."""
_GAPS: Final = "\u00a0\u202f\u2009"
_NUMBER: Final = rf"\d{{1,3}}(?:[.,{_GAPS}]\d{{3}})+(?:[.,]\d{{1,2}})?(?!\d)|\d+(?:[.,]\d+)?"
_MONEY: Final = r"CN¥|CNY|[¥元](?=\s?[-\u2212]?\d)"
_WRITTEN: Final = re.compile(
    rf"(?P<day>\d{{4}}-\d{{2}}-\d{{2}})(?!\d)"
    rf"|(?<![\d-])(?P<month>\d{{4}}-(?:0[1-9]|1[0-2]))(?![\d-])"
    rf"|(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?![\d:])"
    rf"|(?P<sign1>[-\u2212]?)(?:{_MONEY})\s?(?P<sign2>[-\u2212]?)(?P<before>{_NUMBER})"
    rf"|(?P<sign3>[-\u2212]?)(?P<behind>{_NUMBER})[\s{_GAPS}]?(?:CN¥|CNY|¥)"
    r"|(?P<phone>\+\d[\d -]{5,}\d|(?<!\d)1\d\d[ -]\d{4}[ -]\d{4}(?!\d)|(?<![\d.,])\d{5}\d*(?![\d]|[.,]\d))"
    rf"|(?P<share>{_NUMBER})[\s{_GAPS}]?%"
    rf"|(?P<number>{_NUMBER})"
)
_MARKS: Final = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")


def spoken(text: str, language: str) -> str:
    """A sentence in which every number is written as it is said; all else stays."""
    return _WRITTEN.sub(lambda found: _said(found, language), _MARKS.sub("", text))


def _said(found: "re.Match[str]", language: str) -> str:
    words, told = WORDS[language], found.groupdict()
    if told["day"]:
        return _day(told["day"], language)
    if told["month"]:
        return _whole_month(date.fromisoformat(f"{told['month']}-01"), language)
    if told["hour"]:
        return _hour(told["hour"], told["minute"], language)
    if told["phone"]:
        return _one_by_one(told["phone"], language)
    if told["share"]:
        number = _number(told["share"], language)
        return f"{words.percent}{number}" if language in BEFORE_NUMBER else f"{number} {words.percent}"
    if told["number"]:
        return _number(told["number"], language)
    minus = bool(told["sign1"] or told["sign2"] or told["sign3"])
    return _money(told["before"] or told["behind"], language, minus=minus)


def _parts(written: str) -> tuple[str, str]:
    """Whole and decimals, whichever marks are used: three digits behind a mark are thousands, unless 0 is before it."""
    whole, mark, behind = written, "", ""
    if (last := max(written.rfind("."), written.rfind(","))) >= 0:
        whole, mark, behind = written[:last], written[last], written[last + 1 :]
    if mark and len(behind) == 3 and whole.strip("0"):
        whole, behind = whole + behind, ""
    return re.sub(r"\D", "", whole), behind.rstrip("0")


def _number(written: str, language: str) -> str:
    whole, decimals = _parts(written)
    if not decimals:
        return whole
    words = WORDS[language]
    return f"{whole}{words.gap}{words.point}{words.gap or ' '}{' '.join(decimals)}"


def _money(written: str, language: str, *, minus: bool) -> str:
    words = WORDS[language]
    whole, decimals = _parts(written)
    small = int(decimals[:2].ljust(2, "0"))
    sign = f"{words.minus}{words.gap}" if minus else ""
    if language in CHINESE:
        return f"{sign}{whole}{words.many}{_small_in_chinese(small)}"
    unit = words.one if int(whole) == 1 else words.many
    return f"{sign}{whole} {unit}" + (f" {small} {words.small}" if small else "")


def _small_in_chinese(small: int) -> str:
    tens, ones = divmod(small, 10)
    return (f"{tens}角" if tens else "零" if ones else "") + (f"{ones}分" if ones else "")


def _one_by_one(written: str, language: str) -> str:
    digits = re.sub(r"\D", "", written)
    if len(digits) < DIGITS_MIN and not SERVICE_NUMBER.fullmatch(digits):
        return written
    plus = f"{WORDS[language].plus} " if written.startswith("+") else ""
    one = ONE_IN_NUMBERS.get(language, "1")
    return plus + ", ".join(" ".join(group).replace("1", one) for group in _groups(written.lstrip("+"), digits))


def _groups(written: str, digits: str) -> list[str]:
    """As it is written; else a mobile number's 3, 4 and 4 digits, or by fours from the end."""
    if len(parts := re.split(r"[ -]+", written)) > 1 or len(digits) < DIGITS_MIN:
        return parts
    first = len(digits) - 8 if 11 <= len(digits) <= 13 else len(digits) % 4 or 4
    return [digits[:first], *(digits[at : at + 4] for at in range(first, len(digits), 4))]


def _day(written: str, language: str) -> str:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return written
    if language == "ja":
        return f"{day.year}ねん {_month(day.month)}{_of_month(day.day)}".strip()
    return str(format_date(day, "long", locale=_LOCALES.get(language, language))).replace(".", "")


def _whole_month(first: date, language: str) -> str:
    """A bill's month. Else "2026-10" before an amount would be heard as a debt of ten."""
    if language == "ja":
        return f"{first.year}ねん {_month(first.month)}".strip()
    return str(format_skeleton("yMMMM", first, locale=_LOCALES.get(language, language)))


def _hour(hour: str, minute: str, language: str) -> str:
    if language not in HOURS:
        return f"{hour}:{minute}"
    hours, minutes = HOURS[language]
    if language == "ja":
        minutes = "ふん" if int(minute) % 10 in (2, 5, 7, 9) else "ぷん"
    return f"{int(hour)}{hours}" + (f"{int(minute)}{minutes}" if int(minute) else "")


def counted_in_japanese(text: str) -> str:
    """Days and counters behind numbers in kana: a dictionary gives each of their signs another reading."""
    text = _DAY_JA.sub(lambda one: f"{_month(int(one[1]))}{_of_month(int(one[2]))}", text)
    text = re.sub(r"(\d+)月", lambda one: _month(int(one[1])), text)
    return _COUNTERS.sub(lambda one: COUNTERS_JA[one[0]], text)


def _month(number: int) -> str:
    return f"{MONTHS_JA.get(number, number)}がつ "


def _of_month(number: int) -> str:
    return DAYS_JA.get(number, f"{number}にち") + " "


COUNTERS_JA: Final = {
    "年": "ねん", "日": "にち", "時": "じ", "分": "ふん", "秒": "びょう", "元": "げん", "円": "えん", "件": "けん",
    "回": "かい", "番": "ばん", "桁": "けた", "歳": "さい", "度": "ど", "頃": "ごろ", "個": "こ", "人": "にん",
}  # fmt: skip
_COUNTERS: Final = re.compile(f"(?<=[0-9])[{''.join(COUNTERS_JA)}]")
_DAY_JA: Final = re.compile(r"(\d{1,2})月(\d{1,2})日")
MONTHS_JA: Final = {4: "し", 7: "しち", 9: "く"}
DAYS_JA: Final = {
    1: "ついたち", 2: "ふつか", 3: "みっか", 4: "よっか", 5: "いつか", 6: "むいか", 7: "なのか", 8: "ようか",
    9: "ここのか", 10: "とおか", 14: "じゅうよっか", 20: "はつか", 24: "にじゅうよっか",
}  # fmt: skip
_LOCALES: Final = {"zh-CN": "zh_Hans_CN", "zh-HK": "zh_Hant_HK", "ar": "ar_EG@numbers=latn"}
