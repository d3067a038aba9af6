"""Seed 004 up to the opened case, as it should have gone: whoever picks up sees it all, and nobody asks twice."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from qiao.bss import sandbox
from qiao.platform.clock import HouseClock
from qiao.platform.database import Database
from tests.journeys.people import Agent, Customer, axe_finds_nothing, picture

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.journeys.running_demo import RunningDemo

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
SHI = sandbox.CAST[0]
CATEGORY = "complaint/billing/unwanted_value_added_service"
FIRST = "我下午收到一条短信写着“验证码17”，不小心回了过去，怕被订了什么业务。"
SECOND = "短信是 3737 发来的，写着“易图通社区，你的密码是8899”。"
THIRD = "过了几天了，查到了吗？"
RECEIVED = "今天下午三点"
TEXT_COPY = "易图通社区，你的密码是8899"
NEW_ADDRESS = "北京市西城区金融大街 19 号 8 层"


async def test_a_vip_customer_never_tells_it_twice(demo: RunningDemo, browser: Browser) -> None:
    shi = await Customer.arrives(browser, demo, SHI.service)
    wang = await Agent.arrives(browser, demo, "wang")
    await shi.sign_in()
    await picture(shi.page, "portal-my-page")
    await axe_finds_nothing(shi.page)
    await first_contact(shi, wang)
    await wang.set_status("break")

    await demo.advance(timedelta(minutes=4))
    li = await Agent.arrives(browser, demo, "li")
    await second_contact(shi, li)
    await li.close()
    await wang.close()

    await demo.advance(timedelta(days=3))
    await subscription_appears(demo)
    zhao = await Agent.arrives(browser, demo, "zhao")
    await shi.context.clear_cookies()
    await shi.sign_in()
    await third_contact(shi, zhao)
    await zhao.close()
    await shi.close()


async def first_contact(shi: Customer, wang: Agent) -> None:
    page = wang.page
    await shi.asks_person(FIRST)
    contact = await wang.answers()
    await wang.sees(FIRST, "VIP", "139 **** 7763")
    await expect(page.locator("#contact-panel")).not_to_contain_text("尊享 128 元套餐")
    await expect(page.locator("body")).not_to_contain_text("中关村南大街")
    await wang.proves(shi)
    await expect(page.locator("#account-2")).to_contain_text("126.80")
    await expect(page.locator("#account-2")).not_to_contain_text("易图通")
    await picture(page, "desk-contact")
    await axe_finds_nothing(page)

    await page.locator("#contact-head h1").click()
    await page.keyboard.press("e")
    await page.locator("#case-category").select_option(CATEGORY)
    form = page.locator("#case-form")
    await expect(form.locator("[name=own_words]")).to_have_value(FIRST)
    await form.locator("[name='facts.received_at']").fill(RECEIVED)
    await form.locator("input[name=declarations][value=owner_asked_for_nothing]").check()
    await form.locator("[name='tried.step']").first.fill("查询在用增值业务")
    await form.locator("[name='tried.outcome']").first.fill("暂无记录")
    await form.locator("input[name=ask][value=short_code]").check()
    await form.locator("input[name=ask][value=text_copy]").check()
    await picture(page, "desk-open-case")
    await form.locator("button[type=submit]").last.click()
    await expect(page.locator("#contact-side")).to_contain_text(RECEIVED)
    await expect(page.locator("#contact-side")).to_contain_text("未申请")
    await wang.says("已立案。看到发送号码和短信原文后告诉我们即可，不用从头再说。")
    await expect(shi.page.locator("#talk")).to_contain_text("不用从头再说")
    await wang.wraps_up("case_opened", topic="担心被订增值业务", note="等客户补充代码和短信原文")
    assert "/desk/contacts/" in contact

    await shi.page.goto("/matters")
    await shi.page.get_by_text("未申请的增值业务").first.click()
    await expect(shi.page.locator("main")).to_contain_text("需要您补充")
    await picture(shi.page, "portal-matter")
    await axe_finds_nothing(shi.page)


async def second_contact(shi: Customer, li: Agent) -> None:
    """Four minutes later, another agent: everything is there, and she finds the provider by its code."""
    page = li.page
    await shi.asks_person(SECOND)
    await li.answers()
    await li.sees(SECOND, "担心被订增值业务")
    await page.locator("[id^=matter-] button").first.click()
    side = page.locator("#contact-side")
    for known in (FIRST, RECEIVED, "查询在用增值业务", "暂无记录"):
        await expect(side).to_contain_text(known)
    await side.locator("[name='facts.short_code']").first.fill("3737")
    await side.locator("[name='facts.text_copy']").first.fill(TEXT_COPY)
    await (
        side.locator("form", has=page.locator("[name='facts.short_code']")).first.locator("[type=submit]").first.click()
    )
    await expect(side).to_contain_text(TEXT_COPY)
    await page.keyboard.press("Escape")
    await page.locator("[name=short_code]").fill("3737")
    await page.locator("[name=short_code]").press("Enter")
    await expect(page.locator("#provider")).to_contain_text("易图通")
    await picture(page, "desk-second-agent")
    await li.wraps_up("told_to_wait", topic="3737 易图通", note="提供商是易图通，系统暂无订购记录")


async def third_contact(shi: Customer, zhao: Agent) -> None:
    """Days later, a third agent: every fact he gave stands on her screen; she cancels, and corrects the address."""
    page = zhao.page
    await shi.asks_person(THIRD)
    await zhao.answers()
    await zhao.sees(THIRD, "担心被订增值业务", "3737 易图通")
    await page.locator("[id^=matter-] button").first.click()
    side = page.locator("#contact-side")
    for known in (FIRST, RECEIVED, "3737", TEXT_COPY, "暂无记录", "未申请"):
        await expect(side).to_contain_text(known)
    await page.keyboard.press("Escape")
    await zhao.proves(shi)
    account = page.locator("#account-2")
    await expect(account).to_contain_text("易图通图片社区")
    await account.locator("li", has_text="易图通").locator("button[type=submit]").click()
    await expect(account.get_by_role("status")).to_contain_text("已办妥")
    await expect(account).not_to_contain_text("易图通图片社区")
    await account.get_by_text("更正地址").first.click()
    await expect(account).to_contain_text("中关村南大街")
    await account.locator("#new-address").fill(NEW_ADDRESS)
    await account.locator("form", has=page.locator("#new-address")).locator("[type=submit]").click()
    await expect(account).to_contain_text(NEW_ADDRESS)
    await picture(page, "desk-third-agent")
    await zhao.says("已取消易图通业务，地址也已更正。下期账单我们会核查并主动告诉您。")
    await expect(shi.page.locator("#talk")).to_contain_text("主动告诉您")
    await zhao.wraps_up("solved", topic="取消 3737，更正地址", note="等下期账单核查")
    await shi.page.goto("/")
    await expect(shi.page.locator("main")).to_contain_text("未申请的增值业务")


async def subscription_appears(demo: RunningDemo) -> None:
    """At the operator the provider's subscription is on record now."""
    clock = HouseClock()
    database = Database(demo.settings.database_url, clock, pool_size=1)
    async with database.transaction() as tx:
        await clock.load(tx)
    async with database.transaction() as tx:
        await sandbox.plant_unwanted_subscription(tx, SHI.service)
    await database.close()
