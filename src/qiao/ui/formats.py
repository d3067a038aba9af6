"""How instants, durations, amounts and numbers are said; pure: as staff read them in English and Chinese, and on
customers' pages in seven languages more, whose dates and amounts are Unicode's (CLDR, by Babel).

The same words drive frontend/shell/times.js, which keeps what is on the screen true while time passes.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from babel.numbers import format_currency, format_decimal

from qiao.kernel.languages import OWN_NAMES, RIGHT_TO_LEFT, nearest
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId

NONE: Final = "–"
COUNTED_EXACTLY_MAX: Final = 1000
_SIGNS: Final = {"CNY": "¥", "HKD": "HK$", "USD": "$", "EUR": "€", "JPY": "JP¥", "KRW": "₩"}
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "now": "just now",
        "soon": "in a moment",
        "ago": "{n} min ago",
        "in": "in {n} min",
        "today": "today",
        "yesterday": "yesterday",
        "tomorrow": "tomorrow",
        "date": "{day} {month}",
        "dated": "{day} {month} {year}",
        "month": "{month} {year}",
        "more": "more than {n}",
    },
    "zh-CN": {
        "now": "刚刚",
        "soon": "马上",
        "ago": "{n} 分钟前",
        "in": "{n} 分钟后",
        "today": "今天",
        "yesterday": "昨天",
        "tomorrow": "明天",
        "date": "{month}月{day}日",
        "dated": "{year}年{month}月{day}日",
        "month": "{year}年{month}月",
        "more": "超过 {n}",
    },
}
DAYS: Final[Mapping[str, Mapping[str, str]]] = {
    **WORDS,
    "zh-HK": {"today": "今日", "yesterday": "尋日", "tomorrow": "聽日"},
    "fr": {"today": "aujourd’hui", "yesterday": "hier", "tomorrow": "demain"},
    "de": {"today": "heute", "yesterday": "gestern", "tomorrow": "morgen"},
    "es": {"today": "hoy", "yesterday": "ayer", "tomorrow": "mañana"},
    "ar": {"today": "اليوم", "yesterday": "أمس", "tomorrow": "غدًا"},
    "ja": {"today": "今日", "yesterday": "昨日", "tomorrow": "明日"},
    "ko": {"today": "오늘", "yesterday": "어제", "tomorrow": "내일"},
}
UNITS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {"min": "{n} min", "sms": "{n} texts"},
    "zh-CN": {"min": "{n} 分钟", "sms": "{n} 条"},
    "zh-HK": {"min": "{n} 分鐘", "sms": "{n} 條"},
    "fr": {"min": "{n} min", "sms": "{n} SMS"},
    "de": {"min": "{n} Min.", "sms": "{n} SMS"},
    "es": {"min": "{n} min", "sms": "{n} SMS"},
    "ar": {"min": "{n} دقيقة", "sms": "{n} رسالة"},
    "ja": {"min": "{n}分", "sms": "{n}通"},
    "ko": {"min": "{n}분", "sms": "{n}건"},
}
_LOCALES: Final = {"zh-CN": "zh_Hans_CN", "zh-HK": "zh_Hant_HK"}
_WEEKDAYS: Final = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "zh-CN": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
}


def relative(instant: datetime, now: datetime, zone: str, language: str) -> str:
    """As people say it: "3 min ago", "in 25 min", and from an hour on "today 14:05"."""
    words = WORDS[_spoken(language)]
    seconds = (instant - now).total_seconds()
    minutes = int(abs(seconds) / 60 + 0.5)
    if abs(seconds) < 45:
        return words["now"] if seconds <= 0 else words["soon"]
    if minutes < 60:
        return words["ago" if seconds < 0 else "in"].format(n=max(minutes, 1))
    return at(instant, now, zone, language)


def at(instant: datetime, now: datetime, zone: str, language: str) -> str:
    """Day and time of day in the zone: "today 14:05", "23 Nov 14:05", "23 Nov 2025 14:05"."""
    there = _in_zone(instant, zone)
    return f"{day(there, now, zone, language)} {there:%H:%M}"


def day(instant: datetime | date, now: datetime, zone: str, language: str) -> str:
    """The day in the zone: "today", "tomorrow", "23 Nov"; the year only where it is another one."""
    there = _in_zone(instant, zone).date() if isinstance(instant, datetime) else instant
    today = _in_zone(now, zone).date()
    near = {today: "today", today - timedelta(days=1): "yesterday", today + timedelta(days=1): "tomorrow"}.get(there)
    spoken = _customer_speaks(language)
    if near:
        return DAYS[spoken][near]
    if spoken not in WORDS:
        return str(format_skeleton("MMMd" if there.year == today.year else "yMMMd", there, locale=_locale(spoken)))
    kind = "date" if there.year == today.year else "dated"
    return WORDS[spoken][kind].format(year=there.year, month=_month(there.month, language), day=there.day)


def exact(instant: datetime, zone: str, language: str) -> str:
    """Everything there is to say of an instant, for the hover: weekday, date, seconds and zone."""
    there = _in_zone(instant, zone)
    weekday = _WEEKDAYS[_spoken(language)][there.weekday()]
    dated = WORDS[_spoken(language)]["dated"].format(
        year=there.year, month=_month(there.month, language), day=there.day
    )
    said = f"{dated} {weekday}" if _spoken(language) == "zh-CN" else f"{weekday}, {dated}"
    return f"{said} {there:%H:%M:%S} ({zone})"


def clock_time(instant: datetime, zone: str) -> str:
    """Hours and minutes in the zone: "14:05"."""
    return f"{_in_zone(instant, zone):%H:%M}"


def month(told: str, language: str) -> str:
    """ "2026-11" as "Nov 2026" or "2026年11月"; what is no month stays as it is."""
    year, _, number = told.partition("-")
    if not (year.isdecimal() and number.isdecimal() and 1 <= int(number) <= 12):
        return told
    if (spoken := _customer_speaks(language)) not in WORDS:
        return str(format_skeleton("yMMM", date(int(year), int(number), 1), locale=_locale(spoken)))
    return WORDS[spoken]["month"].format(year=int(year), month=_month(int(number), language))


def duration(seconds: float | timedelta | None) -> str:
    """A running time as on a watch: "3:12", "1:02:03"."""
    if seconds is None:
        return NONE
    whole = int(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds)
    hours, rest = divmod(max(whole, 0), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def money(amount: Money | None, language: str = "en") -> str:
    """ "¥1,280.00"; where people write amounts otherwise as they do there; an unknown amount is a dash, never zero."""
    if amount is None:
        return NONE
    if (spoken := _customer_speaks(language)) not in WORDS:
        said = str(format_currency(amount.minor / 100, amount.currency, locale=_locale(spoken)))
        return _apart(said.replace("\u00a0", " ").replace("\u202f", " ").strip("\u200e\u200f"), spoken)
    sign = "−" if amount.minor < 0 else ""
    whole, cents = divmod(abs(amount.minor), 100)
    return f"{sign}{_SIGNS.get(amount.currency, amount.currency + ' ')}{whole:,}.{cents:02d}"


def number(value: int | float | Decimal | None) -> str:
    """With thousands apart and no needless zeros: "12,345", "1.5"."""
    if value is None:
        return NONE
    if isinstance(value, int):
        return f"{value:,}"
    said = f"{value:,.2f}"
    return said.rstrip("0").rstrip(".")


def quantity(value: float | Decimal | None, unit: str, language: str) -> str:
    """What is left of an allowance or was used: "18.7 GB", "588 min", "22 texts"; from 1,024 MB on in GB."""
    if value is None:
        return NONE
    spoken = _customer_speaks(language)
    if unit == "MB" and value >= 1024:
        return _apart(f"{_decimal(round(float(value) / 1024, 1), spoken)} GB", spoken)
    return _apart(UNITS[spoken].get(unit, "{n} " + unit).format(n=_decimal(value, spoken)), spoken)


def _apart(said: str, spoken: str) -> str:
    """A number with its unit, kept together in a line that runs from right to left (Unicode UAX 9: FSI, PDI)."""
    return f"\u2068{said}\u2069" if spoken in RIGHT_TO_LEFT else said


def _decimal(value: float | Decimal, spoken: str) -> str:
    if spoken not in WORDS:
        return str(format_decimal(value, locale=_locale(spoken))).replace("\u202f", " ")
    return number(int(value) if value == int(value) else value)


def counted(n: int, language: str) -> str:
    """A count of a list: exact to 1,000, then "more than 1,000"; lists count no further than that."""
    if n <= COUNTED_EXACTLY_MAX:
        return number(n)
    return WORDS[_spoken(language)]["more"].format(n=number(COUNTED_EXACTLY_MAX))


def masked(service: ServiceId | str | None) -> str:
    """A number with its middle hidden."""
    if isinstance(service, ServiceId):
        return service.masked()
    return NONE if not service else f"{service[:3]} **** {service[-4:]}" if len(service) > 8 else "****"


def in_language(said: Mapping[str, Any] | str | None, language: str) -> str:
    """One of the texts of a name that exists in several languages; the nearest there is."""
    if said is None or isinstance(said, str):
        return said or ""
    if not said:
        return ""
    offered = tuple(said)
    return str(said[nearest(language, offered, otherwise="en" if "en" in said else offered[0])])


def language_name(code: str) -> str:
    """A language by the name its speakers give it; a code nobody knows stays as it is."""
    return OWN_NAMES.get(code, code)


def _in_zone(instant: datetime, zone: str) -> datetime:
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(ZoneInfo(zone))


def _month(number_of_month: int, language: str) -> str:
    return str(number_of_month) if _spoken(language) == "zh-CN" else _MONTHS[number_of_month - 1]


def _spoken(language: str) -> str:
    """What a screen of staff speaks."""
    return "zh-CN" if language.startswith("zh") else "en"


def _customer_speaks(language: str) -> str:
    return nearest(language, otherwise="en")


def _locale(spoken: str) -> str:
    return _LOCALES.get(spoken, spoken)
