"""The rest of seed 004 as it should have gone: watched, held, given back, proved, and closed by his own word alone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from qiao.bss import sandbox
from qiao.bss.sandbox import charge_late, plant_unwanted_subscription
from tests.journeys.people import Agent, Customer, axe_finds_nothing, picture

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.journeys.running_demo import RunningDemo

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.timeout(420)]
SHI = sandbox.CAST[0]
CATEGORY = "complaint/billing/unwanted_value_added_service"
SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST = "我下午收到短信“验证码17”，不小心回复了，怕被订了什么业务。号码是 1729 和 3737。"
ANSWER = "系统目前没有订购记录，我们会盯住 1729 和 3737，一出现就处理。"
STEP = "向易图通索取订购确认记录"
WHY = {"cause": "charge/not_ordered", "system": "content_platform"}


class Story:
    """Who is in it, and when it is."""

    def __init__(self, demo: RunningDemo, browser: Browser, begins: datetime) -> None:
        self.demo = demo
        self.browser = browser
        self.begins = begins
        self.case = ""
        self.number = ""

    def at(self, day: int, hour: int, *, months: int = 0) -> datetime:
        """A day and an hour of the customer's clock, so many months after the first."""
        year, month = divmod(self.begins.month - 1 + months, 12)
        return datetime(self.begins.year + year, month + 1, day, hour, tzinfo=SHANGHAI)

    def month(self, months: int = 0) -> str:
        """The month as bills name it."""
        return f"{self.at(1, 0, months=months):%Y-%m}"

    async def arrives(self, login: str, *, ready: bool = False) -> Agent:
        """Somebody of the service centre."""
        return await (Agent.arrives if ready else Agent.signs_in)(self.browser, self.demo, login)


@pytest.fixture
async def story(demo: RunningDemo, browser: Browser) -> Story:
    """On the 14th of a month, in the afternoon, with the rest of the month ahead."""
    now = (await demo.now()).astimezone(SHANGHAI)
    begins = now.replace(day=14, hour=14, minute=0, second=0, microsecond=0)
    if begins <= now:
        begins = (begins.replace(day=1) + timedelta(days=32)).replace(day=14)
    await demo.until(begins)
    return Story(demo, browser, begins)


async def test_the_disputed_charge_ends_only_when_it_is_proved_gone_and_he_says_so(story: Story) -> None:
    shi = await Customer.arrives(story.browser, story.demo, SHI.service)
    await nothing_is_on_record(story, shi)
    await a_second_agent_sees_what_was_answered(story, shi)
    await the_watch_finds_it_before_he_calls(story, shi)
    await he_is_called_back_at_his_time(story, shi)
    await the_charge_is_found_and_held(story, shi)
    await it_is_given_back_within_authority(story, shi)
    await late_rating_is_found_too(story, shi)
    await his_no_brings_it_back_and_his_yes_closes_it(story, shi)
    await shi.close()


async def nothing_is_on_record(story: Story, shi: Customer) -> None:
    """Wang opens the case, which watches the number, says what she sees, and promises to call at his time."""
    wang = await story.arrives("wang", ready=True)
    page = wang.page
    await shi.sign_in()
    await shi.asks_person(FIRST)
    contact = await wang.answers()
    await wang.proves(shi)
    await expect(page.locator("#account-2")).not_to_contain_text("易图通")
    await page.locator("#contact-head h1").click()
    await page.keyboard.press("e")
    await page.locator("#case-category").select_option(CATEGORY)
    form = page.locator("#case-form")
    await form.locator("[name='facts.short_code']").fill("1729")
    await form.locator("input[name=declarations][value=owner_asked_for_nothing]").check()
    await form.locator("button[type=submit]").last.click()
    await expect(page.locator("#contact-matter")).to_contain_text("1729")
    whole = await page.locator("#contact-matter a", has_text="整页").get_attribute("href")
    assert whole is not None
    story.case = whole.rpartition("/")[2]
    await wang.opens(story.case, "1729")
    story.number = (await page.locator("#case-record header .tabular-nums").first.inner_text()).strip()
    await wang.does("fact", key="short_code", value="3737")
    await wang.does("told", text=ANSWER)
    await wang.opens(story.case, "3737", ANSWER, "号码将监看至")
    await picture(page, "desk-case-watch")
    await page.goto(contact)
    await page.locator("#contact-head h1").click()
    await page.keyboard.press("w")
    wrap = page.locator("#wrap-up")
    await wrap.locator("summary").click()
    await wrap.locator("[name=from_at]").fill(f"{story.at(18, 15):%Y-%m-%dT%H:%M}")
    await wrap.locator("label", has=page.locator("input[value=callback_promised]")).click()
    await wrap.locator("[name=topic]").fill("1729、3737 后续")
    await wrap.locator("button[type=submit]").click()
    await page.wait_for_url("**/desk")
    assert story.number in await shi.gets("诉求已受理")
    await wang.set_status("break")
    await wang.close()


