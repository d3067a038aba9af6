"""A hard call ended by the rule, in browsers: what the agent is offered and refused, and what each party hears."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from qiao.channels.voice import Speaker
from qiao.channels.voice.script import say
from tests.journeys.calls import (
    CALLER_HERTZ,
    STRANGER,
    Centre,
    Talker,
    caller_hears,
)

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]
LIU = 2000.0


async def sets_rule(admin: Talker, *, on: bool, notices: int, seconds: int) -> None:
    """As the page of the rule lets him."""
    await admin.page.goto("/desk/ending-calls")
    await admin.page.locator("input[name=on]").set_checked(on)
    await admin.page.locator("input[name=notices]").fill(str(notices))
    await admin.page.locator("input[name=seconds]").fill(str(seconds))
    async with admin.page.expect_response(lambda told: told.request.method == "POST" and "ending" in told.url) as sent:
        await admin.page.locator("form[action='/desk/ending-calls'] button[type=submit]").click()
    assert (await sent.value).ok or (await sent.value).status in {302, 303}


async def test_a_hard_call_is_ended_only_by_the_rule_after_its_notice_was_heard(centre: Centre) -> None:
    demo = centre.demo
    notice = (await Speaker(demo.settings).prompt(say("abuse_notice", "zh-CN"), "zh-CN")).path
    async with centre.agents_browser() as one, centre.agents_browser(LIU) as two:
        chen = await Talker.arrives(one, demo, "chen")
        admin = await Talker.signs_in(two, demo, "admin")
        liu = await Talker.signs_in(two, demo, "liu")
        await chen.is_connected()
        page, strip = chen.page, chen.page.locator("#phone-calls")
        phone = await centre.phone(STRANGER)
        call = await chen.takes_call_of(phone)
        contact = page.url.rpartition("/")[2]

        def does(verb: str) -> str:
            return f"form[action='/desk/phone/{contact}/{verb}'] button"

        async def refused(verb: str, sentence: str) -> None:
            """It is told, and the call goes on."""
            chen.refused.add(f"{demo.address}/desk/phone/{contact}/{verb}")
            await page.locator(does(verb)).click()
            await expect(page.locator("#toasts [role=alert]").filter(has_text=sentence).first).to_be_visible()
            await caller_hears(call)

        async def shown_anew() -> None:
            """Hold and back: the strip comes from the house again."""
            await chen.key("h")
            await expect(page.locator(".phone-call[data-heard]")).to_have_count(0)
            await chen.key("h")
            await expect(page.locator(".phone-call[data-heard]")).to_be_visible()
            await caller_hears(call)

        # The rule is off: a hard call can be marked, and no more.
        await page.locator(does("hard")).click()
        await expect(strip).to_contain_text("艰难通话")
        await shown_anew()
        await expect(page.locator(does("notice"))).to_have_count(0)
        await expect(page.locator(does("end-by-rule"))).to_have_count(0)

        await sets_rule(admin, on=True, notices=1, seconds=600)
        await shown_anew()
        await expect(page.locator(does("end-by-rule"))).to_have_count(0)
        await sets_rule(admin, on=False, notices=1, seconds=600)
        await refused("notice", "现在不能按规定结束")  # it was turned off meanwhile
        await sets_rule(admin, on=True, notices=1, seconds=600)

        heard = len(call.heard.sound)
        await page.locator(does("notice")).click()
        await expect(strip).to_contain_text("正在听提示")
        await expect(page.locator(does("notice"))).to_have_count(0)
        await call.heard.hear(notice, since=heard, seconds=40)
        await caller_hears(call)
        await chen.hears(CALLER_HERTZ)
        await expect(liu.page.locator(".phone-led")).to_contain_text("已播放提示")

        await expect(page.locator(does("end-by-rule"))).to_be_visible()
        await expect(strip.locator("[data-runs-until]")).to_be_visible()
        await refused("end-by-rule", "须先让来电人听完提示")  # not long enough ago
        await sets_rule(admin, on=True, notices=1, seconds=0)
        await page.locator(does("end-by-rule")).click()
        await call.ended.wait()
        await expect(page.locator(".phone-call")).to_have_count(0)
        await expect(strip).to_contain_text("请缓一缓")
        await sets_rule(admin, on=False, notices=1, seconds=30)
        await chen.wraps_up("information_given", topic="abuse", note="ended by rule")
        for person in (chen, admin, liu):
            await person.close()
        await phone.close()
