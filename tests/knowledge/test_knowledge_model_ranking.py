"""Which entry was meant: by title, by what people said before, by what answers to it; and when nobody knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.knowledge.model_ranking import LOOKED_MAX, Entry, Index, Match, features, verdict

ENTRIES = (
    Entry("balance", "service", ("查余额", "Balance"), ("我还剩多少话费", "卡里还有多少钱", "how much money is left")),
    Entry("bill", "service", ("查账单", "Bill"), ("上个月扣了多少钱", "what did last month cost")),
    Entry("roaming", "service", ("开通国际漫游", "Roaming on"), ("出国手机能用吗",), "境外使用前请先开通漫游。"),
    Entry("esim", "faq", ("什么是eSIM",), (), "eSIM 是嵌入手机的卡，无需插卡。"),
)
INDEX = Index(ENTRIES)
WORDS = st.text(st.sampled_from("查余额话费账单漫游abc de"), max_size=20)


def first(text: str, **how: frozenset[str]) -> str:
    found = INDEX.ask(text, **how)  # type: ignore[arg-type]
    return found[0].entry.id if found else ""


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("余额", "balance"),
        ("话费还剩多少", "balance"),
        ("BALANCE", "balance"),
        ("balence please", "balance"),
        ("上月账单", "bill"),
        ("出国了手机怎么用", "roaming"),
        ("境外", "roaming"),
        ("ｅＳＩＭ是什么", "esim"),
        ("e sim 卡", "esim"),
    ],
)
def test_what_was_meant_is_found_first(asked: str, meant: str) -> None:
    assert first(asked) == meant


@pytest.mark.parametrize("asked", ["", "？？？", "   ", "\x00", "ωμέγα"])
def test_words_that_nothing_has_find_nothing(asked: str) -> None:
    assert INDEX.ask(asked) == []
    assert verdict(INDEX.ask(asked)) == "nothing"


def test_only_the_kinds_asked_for_are_found() -> None:
    assert first("什么是卡", kinds=frozenset({"faq"})) == "esim"
    assert INDEX.ask("余额", kinds=frozenset({"article"})) == []


def test_it_is_told_which_words_counted_and_where_they_stood() -> None:
    best = INDEX.ask("境外漫游")[0]
    assert {(why.word, why.field) for why in best.why} >= {("漫游", "title"), ("境外", "body")}
    assert [why.points for why in best.why] == sorted((why.points for why in best.why), reverse=True)
    spread = INDEX.ask("余额和话费")[0]
    assert {why.field for why in spread.why} == {"title", "phrasing"}


def test_a_word_counts_through_words_that_stood_in_other_phrasings_of_the_same_thing() -> None:
    twice = [Entry(str(n), "faq", (f"退款{n}",), (f"把钱还我{n}", f"钱怎么拿回来{n}")) for n in range(3)]
    index = Index([*twice, *(Entry(f"x{n}", "faq", (f"无关{n}",), (f"别的{n}",)) for n in range(6))])
    found = index.ask("退款")
    assert {why.field for match in found for why in match.why} == {"title", "related"}
    asked = "退款把钱还我怎么拿回来"
    related = {why.word for match in index.ask(asked) for why in match.why if why.field == "related"}
    assert related
    assert not related & set(features(asked))


def test_sure_when_most_words_are_there_and_nothing_else_is_near_else_asked_or_handed_over() -> None:
    assert verdict(INDEX.ask("查余额")) == "answer"
    assert verdict(INDEX.ask("余额账单")) == "choose"
    assert verdict(INDEX.ask("我想知道你们公司总部的食堂今天中午吃什么钱")) == "nothing"
    assert verdict([Match(ENTRIES[0], 2.0, 0.9, ())]) == "answer"


def test_an_entry_without_any_words_harms_nobody() -> None:
    assert Index([Entry("empty", "faq", ("",)), ENTRIES[0]]).ask("余额")[0].entry.id == "balance"
    assert Index([]).ask("余额") == []


def test_in_a_large_index_words_that_everybody_has_pick_no_candidates_and_the_right_one_is_still_found() -> None:
    many = Index(Entry(str(n), "faq", (f"请问怎么办理{chr(0x4E00 + n)}{chr(0x5E00 + n)}",)) for n in range(2_500))
    assert 2_500 * len("请问怎么办理") > LOOKED_MAX
    for number in (0, 777, 2_499):
        assert many.ask(f"请问怎么办理{chr(0x4E00 + number)}{chr(0x5E00 + number)}")[0].entry.id == str(number)


def test_a_word_is_compared_by_its_letters_too_and_a_character_by_itself() -> None:
    assert features("POS机") == ["pos", "po", "os", "机"]
    assert features("ab") == ["ab"]


@given(WORDS)
def test_shares_and_scores_stay_within_bounds_and_in_order(asked: str) -> None:
    found = INDEX.ask(asked)
    assert all(0 <= match.share <= 1 and match.score > 0 for match in found)
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)


@given(WORDS)
def test_the_same_question_is_answered_the_same_and_its_width_and_case_do_not_matter(asked: str) -> None:
    wide = asked.translate({ord(letter): ord(letter) + 0xFEE0 for letter in "abcde"}).upper()
    assert [match.entry.id for match in INDEX.ask(asked)] == [match.entry.id for match in INDEX.ask(wide)]
