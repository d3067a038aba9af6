"""How times and amounts are said, as a table and as laws."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId
from qiao.ui import formats

ZONE = "Asia/Shanghai"
NOW = datetime(2026, 11, 23, 6, 5, tzinfo=UTC)  # 14:05 in Shanghai
instants = st.integers(1_577_836_800, 2_051_222_400).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@pytest.mark.parametrize(
    ("minutes", "english", "chinese"),
    [
        (0, "just now", "刚刚"),
        (-0.5, "just now", "刚刚"),
        (0.5, "in a moment", "马上"),
        (-0.75, "1 min ago", "1 分钟前"),
        (-3, "3 min ago", "3 分钟前"),
        (25, "in 25 min", "25 分钟后"),
        (-59.4, "59 min ago", "59 分钟前"),
        (-59.6, "today 13:05", "今天 13:05"),
        (-60, "today 13:05", "今天 13:05"),
        (60 * 10, "tomorrow 00:05", "明天 00:05"),
        (-60 * 24, "yesterday 14:05", "昨天 14:05"),
        (-60 * 48, "21 Nov 14:05", "11月21日 14:05"),
        (-60 * 24 * 365, "23 Nov 2025 14:05", "2025年11月23日 14:05"),
    ],
)
def test_an_instant_is_said_as_people_say_it(minutes: float, english: str, chinese: str) -> None:
    instant = NOW + timedelta(minutes=minutes)
    assert formats.relative(instant, NOW, ZONE, "en") == english
    assert formats.relative(instant, NOW, ZONE, "zh-CN") == chinese


def test_the_day_is_the_zones_and_not_that_of_the_server() -> None:
    late = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert formats.at(late, NOW, ZONE, "en") == "tomorrow 01:00"
    assert formats.at(late, NOW, "UTC", "en") == "today 17:00"
    assert formats.day(date(2026, 11, 22), NOW, ZONE, "zh-CN") == "昨天"


def test_the_exact_instant_names_weekday_seconds_and_zone() -> None:
    assert formats.exact(NOW, ZONE, "en") == "Monday, 23 Nov 2026 14:05:00 (Asia/Shanghai)"
    assert formats.exact(NOW, ZONE, "zh-CN") == "2026年11月23日 星期一 14:05:00 (Asia/Shanghai)"
    assert formats.clock_time(NOW, ZONE) == "14:05"


def test_an_hour_that_comes_twice_is_told_apart_by_its_instant() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert formats.at(first, first, "Europe/Berlin", "en") == "today 02:30"
    assert formats.at(first + timedelta(hours=1), first, "Europe/Berlin", "en") == "today 02:30"


@given(instants, instants)
def test_past_and_future_are_never_mixed_up(instant: datetime, now: datetime) -> None:
    said = formats.relative(instant, now, ZONE, "en")
    if said.endswith("ago") or said == "just now":
        assert instant <= now
    if said.startswith("in "):
        assert instant > now
    assert formats.relative(instant, now, ZONE, "zh-CN")


@given(st.integers(0, 10**7))
def test_a_watch_reads_back_to_its_seconds(seconds: int) -> None:
    parts = [int(part) for part in formats.duration(seconds).split(":")]
    assert sum(part * 60**place for place, part in enumerate(reversed(parts))) == seconds
    assert all(part < 60 for part in parts[1:])


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (Money.of("128"), "¥128.00"),
        (Money.of("1280.5"), "¥1,280.50"),
        (Money(-1), "−¥0.01"),
        (Money(0), "¥0.00"),
        (Money(12345, "USD"), "$123.45"),
        (Money(100, "CHF"), "CHF 1.00"),
        (None, "–"),
    ],
)
def test_an_amount_has_its_sign_and_two_decimals(amount: Money | None, said: str) -> None:
    assert formats.money(amount) == said


@given(st.integers(-(10**15), 10**15))
def test_no_amount_loses_a_cent(minor: int) -> None:
    said = formats.money(Money(minor)).replace("¥", "").replace(",", "").replace("−", "-")
    assert Money.of(said).minor == minor


@pytest.mark.parametrize(
    ("value", "unit", "english", "chinese"),
    [
        (61440, "MB", "60 GB", "60 GB"),
        (19142, "MB", "18.7 GB", "18.7 GB"),
        (900, "MB", "900 MB", "900 MB"),
        (1000, "min", "1,000 min", "1,000 分钟"),
        (22, "sms", "22 texts", "22 条"),
        (None, "min", "–", "–"),
    ],
)
def test_an_allowance_is_said_in_the_unit_people_think_in(
    value: float | None, unit: str, english: str, chinese: str
) -> None:
    assert formats.quantity(value, unit, "en") == english
    assert formats.quantity(value, unit, "zh-CN") == chinese


def test_a_language_has_the_name_its_speakers_give_it() -> None:
    assert formats.language_name("zh-CN") == "简体中文"
    assert formats.language_name("tlh") == "tlh"


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0"), (12345, "12,345"), (1.5, "1.5"), (2.0, "2"), (100.0, "100"), (None, "–")]
)
def test_a_number_has_its_thousands_apart(value: float | None, said: str) -> None:
    assert formats.number(value) == said


@pytest.mark.parametrize(("n", "said"), [(0, "0"), (1000, "1,000"), (1001, "more than 1,000")])
def test_a_list_is_counted_exactly_to_a_thousand(n: int, said: str) -> None:
    assert formats.counted(n, "en") == said
    assert formats.counted(1001, "zh-CN") == "超过 1,000"


def test_a_month_is_said_in_words_and_nonsense_is_left_alone() -> None:
    assert formats.month("2026-11", "en") == "Nov 2026"
    assert formats.month("2026-11", "zh-CN") == "2026年11月"
    assert [formats.month(told, "en") for told in ("", "2026", "2026-13", "soon-ish")] == [
        "",
        "2026",
        "2026-13",
        "soon-ish",
    ]


def test_a_name_is_taken_in_the_nearest_language_there_is() -> None:
    names = {"zh-CN": "彩铃", "en": "Ring tone"}
    assert formats.in_language(names, "zh-HK") == "彩铃"
    assert formats.in_language(names, "fr") == "Ring tone"
    assert formats.in_language({"ko": "벨소리"}, "fr") == "벨소리"
    assert formats.in_language("as it is", "fr") == "as it is"
    assert formats.in_language({}, "fr") == formats.in_language(None, "fr") == ""


def test_a_number_is_masked_whatever_form_it_has() -> None:
    service = ServiceId("mobile", "+8613912345678")
    assert formats.masked(service) == service.masked()
    assert "1234" not in formats.masked("13912345678")
    assert formats.masked("1729") == "****"
    assert formats.masked(None) == "–"