async def a_second_agent_sees_what_was_answered(story: Story, shi: Customer) -> None:
    """He asks again; Zhao sees answer and promise before she could say the opposite, and adds a step of her own."""
    await story.demo.advance(timedelta(minutes=4))
    zhao = await story.arrives("zhao", ready=True)
    await shi.asks_person("刚才说会盯住代码，是真的吗？")
    contact = await zhao.answers()
    await zhao.page.locator("[id^=matter-] button").first.click()
    for known in (FIRST, ANSWER, "1729、3737 后续"):
        await expect(zhao.page.locator("#contact-side")).to_contain_text(known)
    await zhao.says("是的，已在关注，18 号下午给您回电。")
    await zhao.opens(story.case, ANSWER)
    await zhao.does("step", text=STEP)
    await expect(zhao.page.locator("#case-record section", has_text="下一步").first).to_contain_text(STEP)
    await zhao.page.goto(contact)
    await zhao.wraps_up("information_given", topic="确认已关注", note="已有承诺，未另作答复")
    await zhao.set_status("break")
    await zhao.close()


async def the_watch_finds_it_before_he_calls(story: Story, shi: Customer) -> None:
    await story.demo.until(story.at(17, 9))
    await story.demo.at_the_operator(plant_unwanted_subscription, SHI.service)
    await story.demo.until(story.at(17, 14))
    assert story.number in await shi.gets("已在您的号码上出现")


async def he_is_called_back_at_his_time(story: Story, shi: Customer) -> None:
    """Wang, who promised it, is not there: Li is offered the call, with the history and the first step before her."""
    await story.demo.until(story.at(18, 15) + timedelta(minutes=1))
    li = await story.arrives("li", ready=True)
    page = li.page
    contact = await li.answers()
    await page.locator("[id^=matter-] button").first.click()
    for known in (FIRST, ANSWER, STEP, "3737"):
        await expect(page.locator("#contact-side")).to_contain_text(known)
    await picture(page, "desk-callback")
    await page.keyboard.press("Escape")
    await li.says("师先生您好，按约给您回电。请回复刚收到的验证码，我来取消业务。")
    await shi.gets("按约给您回电")
    last = await shi.last_message()
    await expect(page.locator("[data-shortcut=c]")).to_be_visible()
    await page.locator("#contact-head h1").click()
    await page.keyboard.press("c")
    await shi.texts_back(await shi.code_after(last))
    account = page.locator("#account-2")
    await expect(account).to_contain_text("易图通图片社区")
    await account.locator("li", has_text="易图通").locator("button[type=submit]").click()
    await expect(account.get_by_role("status")).to_contain_text("已办妥")
    await li.opens(story.case, STEP)
    await li.does("resolve", refused="cases.step_left", kind="remedied", what="已取消易图通图片社区", **WHY)
    step = page.locator("#steps li")
    await step.locator("summary").click()
    await step.locator("[name=outcome]").fill("对方无法提供客户确认")
    await step.locator("button[value=done]").click()
    await expect(page.locator("#steps")).to_contain_text("对方无法提供客户确认")
    await li.does("resolve", kind="remedied", what="已取消易图通图片社区", **WHY)
    await li.opens(story.case, "该业务已在运营商系统中取消", "本期账单中没有该服务商的费用", "已核实")
    await picture(page, "desk-case-proof")
    await axe_finds_nothing(page)
    await page.goto(contact)
    await li.wraps_up("solved", topic="取消 3737", note="待账单核实")
    assert story.number in await shi.gets("已处理。我们会先核实")
    await li.close()


async def the_charge_is_found_and_held(story: Story, shi: Customer) -> None:
    """As soon as the bill can be read the check runs: held, told, open, and no button closes it."""
    await story.demo.until(story.at(3, 16, months=1))
    found = await shi.gets("有争议的费用")
    assert story.month() in found and "10.00" in found
    wang = await story.arrives("wang")
    page = wang.page
    await page.goto("/desk/cases?view=mine")
    await expect(page.locator("#case-rows tbody tr").first).to_contain_text("已退回")
    await wang.opens(story.case, "在已出账单上冲正", "争议暂缓收取", story.month())
    await picture(page, "desk-case-charge")
    await axe_finds_nothing(page)
    await every_shorter_way_is_refused(story, wang, shi)
    await wang.close()


async def every_shorter_way_is_refused(story: Story, wang: Agent, shi: Customer) -> None:
    """No act of the page closes the case; those who try other doors are told why."""
    page = wang.page
    acts = await page.locator("details[id^=act-]").evaluate_all("all => all.map(one => one.id)")
    assert "act-resolve" in acts and not {"act-close", "act-word"} & set(acts)
    token = await page.locator("input[name=_csrf]").first.input_value()
    request, base = wang.context.request, f"/desk/cases/{story.case}"
    for act, told in {
        "word": {"solved": "yes", "words": "他说好了"},
        "close": {},
        "end-step": {"step_id": story.case, "how": "done"},
    }.items():
        answer = await request.post(f"{base}/{act}", form={**told, "_csrf": token})
        assert answer.status in (403, 404, 409), (act, answer.status)
    for forged in ("x", "eyJxIjoiMSJ9.x.y"):
        assert (await shi.context.request.get(f"/confirm/{forged}")).status in (400, 403, 404, 410)
    await wang.opens(story.case, "在已出账单上冲正")
    await expect(page.locator("#case-record [aria-current=step]")).to_contain_text("处理中")


