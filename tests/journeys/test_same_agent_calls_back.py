"""A call promised for a time: the same agent makes it with everything before him, and if he is away another does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from qiao.bss.sandbox import CAST
from tests.journeys.calls import CALLER_HERTZ, Centre, Talker, caller_hears, speaks
from tests.journeys.people import axe_finds_nothing

if TYPE_CHECKING:
    from datetime import datetime

    from qiao.channels.voice.sandbox import PhoneCall
    from qiao.channels.voice.sandbox.answering import AnsweringPhone

pytestmark = [pytest.mark.journey, pytest.mark.timeout(500)]
LIN = CAST[1]
CHEN, LI = 1000.0, 1500.0
SHANGHAI = ZoneInfo("Asia/Shanghai")
WORDS = "流量包到底什么时候到账"
TOPIC, FIRST_NOTE, SECOND_NOTE = "流量包到账时间", "已报账务核对，明早回电", "账务还差一笔，后天再回电"


async def opens_matter(agent: Talker) -> None:
    """A case beside the conversation, in her own words."""
    page = agent.page
    await agent.key("e")
    await page.locator("#case-category").select_option("inquiry/other")
    form = page.locator("#case-form")
    await form.locator("[name=own_words]").fill(WORDS)
    await form.locator("button[type=submit]").last.click()
    await expect(page.locator("#contact-matter")).to_contain_text(WORDS)


async def promises(agent: Talker, at: datetime, note: str) -> None:
    """Write up the call that is over, and owe her another one at this time, by the same agent."""
    page = agent.page
    await agent.key("w")
    form = page.locator("#wrap-up")
    await form.locator("summary").click()
    await form.locator("[name=from_at]").fill(f"{at.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}")
    await expect(form.locator("[name=who]")).to_have_value("me")
    await form.locator("label", has=page.locator("input[value=callback_promised]")).click()
    await form.locator("[name=topic]").fill(TOPIC)
    await form.locator("[name=note]").fill(note)
    await form.locator("button[type=submit]").click()
    await page.wait_for_url("**/desk")


async def calls_her(agent: Talker, theirs: AnsweringPhone, hertz: float, *known: str) -> PhoneCall:
    """He takes what is offered; all this stands before him while her telephone rings, and she picks up."""
    page, offer = agent.page, agent.page.locator(".offer")
    await expect(offer).to_contain_text("回呼")
    await expect(offer).to_contain_text(WORDS)
    assert theirs.rings.empty(), "nobody is there for her yet"
    await agent.answers()
    await theirs.rung()
    before = page.locator("#contact-before details")
    await expect(before).to_have_count(len(known))
    for entry, note in zip(await before.all(), known, strict=True):
        await expect(entry.locator("summary")).to_contain_text(TOPIC)
        await entry.locator("summary").click()
        await expect(entry).to_contain_text(note)
    panel = page.locator("#contact-side")
    await expect(panel).to_contain_text("下一步")
    await expect(panel.locator("[id^=matter-]")).to_contain_text(WORDS)
    her = await theirs.pick_up()
    speaks(her)
    await caller_hears(her, hertz)
    await agent.hears(CALLER_HERTZ)
    return her


async def test_the_agent_who_promised_calls_at_the_time_and_another_of_the_desk_does_while_he_is_away(
    centre: Centre,
) -> None:
    demo = centre.demo
    first_at = (await demo.now()).astimezone(SHANGHAI).replace(hour=10, minute=0, second=0) + timedelta(days=1)
    second_at = first_at + timedelta(days=2)
    theirs = await centre.telephone(LIN.service.value)
    async with centre.agents_browser(CHEN) as one, centre.agents_browser(LI) as two:
        chen = await Talker.comes(one, demo, "chen")
        call = await chen.takes_call_of(theirs, CHEN)
        await opens_matter(chen)
        await call.hang_up()
        await promises(chen, first_at, FIRST_NOTE)
        await expect(chen.page.locator("#my-work")).to_contain_text("10:00")
        await chen.close()

        # In the morning another agent is free longer than he; it is he who is waited for.
        await demo.until(first_at - timedelta(minutes=2))
        li = await Talker.comes(two, demo, "li")
        chen = await Talker.comes(one, demo, "chen")
        await demo.until(first_at)
        her = await calls_her(chen, theirs, CHEN, FIRST_NOTE)
        await expect(li.page.locator(".offer")).to_have_count(0)
        await axe_finds_nothing(chen.page)
        await her.hang_up()
        await promises(chen, second_at, SECOND_NOTE)
        await chen.close()
        await li.close()

        # Two days later he is at his desk, and away from it.
        await demo.until(second_at - timedelta(minutes=2))
        chen = await Talker.comes(one, demo, "chen")
        await chen.set_status("break")
        li = await Talker.comes(two, demo, "li")
        await demo.until(second_at)
        her = await calls_her(li, theirs, LI, FIRST_NOTE, SECOND_NOTE)
        await expect(chen.page.locator(".offer")).to_have_count(0)
        await her.hang_up()
        await li.wraps_up("solved", topic=TOPIC, note="到账时间已告知")
        await li.page.goto("/desk/callbacks")
        await expect(li.page.locator("#callback-rows")).to_contain_text("没有")
        await li.close()
        await chen.close()
    await theirs.close()
