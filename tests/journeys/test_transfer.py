"""A call handed on by the desk's Transfer: what the customer hears meanwhile, and what each agent has then."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.journeys.calls import (
    CALLER_HERTZ,
    CHEN,
    LI,
    Centre,
    caller_hears,
    caller_hears_other,
    has_tone,
    recorded,
    three_agents,
)
from tests.journeys.people import axe_finds_nothing

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]
WORD = "客户要查历史账单，请接手"
OTHER = "+8613700008888"


async def test_the_customer_of_a_call_handed_on_hears_music_and_then_the_new_agent_and_it_is_recorded_on(
    centre: Centre,
) -> None:
    async with three_agents(centre) as three:
        chen, call, behind = three.chen, three.call, await centre.phone(OTHER)
        contact = chen.page.url.rpartition("/")[2]
        li = await three.li()

        await chen.page.get_by_role("button", name="转接").click()
        form = chen.page.locator("#transfer")
        await form.locator("[name=desk_id]").select_option(label="综合服务台")
        await form.locator("[name=agent_id]").select_option(label="李强 · 空闲")
        await form.locator("[name=text]").fill(WORD)
        await axe_finds_nothing(chen.page)
        await form.locator("button[type=submit]").click()
        await expect(chen.page.locator(".phone-call")).to_have_count(0)
        await caller_hears_other(call, CHEN)
        await expect(li.page.locator(".offer")).to_be_visible()
        await caller_hears_other(call, LI)
        await li.answers()
        assert li.page.url.endswith(contact)
        await expect(li.page.locator("#contact-stream")).to_contain_text(WORD)
        await caller_hears(call, LI)
        await li.hears(CALLER_HERTZ)

        # Whoever has handed it on has left his word and is free for the next.
        await expect(chen.page.locator("[id^=conversation-]")).to_have_count(0)
        next_call = await chen.takes_call_of(behind, CHEN)
        await next_call.hang_up()
        await chen.wraps_up("information_given", topic="问营业时间", note="已告知")
        await caller_hears(call, LI)
        await call.hang_up()
        await li.wraps_up("information_given", topic="历史账单", note="已告知查询方式")

        # One recording of the whole, in which both agents are heard.
        liu = await three.liu()
        said, heard = await recorded(liu, contact)
        assert has_tone(said, CALLER_HERTZ)
        assert has_tone(heard, CHEN) and has_tone(heard, LI)
        for one in (li, liu, behind):
            await one.close()