async def it_is_given_back_within_authority(story: Story, shi: Customer) -> None:
    """On the spot within his limit; above it refused with the limit named, then asked of the team leader."""
    wang, liu = await story.arrives("wang"), await story.arrives("liu")
    page = wang.page
    await wang.opens(story.case, "在已出账单上冲正")
    charge = page.locator("#compensate-what option", has_text=story.month())
    await wang.does("compensate", what=await charge.get_attribute("value") or "", amount="10.00", reason="客户未订购")
    await wang.opens(story.case, "费用已退")
    money = {"amount": "100.00", "reason": "多次来电，耽误时间"}
    await wang.does("compensate", refused="compensation.above_authority", **money)
    await expect(page.locator("#act-compensate")).to_contain_text(re.compile(r"权限为 40\.00"))
    await wang.does("compensate", **money, approval="yes")
    assert (await wang.context.request.get("/desk/approvals")).status in (403, 404)
    await liu.page.goto("/desk/approvals")
    await expect(liu.page.locator("main")).to_contain_text("100.00")
    await picture(liu.page, "desk-approvals")
    await liu.page.locator("button[value=approve]").first.click()
    await expect(liu.page.locator("main")).to_contain_text("没有待您审批的申请")
    await wang.opens(story.case, "100.00")
    await wang.does("resolve", kind="remedied", what="费用已冲正并补偿", **WHY)
    await wang.close()
    await liu.close()


async def late_rating_is_found_too(story: Story, shi: Customer) -> None:
    await story.demo.until(story.at(20, 16, months=1))
    await story.demo.at_the_operator(charge_late, SHI.service, story.month(1))
    await story.demo.until(story.at(3, 16, months=2))
    assert story.month(1) in await shi.gets("有争议的费用", times=2)
    wang = await story.arrives("wang")
    await wang.opens(story.case, "在已出账单上冲正")
    charge = wang.page.locator("#compensate-what option", has_text=story.month(1))
    await wang.does("compensate", what=await charge.get_attribute("value") or "", amount="10.00", reason="客户未订购")
    await wang.does("resolve", kind="remedied", what="补收费用也已冲正", **WHY)
    await wang.close()


async def his_no_brings_it_back_and_his_yes_closes_it(story: Story, shi: Customer) -> None:
    """Every bill is clean; he is asked. His no puts the case at the head of the same desk, his yes alone closes it."""
    await story.demo.until(story.at(4, 16, months=2))
    assert "/confirm/" in await shi.gets("回复 1 表示已解决")
    await shi.context.clear_cookies()
    await shi.sign_in()
    await shi.page.goto("/talk")
    await expect(shi.page.locator("#talk")).to_contain_text(f"您的诉求 {story.number} 解决了吗？")
    await axe_finds_nothing(shi.page)
    await picture(shi.page, "portal-chat-question")
    await shi.page.get_by_role("button", name="未解决").click()
    await expect(shi.page.locator("#talk")).to_contain_text("您无需再说一遍")
    await shi.gets("尚未解决")
    wang = await story.arrives("wang")
    page = wang.page
    await page.goto("/desk/cases?view=mine")
    await expect(page.locator("#case-rows tbody tr").first).to_contain_text(story.number)
    await expect(page.locator("#case-rows tbody tr").first).to_contain_text("已退回")
    await wang.opens(story.case)
    await wang.does("told", text="两期费用与补偿已逐条列明，见账单调整项。")
    await wang.does("resolve", kind="explained", what="逐条说明账单调整", **WHY)
    link = re.search(r"https?://\S+/confirm/\S+", await shi.gets("回复 1 表示已解决", times=2))
    assert link is not None
    await shi.page.goto(link[0])
    await axe_finds_nothing(shi.page)
    await picture(shi.page, "portal-confirm")
    await shi.page.locator("[name=words]").fill("都退了，谢谢。")
    await shi.page.locator("button[value=yes]").click()
    await expect(shi.page.get_by_role("status")).to_contain_text(story.number)
    shi.refused.add(link[0])
    again = await shi.page.goto(link[0])
    assert again is not None and again.status == 409
    await wang.opens(story.case, "都退了，谢谢。", "已办结")
    await picture(page, "desk-case-closed")
    await wang.close()
    await shi.gets("已按您的确认关闭")
    told = [
        "受理",
        "出现",
        "已处理",
        "争议",
        "已处理",
        "争议",
        "已处理",
        "回复 1",
        "尚未解决",
        "已处理",
        "回复 1",
        "关闭",
    ]
    texts = [one for one in await shi.texts() if "按约给您回电" not in one]
    assert [part in one for part, one in zip(told, texts, strict=True)] == [True] * len(told), texts
