"""What is written is said as people say it: amounts, days, hours, telephone numbers and signs, in nine languages."""

from __future__ import annotations

import pytest

from qiao.bss import BillSummary, Plan
from qiao.catalogue.receipts import money
from qiao.channels.voice.model_spoken import WORDS, counted_in_japanese, spoken
from qiao.kernel.languages import LANGUAGES
from qiao.kernel.money import Money
from qiao.selfservice.facts import facts_of

SAID = {
    "zh-CN": ("1238元5角", "负12元零5分"),
    "zh-HK": ("1238元5角", "負12元零5分"),
    "en": ("1238 yuan 50 fen", "minus 12 yuan 5 fen"),
    "fr": ("1238 yuans 50 fens", "moins 12 yuans 5 fens"),
    "de": ("1238 Yuan 50 Fen", "minus 12 Yuan 5 Fen"),
    "es": ("1238 yuanes 50 fen", "menos 12 yuanes 5 fen"),
    "ar": ("1238 يوان 50 فن", "ناقص 12 يوان 5 فن"),
    "ja": ("1238 げん 50 フェン", "マイナス 12 げん 5 フェン"),
    "ko": ("1238 위안 50 펀", "마이너스 12 위안 5 펀"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_amount_as_the_house_writes_it_is_said_in_yuan_and_fen(language: str) -> None:
    assert set(WORDS) == set(LANGUAGES)
    more, owed = SAID[language]
    assert spoken(money(Money(123_850), language), language) == more
    assert spoken(money(Money(-1205), language), language) == owed


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_price_in_a_choice_is_heard_with_its_currency(language: str) -> None:
    for offered in (Plan("p", {"en": "Light"}, Money(123_850), ()), BillSummary("2026-10", Money(123_850), "issued")):
        told = facts_of([offered], language)
        assert told is not None
        [(_, choice)] = told["rows"]
        assert spoken(choice, language).endswith(SAID[language][0])


@pytest.mark.parametrize(
    ("written", "language", "said"),
    [
        ("CN¥1.00", "en", "1 yuan"),
        ("1,00 CNY", "fr", "1 yuan"),
        ("¥38.05", "zh-CN", "38元零5分"),
        ("¥38.55", "zh-CN", "38元5角5分"),
        ("¥100.00", "zh-HK", "100元"),
        ("1元至5000元", "zh-CN", "1元至5000元"),
        ("38.50", "en", "38 point 5"),
        ("38,50", "de", "38 Komma 5"),
        ("3.25", "zh-CN", "3点 2 5"),
        ("1,024 MB", "en", "1024 MB"),
        ("1\u202f024,5", "fr", "1024 virgule 5"),
        ("0.125", "en", "0 point 1 2 5"),
        ("10.0 GB", "ko", "10 GB"),
        ("50%", "zh-CN", "百分之50"),
        ("50 %", "de", "50 Prozent"),
        ("12.5%", "ja", "12 てん 5 パーセント"),
        ("3", "es", "3"),
    ],
)
def test_quantities_and_shares(written: str, language: str, said: str) -> None:
    assert spoken(written, language) == said


@pytest.mark.parametrize(
    ("written", "language", "said"),
    [
        ("13912345678", "en", "1 3 9, 1 2 3 4, 5 6 7 8"),
        ("13912345678", "zh-CN", "幺 3 9, 幺 2 3 4, 5 6 7 8"),
        ("13912345678", "zh-HK", "1 3 9, 1 2 3 4, 5 6 7 8"),
        ("139 1234 5678", "fr", "1 3 9, 1 2 3 4, 5 6 7 8"),
        ("+86 139 1234 5678", "ko", "플러스 8 6, 1 3 9, 1 2 3 4, 5 6 7 8"),
        ("+8613912345678", "ar", "زائد 8 6 1 3 9, 1 2 3 4, 5 6 7 8"),
        ("10086", "de", "1 0 0 8 6"),
        ("95588", "zh-CN", "9 5 5 8 8"),
        ("12000", "en", "12000"),
        ("123456", "en", "123456"),
        ("6225880", "en", "6 2 2, 5 8 8 0"),
        ("62258800", "en", "6 2 2 5, 8 8 0 0"),
        ("4829", "es", "4829"),
    ],
)
def test_what_is_to_be_noted_is_said_digit_by_digit(written: str, language: str, said: str) -> None:
    assert spoken(written, language) == said


@pytest.mark.parametrize(
    ("written", "language", "said"),
    [
        ("2026-12-04", "en", "December 4, 2026"),
        ("2026-12-04", "zh-CN", "2026年12月4日"),
        ("2026-12-04", "de", "4 Dezember 2026"),
        ("2026-09-04", "ja", "2026ねん くがつ よっか"),
        ("2026-02-30", "en", "2026-02-30"),
        ("2026-10", "en", "October 2026"),
        ("2026-10", "zh-CN", "2026年10月"),
        ("2026-07", "ja", "2026ねん しちがつ"),
        ("2026-10 CN¥0.01", "en", "October 2026 0 yuan 1 fen"),
        ("2026-13", "zh-CN", "2026-13"),
        ("18:05", "en", "18:05"),
        ("18:05", "zh-CN", "18点5分"),
        ("09:00", "zh-HK", "9點"),
        ("18:30", "ja", "18じ 30ぷん"),
        ("18:05", "ja", "18じ 5ふん"),
        ("18:30", "ko", "18시 30분"),
    ],
)
def test_days_and_hours(written: str, language: str, said: str) -> None:
    assert spoken(written, language) == said


def test_marks_of_direction_are_not_said_and_words_stay() -> None:
    assert spoken("\u200fالرصيد \u061c12.38 CN¥", "ar") == "الرصيد 12 يوان 38 فن"
    assert spoken("Hello, press the key.", "en") == "Hello, press the key."


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("12月1日", "12がつ ついたち "),
        ("4月25日", "しがつ 25にち "),
        ("2026年7月", "2026ねんしちがつ "),
        ("3件と5回", "3けんと5かい"),
        ("1元から5000元まで", "1げんから5000げんまで"),
        ("日本", "日本"),
    ],
)
def test_japanese_counters_are_read_as_counters(written: str, said: str) -> None:
    assert counted_in_japanese(written) == said
