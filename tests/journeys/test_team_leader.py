"""A team leader at the page of calls: it follows what happens, and from it he listens and whispers, each on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from qiao import staff
from qiao.platform.audit import audit_entries
from tests.journeys.calls import (
    CALLER_HERTZ,
    CHEN,
    COUNSELLOR,
    HOTLINE,
    LI,
    LIU,
    STRANGER,
    Centre,
    Talker,
    caller_hears,
    share_heard,
    speaks,
)
from tests.journeys.people import Agent, axe_finds_nothing

if TYPE_CHECKING:
    from playwright.async_api import Page

    from qiao.platform.database import Transaction

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]


COLUMNS = {"menu": "在菜单中", "waiting": "等待", "talking": "通话中", "answered": "已接听", "calls": "今日来电"}


async def stands(page: Page, **told: str) -> None:
    """The hotline's row says this, by its columns; the page is never loaded anew."""
    heads = [one.strip() for one in await page.locator("#call-figures thead").first.locator("th").all_inner_texts()]
    row = page.locator("#call-figures tr", has_text=HOTLINE).first.locator("th, td")
    for name, figure in told.items():
        await expect(row.nth(heads.index(COLUMNS[name]))).to_have_text(figure)


async def test_a_leader_sees_calls_come_listens_and_whispers_and_only_the_agent_is_told_of_the_counsellor(
    centre: Centre,
) -> None:
    demo = centre.demo
    async with (
        centre.agents_browser(CHEN) as one,
        centre.agents_browser(LIU) as two,
        centre.agents_browser(LI) as three,
    ):
        liu = await Talker.signs_in(two, demo, "liu")
        await liu.is_connected()
        page = liu.page
        await page.goto("/desk/calls")
        await liu.is_connected()
        await stands(page, menu="0", waiting="0", talking="0", calls="0")
        await expect(page.locator("#call-figures")).to_contain_text("目前没有人在通话")

        # A call comes, waits, is answered: the page says so by itself.
        phone = await centre.phone(STRANGER)
        call = await phone.call(HOTLINE)
        speaks(call)
        await stands(page, menu="1", calls="1")
        await call.heard.until(lambda: len(call.heard.sound) > 8000, 30)
        call.press("0")
        await stands(page, menu="0", waiting="1")
        chen = await Talker.comes(one, demo, "chen")
        await chen.answers()
        await stands(page, waiting="0", talking="1", answered="1")
        await caller_hears(call, CHEN)
        talking = page.locator("#talking-now tbody tr")
        await expect(talking).to_have_count(1)
        await expect(talking).to_contain_text("陈晨")
        await expect(talking).not_to_contain_text("9999")
        await axe_finds_nothing(page)

        # An ordinary call: nothing rings at him, he goes there himself.
        await expect(page.locator(".phone-led")).to_have_count(0)
        await talking.get_by_role("button", name="旁听").click()
        await liu.hears(CALLER_HERTZ)
        await liu.hears(CHEN)
        await expect(chen.page.locator("#phone-calls")).to_contain_text("刘班长在线旁听")
        await chen.hears_nothing_of(LIU)
        await caller_hears(call, CHEN)
        assert share_heard(call, LIU) < 0.02
        await talking.get_by_role("button", name="耳语").click()
        await expect(page.locator("#phone-calls")).to_contain_text("您在耳语")
        await chen.hears(LIU)
        await caller_hears(call, CHEN)
        assert share_heard(call, LIU) < 0.02, "the caller hears nothing of a whisper"
        await page.locator("#phone-calls form[action$='/lead/leave'] button").click()
        await expect(page.locator(".phone-call")).to_have_count(0)

        async def on_record(tx: Transaction) -> list[tuple[str, str, str]]:
            leader, agent = [await staff.agent_by_login(tx, login) for login in ("liu", "chen")]
            assert leader is not None and agent is not None
            names = {f"agent:{leader.id}": "liu", f"agent:{agent.id}": "chen"}
            mine = audit_entries.c.act.like("do.call_%") | (audit_entries.c.act == "do.hard_call")
            rows: list[Any] = list(await tx.rows(select(audit_entries).where(mine).order_by(audit_entries.c.at)))
            assert {str(row["interaction_id"]) for row in rows} == {chen.page.url.rpartition("/")[2]}
            return [(names[row["actor"]], row["act"], names.get(row["subject"], row["subject"])) for row in rows]

        led = [("liu", f"do.call_{way}", "chen") for way in ("listen", "whisper", "leave")]
        assert await demo.at_the_operator(on_record) == led

        # A hard one: the counsellor is named to the agent alone, and only once it is over.
        li = await Agent.signs_in(three, demo, "li")
        await chen.page.locator("form[action$='/hard'] button").click()
        await expect(page.locator(".phone-led")).to_be_visible()
        await expect(talking).to_contain_text("艰难通话")
        await expect(chen.page.locator("body")).not_to_contain_text(COUNSELLOR)
        await call.hang_up()
        await expect(chen.page.locator("#phone-calls")).to_contain_text(COUNSELLOR)
        await expect(page.locator(".phone-led")).to_have_count(0)
        await stands(page, talking="0", answered="1")
        for person, paths in ((liu, ("/desk/calls", "/desk/team", "/desk")), (li, ("/desk",))):
            for path in paths:
                await person.page.goto(path)
                await expect(person.page.locator("#phone")).to_be_attached()
                await expect(person.page.locator("#phone-state")).to_be_visible()
                await expect(person.page.locator("body")).not_to_contain_text(COUNSELLOR)
        assert await demo.at_the_operator(on_record) == [*led, ("chen", "do.hard_call", "")]
        await chen.wraps_up("information_given", topic="情绪激动", note="已说明")
        await chen.set_status("ready")
        await expect(chen.page.locator("body")).not_to_contain_text(COUNSELLOR)
        for person in (chen, liu, li):
            await person.close()
        await phone.close()
