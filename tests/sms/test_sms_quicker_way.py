"""A sentence that asks for a person and says why: the quicker way is offered to whom it may be, once, and measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from qiao.assist.room import ROOM as ASSIST
from qiao.bss.sandbox import CAST
from qiao.insight.room import ROOM as INSIGHT
from qiao.platform.events import Reader, ensure_cursors

if TYPE_CHECKING:
    from qiao.kernel.service_ids import ServiceId
    from tests.sms.texting import Centre

WISH = "我要找人工客服，查余额"
STANDARD = next(one.service for one in CAST if one.segment == "standard" and one.language == "zh-CN")


@pytest.fixture(autouse=True)
async def _clean(here: Centre) -> None:
    async with here.database.transaction() as tx:
        await tx.execute(text("truncate assist_quicker_ways, insight_ways"))
        await tx.execute(text("truncate routing_contacts cascade"))
        await ensure_cursors(tx, [*ASSIST.listeners, *INSIGHT.listeners])


async def ways(here: Centre) -> list[tuple[Any, ...]]:
    """(service, channel, shown, taken, done) as the cost page counts them."""
    for _ in range(2):
        for listener in (*ASSIST.listeners, *INSIGHT.listeners):
            await Reader(here.database, listener).catch_up()
    async with here.database.transaction() as tx:
        rows = await tx.rows(text("select service, channel, shown, taken, done from insight_ways"))
    return [tuple(row.values()) for row in rows]


async def test_it_is_offered_taken_and_done(here: Centre) -> None:
    [offer] = await here.text(WISH, STANDARD)
    assert "查余额" in offer
    assert "回复1" in offer
    assert await ways(here) == [("balance", "sms", 1, 0, 0)]
    [answer] = await here.text("1", STANDARD)
    assert answer.startswith("余额¥")
    assert await ways(here) == [("balance", "sms", 1, 1, 1)]


async def test_who_still_wants_a_person_gets_one_and_is_not_asked_again(here: Centre) -> None:
    await here.text(WISH, STANDARD)
    [told] = await here.text("0", STANDARD)
    assert "人工" in told or "短信" in told
    assert (await here.contact(STANDARD)).queued_at is not None
    assert await ways(here) == [("balance", "sms", 1, 0, 0)]


async def test_the_second_sentence_in_a_contact_brings_a_person(here: Centre) -> None:
    await here.text(WISH, STANDARD)
    await here.text(WISH, STANDARD)
    assert (await here.contact(STANDARD)).queued_at is not None
    assert len(await ways(here)) == 1


@pytest.mark.parametrize("segment", ["elderly", "vip"])
async def test_the_elderly_and_vips_who_chose_a_person_are_not_steered(here: Centre, segment: str) -> None:
    number: ServiceId = next(one.service for one in CAST if one.segment == segment)
    await here.text(WISH, number)
    assert (await here.contact(number)).queued_at is not None
    assert await ways(here) == []


@pytest.mark.parametrize("words", ["着火了，快叫人工客服，查余额", "我要找人工客服聊聊人生"])
async def test_a_cry_for_help_and_what_nobody_knows_bring_a_person(here: Centre, words: str) -> None:
    await here.text(words, STANDARD)
    assert (await here.contact(STANDARD)).queued_at is not None
    assert await ways(here) == []
