"""The chat without JavaScript: the assistant's choices are buttons, a code has a field, digits another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import text

from qiao.app.rooms import all_rooms
from qiao.bss.sandbox import CAST
from qiao.catalogue import fulfilling
from qiao.channels.chat import PORTAL, Site, assistant, ensure_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.portal.conftest import Visitor

SHI = CAST[0].service
STANDARD = next(one.service for one in CAST if one.segment == "standard" and one.language == "zh-CN")
JOBS = {job.name: job for room in all_rooms() for job in room.jobs}


@pytest.fixture
async def chatting(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Visitor]:
    monkeypatch.setattr(assistant, "WAIT_SECONDS", 0.0)
    async with visitor.house.database.transaction() as tx:
        await tx.execute(text("delete from procrastinate_jobs"))
        await tx.execute(text("delete from chat_parties"))
        await tx.execute(text("delete from assist_quicker_ways"))
        await ensure_site(tx, place=Site(PORTAL, "Portal", "portal", flow="main_menu"))
    yield visitor
    async with visitor.house.database.transaction() as tx:
        await tx.execute(text("delete from chat_sites where key = 'portal'"))
        await tx.execute(text("delete from routing_entry_points where number = 'portal'"))


@pytest.fixture
async def shi(chatting: Visitor) -> Visitor:
    await chatting.sign_in(SHI)
    return chatting


@pytest.fixture
async def he(chatting: Visitor) -> Visitor:
    """A customer like most, whom nobody owes a person at once."""
    await chatting.sign_in(STANDARD)
    return chatting


async def worked(visitor: Visitor) -> str:
    """What the worker does, and the page then."""
    async with visitor.house.database.transaction() as tx:
        found = await tx.rows(text("select task_name, args from procrastinate_jobs where status = 'todo' order by id"))
        await tx.execute(text("delete from procrastinate_jobs"))
    for row in found:
        if row["task_name"] in JOBS:
            await JOBS[row["task_name"]].run(visitor.house, **row["args"])
    await fulfilling.turn(visitor.house)
    return str((await visitor.get("/chat/plain")).text)


async def sent(visitor: Visitor, **told: str) -> str:
    answer = await visitor.send("/chat/plain", {"key": uuid4().hex, **told})
    assert (answer.status_code, answer.headers["location"]) == (303, "/chat/plain#qc-now"), answer.text
    page = await worked(visitor)
    assert page.count('id="qc-now"') == 1, "it opens at the newest words"
    return page


async def texted(visitor: Visitor, pattern: str) -> str:
    async with visitor.house.database.transaction() as tx:
        words = await tx.scalar(text("select text from post_messages order by accepted_at desc, id desc limit 1"))
    return str(re.findall(pattern, str(words))[0])


async def test_choices_are_buttons_and_a_code_has_its_field(shi: Visitor) -> None:
    page = await sent(shi, text="我想换个便宜的套餐", action="say")
    assert "智能服务助理" in page
    assert 'name="reply" value="1:变更套餐"' in page
    page = await sent(shi, reply="1:变更套餐")
    assert 'autocomplete="one-time-code"' in page
    wrong = await shi.send("/chat/plain", {"key": uuid4().hex, "code": "000000", "action": "code"})
    assert wrong.status_code == 403
    assert "验证码" in wrong.text
    page = await sent(shi, code=await texted(shi, r"(?<!\d)\d{6}(?!\d)"), action="code")
    [first] = re.findall(r'name="reply" value="(1:[^"]+)"', page)
    page = await sent(shi, reply=first)
    [now] = re.findall(r'name="reply" value="(1:[^"]+)"', page)
    page = await sent(shi, reply=now)
    assert "确认数字" in page
    assert "¥" in page
    digits = await texted(shi, r"(?<![0-9.])[0-9]{4}(?![0-9])")
    assert digits not in page
    page = await sent(shi, code=digits, action="code")
    assert "变更套餐" in page


async def test_a_person_is_one_button_away(shi: Visitor) -> None:
    page = await sent(shi, text="你好", action="say")
    assert 'name="reply" value="0:人工"' in page
    page = await sent(shi, reply="0:人工")
    assert 'name="reply"' not in page


async def test_what_can_be_done_now_is_a_button_beside_a_person(he: Visitor) -> None:
    page = await sent(he, text="我要找人工客服，查余额", action="say")
    assert "“查余额”现在就能办" in page
    assert re.findall(r'name="reply" value="([^"]+)"', page) == ["1:查余额", "0:人工"]
    page = await sent(he, reply="1:查余额")
    assert 'autocomplete="one-time-code"' in page
    async with he.house.database.transaction() as tx:
        found = await tx.rows(text("select code, channel, taken_at is not null as taken from assist_quicker_ways"))
    assert [dict(one) for one in found] == [{"code": "balance", "channel": "chat", "taken": True}]
