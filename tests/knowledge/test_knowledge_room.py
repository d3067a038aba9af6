"""Knowledge: words found in both scripts, versions kept, nothing for staff shown to customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao import knowledge
from qiao.kernel.ids import ArticleId, new_id
from qiao.kernel.refused import InputNotUnderstood, NotFound
from qiao.knowledge.splitting import asked, tokens

if TYPE_CHECKING:
    from qiao.platform.database import Transaction


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("退订3737", ["退", "退订", "订", "3737"]),
        ("Résumé ＡＢＣ", ["resume", "abc"]),
        ("", []),
        ("a-b c.d", ["a-b", "c.d"]),
        ("流量GB", ["流", "流量", "量", "gb"]),
    ],
)
def test_a_text_is_split_into_characters_pairs_and_folded_words(text: str, found: list[str]) -> None:
    assert tokens(text) == found


@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=60))
def test_whatever_stands_in_a_text_as_words_is_found_by_asking_for_it(before: str, word: str, after: str) -> None:
    whole = set(tokens(f"{before} {word} {after}"))
    assert set(asked(word)) <= whole


async def put(tx: Transaction, title: str, body: str, audience: str = "staff", language: str = "zh-CN") -> ArticleId:
    return await knowledge.put_article(
        tx, title=title, body=body, language=language, audience=audience, by="agent:1", tags=("标签",)
    )


async def test_articles_are_found_by_two_characters_a_code_or_a_word_the_title_first(tx: Transaction) -> None:
    other = await put(tx, "别的事", "这里提到了增值业务 3737")
    about = await put(tx, "增值业务怎么取消", "步骤")
    english = await put(tx, "Cancelling", "How to cancel a value-added service", language="en")

    async def found(query: str, **more: object) -> list[ArticleId]:
        page = await knowledge.search(tx, query=query, audience="staff", **more)
        return [hit.article.id for hit in page.hits]

    assert await found("增值业务") == [about, other]
    assert await found("3737") == [other]
    assert await found("value-added CANCEL") == [english]
    assert await found("o'; drop table articles --") == []
    assert set(await found("标签", language="en")) == {other, about, english}
    assert (await found("标签", language="en"))[0] == english


async def test_what_is_for_staff_does_not_exist_for_customers(tx: Transaction) -> None:
    secret = await put(tx, "内部口径", "不要说“没有这回事”")
    public = await put(tx, "公开", "内部", audience="customer")
    page = await knowledge.search(tx, query="内部", audience="customer")
    assert [hit.article.id for hit in page.hits] == [public]
    with pytest.raises(NotFound):
        await knowledge.article(tx, secret, audience="customer")
    assert (await knowledge.article(tx, public, audience="customer")).blocks[0].lines == ("内部",)


async def test_pages_follow_each_other_without_gap_and_two_who_save_at_once_do_not_overwrite(tx: Transaction) -> None:
    ids = [await put(tx, f"文章 {number}", "同样的正文") for number in range(5)]
    read, before = [], None
    while True:
        page = await knowledge.search(tx, query="", audience="staff", limit=2, before=before)
        read += [hit.article.id for hit in page.hits]
        before = page.before
        if before is None:
            break
    assert set(ids) <= set(read)
    assert len(read) == len(set(read))
    first = await knowledge.search(tx, query="同样", audience="staff", limit=2)
    second = await knowledge.search(tx, query="同样", audience="staff", limit=2, before=first.before)
    assert not {h.article.id for h in first.hits} & {h.article.id for h in second.hits}
    same = {"title": "新", "body": "新", "language": "en", "audience": "staff", "by": "agent:2"}
    await knowledge.put_article(tx, id=ids[0], seen_version=1, **same)
    with pytest.raises(knowledge.ArticleChangedMeanwhile):
        await knowledge.put_article(tx, id=ids[0], seen_version=1, **same)
    with pytest.raises(NotFound):
        await knowledge.put_article(tx, id=ArticleId(new_id()), **same)
    with pytest.raises(InputNotUnderstood) as wrong:
        await knowledge.put_article(tx, title="", body="\0", language="xx", audience="all", by="x")
    assert set(wrong.value.fields) == {"title", "body", "language", "audience"}
    again = await knowledge.ensure_article(tx, code="c1", title="A", body="B", language="en", audience="staff")
    assert await knowledge.ensure_article(tx, code="c1", title="Z", body="Z", language="en", audience="staff") == again
