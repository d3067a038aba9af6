"""A call for help from abroad that breaks off, as one story: what each party hears, and what stands on each screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from qiao.app.demo.cast import ROAMING_LINE
from qiao.bss.sandbox import CAST
from qiao.channels.voice.emergencies import HOTLINE as MINISTRY
from qiao.channels.voice.model_emergency import FEW_SECONDS
from qiao.channels.voice.sandbox.sound import RATE
from qiao.kernel.service_ids import ServiceId
from tests.journeys.calls import (
    CALLER_HERTZ,
    EMBASSY,
    HOTLINE,
    Centre,
    Talker,
    caller_hears,
    speaks,
    waits_for_person,
)
from tests.journeys.people import Agent, Customer, axe_finds_nothing

if TYPE_CHECKING:
    from playwright.async_api import Locator

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]
ABROAD = ServiceId("mobile", "+2290197123456")
LIN = CAST[1]
CHEN, LIU, SHE = 1000.0, 2000.0, 600.0
BESIDE_OTHERS = 0.05
"""Of half a second, while another speaks into it; a tone that is not there is less than a fiftieth."""
TITLE, CUT_OFF, FOLLOW_UP = "境外求助电话中断", "（来电中断，没有说完）", "回访：确认本人平安，使馆已联系上"
MENU = "您好，请按键选择。"
DANGER = "有危险请马上拨 110、119 或 120，停机、欠费也能拨通。其他急事请转人工。"


def desk_row(leader: Agent) -> Locator:
    """How many wait at the emergency desk, as his page of the team has it."""
    return leader.page.locator("#team-desks tr", has_text="紧急专席").locator("td").first


async def test_who_calls_for_help_abroad_and_is_cut_off_is_called_back_first_with_all_who_help_in_one_matter(
    centre: Centre,
) -> None:
    demo = centre.demo
    async with (
        centre.agents_browser(CHEN) as one,
        centre.agents_browser(LIU) as two,
        centre.agents_browser() as three,
    ):
        liu = await Talker.signs_in(two, demo, "liu")
        await liu.is_connected()
        await liu.page.goto("/desk/team")
        chen = await Talker.comes(one, demo, "chen")
        theirs, behind = await centre.telephone(ABROAD.value), await centre.phone(LIN.service.value)

        # Two words, and the line is gone; somebody else waits at the emergency desk meanwhile.
        call = await waits_for_person(theirs, ROAMING_LINE)
        speaks(call)
        await chen.answers()
        await caller_hears(call, CHEN)
        await chen.hears(CALLER_HERTZ)
        other = await behind.call(HOTLINE)
        speaks(other, SHE)
        await centre.says_to(other, MENU)
        other.press("9")
        await centre.says_to(other, DANGER)
        other.press("1")
        await expect(desk_row(liu)).to_have_text("1")
        await call.hang_up()
        await expect(desk_row(liu)).to_have_text("2")
        await chen.wraps_up("information_given", topic="求助", note="只说了两个字就断了")

        # The matter is before her who waited already; the card is on screen and on his telephone.
        offer = chen.page.locator(".offer")
        await expect(offer).to_contain_text(TITLE)
        await expect(offer).to_contain_text("回呼")
        assert theirs.rings.empty(), "his telephone rings once somebody is there"
        await chen.answers()
        stream = chen.page.locator("#contact-stream")
        for part in (MINISTRY, EMBASSY, "先长按0键打出加号"):
            await expect(stream).to_contain_text(part)
        traveller = await Customer.arrives(three, demo, ABROAD)
        texted = await traveller.gets(MINISTRY)
        assert EMBASSY in texted and "先长按0键打出加号" in texted
        assert await stream.get_by_text(texted).count() == 1, "what he reads is what the agent sees"
        await traveller.close()

        his = await theirs.pick_up(seconds=60)
        speaks(his)
        await caller_hears(his, CHEN)
        await chen.hears(CALLER_HERTZ)

        # A colleague opens the same matter in her own browser, looks something up and leaves word.
        zhao = await Agent.signs_in(three, demo, "zhao")
        await zhao.page.goto("/desk/cases?view=desks")
        await zhao.page.get_by_role("link", name=TITLE).first.click()
        await zhao.page.wait_for_url("**/desk/cases/*")
        await expect(zhao.page.locator("#case-record")).to_contain_text(CUT_OFF)
        await expect(zhao.page.locator("#case-record")).to_contain_text(FOLLOW_UP)
        await expect(zhao.page.locator("#case-record")).to_contain_text(texted)
        await axe_finds_nothing(zhao.page)
        matter = zhao.page.url.split("?")[0]
        await zhao.does("note", text="使馆值班电话已核对，当地报警电话 117")
        await zhao.page.goto("/desk/search?q=流量")
        await expect(zhao.page.locator("main")).to_contain_text("流量超出套餐后怎么计费")
        await zhao.page.goto(matter)
        await expect(zhao.page.locator("#case-record")).to_contain_text("117")

        panel = chen.page.locator("#contact-side")
        await expect(panel).to_contain_text(TITLE)
        await expect(panel.locator("[id^=matter-]")).to_contain_text("已承诺")
        await axe_finds_nothing(chen.page)
        await panel.locator("[id^=matter-] button", has_text=TITLE).click()
        await expect(panel).to_contain_text("117")
        await expect(panel).to_contain_text(FOLLOW_UP)
        await caller_hears(his, CHEN)

        # The supervisor joins: all three hear each other.
        await liu.page.locator("a", has_text="陈晨").first.click()
        await liu.page.wait_for_url("**/desk/team/agents/*")
        await liu.page.get_by_role("button", name="加入通话").click()
        await liu.hears(CALLER_HERTZ)
        await liu.hears(CHEN)
        await chen.hears(LIU)
        await caller_hears(his, LIU, share=BESIDE_OTHERS)
        await caller_hears(his, CHEN, share=BESIDE_OTHERS)
        await expect(chen.page.locator("#phone-calls")).to_contain_text("刘班长已加入通话")

        talked = int((FEW_SECONDS + 3) * RATE)  # who breaks off sooner is called again
        await his.heard.until(lambda: len(his.heard.sound) >= talked, 90)
        await his.hang_up()
        await expect(liu.page.locator(".phone-call")).to_have_count(0)
        await chen.wraps_up("information_given", topic="求助", note="本人平安，已联系使馆")
        await expect(liu.page.locator("main")).to_contain_text("已不在这位同事手中")
        await chen.answers()  # and now she who waited
        await caller_hears(other, CHEN)
        await chen.hears(SHE)
        await zhao.page.reload()
        await expect(zhao.page.locator("#case-record")).to_contain_text(FOLLOW_UP)
        await other.hang_up()
        for person in (chen, zhao, liu):
            await person.close()
        await theirs.close()
        await behind.close()
