"""The assistant knows articles for customers too: found by the same matcher, read in the chat, with a person behind."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from qiao import knowledge
from qiao.kernel.origin import Origin
from qiao.selfservice import ANSWER, Asked
from qiao.selfservice.answers import Shelf, shelf_of, understand
from tests.chat.assisted import Shop, replies
from tests.chat.conftest import ScriptedRouting

ASKED = "漫游的时候收到陌生短信要钱吗"
TITLE = "国外收短信收费吗"


@pytest.fixture(autouse=True)
async def articles(shop: Shop) -> None:
    house = shop.server.house
    told: list[dict[str, Any]] = [
        {"title": TITLE, "language": "zh-CN", "audience": "customer", "tags": ("漫游", "陌生短信")},
        {"title": "漫游收到陌生短信怎么劝", "language": "zh-CN", "audience": "staff", "tags": ("漫游", "陌生短信")},
        {"title": "Are texts free abroad", "language": "en", "audience": "customer", "tags": ("roaming", "texts")},
    ]
    async with house.database.transaction() as tx:
        await tx.execute(text("truncate insight_contacts"))
        await tx.execute(text("delete from article_versions"))
        await tx.execute(text("delete from articles"))
        for number, one in enumerate(told):
            body = f"{one['title']}：在国外收短信不收费。"
            await knowledge.ensure_article(tx, code=f"test-{number}", body=body, **one)
        await shelf_of(house).ready(tx)


async def counted(shop: Shop) -> list[tuple[Any, ...]]:
    """(served by a machine at first, a person asked for) of each contact."""
    await shop.work()
    async with shop.server.house.database.transaction() as tx:
        rows = await tx.rows(text("select machine, person_at is not null as asked from insight_contacts"))
    return [tuple(row.values()) for row in rows]


async def test_an_article_is_offered_read_and_helps_and_the_contact_stays_with_the_machine(
    shop: Shop, routing: ScriptedRouting, clock: Any
) -> None:
    async with shop.server.tab(await shop.server.visit()) as tab:
        await shop.say(tab, ASKED)
        await tab.until(lambda tab: f"解答：{TITLE}" in replies(tab))
        assert not [one for one in replies(tab) if "怎么劝" in one or "abroad" in one]
        at = replies(tab).index(f"解答：{TITLE}") + 1
        read = await shop.say(tab, f"解答：{TITLE}", reply=str(at))
        assert f"{TITLE} （因为您提到：" in read["text"]
        assert "陌生短信" in read["text"].partition("\n")[0]
        assert "在国外收短信不收费。" in read["text"]
        assert "解决您的问题了吗" in read["text"]
        await tab.until(lambda tab: replies(tab) == ["解决了", "没解决，转人工", "换个问题", "人工"])
        await shop.say(tab, "解决了", reply="1")
        clock.forward(minutes=31)
        assert await counted(shop) == [(True, False)]
    assert routing.queued == []


async def test_the_first_question_a_process_hears_is_answered_from_articles_too(shop: Shop) -> None:
    shop.server.house.ports.pop(Shelf)
    async with shop.server.tab(await shop.server.visit()) as tab:
        await shop.say(tab, ASKED)
        await tab.until(lambda tab: f"解答：{TITLE}" in replies(tab))


async def test_one_that_did_not_help_leads_to_a_person(shop: Shop, routing: ScriptedRouting) -> None:
    async with shop.server.tab(await shop.server.visit()) as tab:
        await shop.say(tab, ASKED)
        await tab.until(lambda tab: f"解答：{TITLE}" in replies(tab))
        at = replies(tab).index(f"解答：{TITLE}") + 1
        await shop.say(tab, str(at))
        handed = await shop.say(tab, "没解决，转人工")
        assert "转人工" in handed["text"]
        assert routing.queued == [(await shop.contact(tab)).id]
    assert await counted(shop) == [(True, True)]


async def test_something_else_is_asked_in_the_same_conversation(shop: Shop) -> None:
    async with shop.server.tab(await shop.server.visit()) as tab:
        await shop.say(tab, ASKED)
        await tab.until(lambda tab: f"解答：{TITLE}" in replies(tab))
        await shop.say(tab, f"解答：{TITLE}")
        again = await shop.say(tab, "换个问题")
        assert "请选或直接说" in again["text"]


async def test_a_visitor_reads_only_his_own_language(shop: Shop) -> None:
    visit = await shop.server.visit()
    async with shop.server.tab(visit | {"ticket": (await english(shop))["ticket"]}) as tab:
        await shop.say(tab, "are texts free when I am abroad")
        await tab.until(lambda tab: "Answer: Are texts free abroad" in replies(tab))
        assert not [one for one in replies(tab) if TITLE in one]


async def english(shop: Shop) -> dict[str, Any]:
    async with shop.server.http(**{"accept-language": "en"}) as http:
        return dict((await http.post("/chat/visits", json={"site": "shop", "language": "en"})).json())


async def test_below_the_floor_none_is_offered(shop: Shop) -> None:
    async with shop.server.tab(await shop.server.visit()) as tab:
        answer = await shop.say(tab, "今天天气真好我们去公园吧")
        assert "解答" not in answer["text"]
        assert not [one for one in replies(tab) if "解答" in one]


@pytest.mark.parametrize(("channel", "offered"), [("chat", True), ("web", True), ("sms", False), ("voice", False)])
async def test_they_are_offered_where_they_can_be_read(shop: Shop, channel: str, offered: bool) -> None:
    asked = Asked("key", {"words": ASKED}, None, None, None, 0, "zh-CN", Origin(channel, None, "customer:unknown"))
    done = await understand(shop.server.house, asked)
    names = [name for _, name in done.facts.get("rows", ())]
    assert (f"解答：{TITLE}" in names) is offered
    assert (ANSWER in done.flows) is offered


async def test_one_taken_away_meanwhile_is_said_to_be_so(shop: Shop) -> None:
    async with shop.server.tab(await shop.server.visit()) as tab:
        await shop.say(tab, ASKED)
        await tab.until(lambda tab: f"解答：{TITLE}" in replies(tab))
        async with shop.server.house.database.transaction() as tx:
            await tx.execute(text("update articles set audience = 'staff'"))
        gone = await shop.say(tab, f"解答：{TITLE}")
        assert "刚刚撤下" in gone["text"]
