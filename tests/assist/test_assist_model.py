"""Which suggestions a conversation calls for, and why: the pure part."""

from collections.abc import Collection

from hypothesis import given
from hypothesis import strategies as st

from qiao.assist import model
from qiao.assist.model import Advice, Candidate, Suggestion
from qiao.assist.queries import as_candidate
from qiao.knowledge import Entry, Index, words_that_counted

ENTRIES = [
    Entry("cancel", "service", ("取消增值业务", "Cancel a value-added service", "QX"), ("我要退订彩铃",)),
    Entry("bill", "service", ("查账单", "Bill"), ("上个月扣了多少钱", "why is my bill so high")),
    Entry("lost", "flow", ("手机丢失", "Lost phone"), ("手机被偷了",)),
    Entry("a1", "article", ("退订彩铃的办法", "彩铃"), (), "彩铃可以在这里退订。"),
    Entry("a2", "article", ("彩铃资费",), (), "每月五元。"),
    Entry("a3", "article", ("彩铃投诉",), (), "先退订。"),
    Entry("a4", "article", ("彩铃设置",), (), "怎么设置彩铃。"),
    Entry("x", "note", ("彩铃备注",)),
]
INDEX = Index(ENTRIES)
ALL = {(one.kind, one.id) for one in ENTRIES}


def ask(text: str) -> list[Candidate]:
    return [as_candidate(text, match) for match in INDEX.ask(text, limit=12)]


def suggested(text: str, allowed: Collection[tuple[str, str]] = ALL) -> list[Suggestion]:
    return model.suggestions(ask(text), allowed)


def test_the_likeliest_come_first_with_the_customers_own_words() -> None:
    found = suggested("请帮我退订彩铃")
    assert {one.ref for one in found[:2]} == {"cancel", "a1"}
    assert found[0].words[0] == "退订彩铃"
    assert not found[0].near
    assert 0 < found[0].share <= 1


def test_at_most_three_of_a_kind_and_five_in_all_and_only_kinds_that_are_known() -> None:
    found = suggested("彩铃")
    assert sum(one.kind == "article" for one in found) == model.OF_A_KIND_MAX
    assert len(found) <= model.SHOWN_MAX
    assert "x" not in {one.ref for one in found}


def test_what_the_reader_may_not_use_is_not_suggested() -> None:
    found = suggested("退订彩铃", ALL - {("service", "cancel")})
    assert "cancel" not in {one.ref for one in found}
    assert suggested("退订彩铃", ()) == []


def test_below_the_floor_nothing_is_suggested() -> None:
    assert suggested("今天天气真好我们去公园吧") == []
    assert model.suggestions([], ALL) == []


def test_much_less_likely_ones_are_not_shown_beside_the_best() -> None:
    first, *_ = ask("退订彩铃")
    low = Candidate("service", "bill", first.score * 0.1, 0.9, ())
    assert [one.ref for one in model.suggestions([first, low], ALL)] == [first.ref]


def test_a_match_by_related_words_alone_says_so() -> None:
    match = Candidate("service", "cancel", 5.0, 0.5, ())
    (found,) = model.suggestions([match], ALL)
    assert found.near
    assert found.words == ()


def test_words_are_shown_as_they_were_written_together() -> None:
    assert "bill" in ask("Why is my bill so high?")[0].words
    (match, *_) = [one for one in INDEX.ask("彩铃退订") if one.entry.id == "a1"]
    assert "彩铃" in words_that_counted("彩铃, 彩铃", match)


def test_a_single_character_counts_where_nothing_longer_does() -> None:
    (match,) = Index([Entry("e", "article", ("铃",))]).ask("铃")
    assert words_that_counted("铃", match) == ("铃",)


def test_the_newest_words_are_asked_first_then_all_of_them() -> None:
    assert model.asked_from([]) == ()
    assert model.asked_from(["  ", ""]) == ()
    assert model.asked_from(["退订彩铃"]) == ("退订彩铃",)
    assert model.asked_from(["退订彩铃", " 好的 "]) == ("好的", "好的 退订彩铃")
    assert all(len(one) <= model.ASKED_MAX for one in model.asked_from(["长" * 500, "话" * 500]))


def test_numbers_and_addresses_are_struck_out_before_words_leave() -> None:
    assert model.struck_out("我的号码是 139 0000 7763，卡号6222-0012") == "我的号码是 […]，卡号[…]"
    assert model.struck_out("write to shi@example.com, code 4821") == "write to […] code 4821"


@given(st.text())
def test_no_long_number_ever_leaves(text: str) -> None:
    left = model.struck_out(text)
    assert not any(len(run) >= 5 for run in "".join(c if c.isdecimal() else " " for c in left).split())


def test_an_answer_is_read_without_trust() -> None:
    assert model.advice_from('{"order": [1, 0, 1, 7, -1, true, "2"], "draft": " 您好 "}', 3) == Advice((1, 0), "您好")
    assert model.advice_from('Sure! ```{"order": [2]}``` ', 3) == Advice((2,), "")
    assert model.advice_from('{"order": 3, "draft": ["x"]}', 3) == Advice((), "")
    assert model.advice_from("just words", 3) == Advice((), "just words")
    assert model.advice_from("{not json}", 3) == Advice((), "{not json}")
    assert model.advice_from("[1]{", 3) == Advice((), "[1]{")
    assert model.advice_from('{"a":' * 5000 + "1" + "}" * 5000, 3).order == ()


@given(st.text(), st.integers(0, 5))
def test_whatever_an_assistant_says_is_at_most_an_order_and_a_draft(content: str, candidates: int) -> None:
    told = model.advice_from(content, candidates)
    assert set(told.order) <= set(range(candidates))
    assert len(told.draft) <= model.DRAFT_MAX


def test_an_order_adds_nothing_and_takes_nothing_away() -> None:
    found = [Suggestion("service", str(n), (), 0.5, near=False) for n in range(3)]
    assert [one.ref for one in model.reordered(found, Advice((2, 5), ""))] == ["2", "0", "1"]
    assert model.reordered(found, Advice((), "x")) == found
