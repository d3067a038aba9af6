"""The second half of the main story, headless: held, given back within authority, proved, and closed by his word."""

import html
import re
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from qiao.app.demo import smoke_call
from qiao.app.demo.agent_player import AgentPlayer
from qiao.app.demo.customer_player import CustomerPlayer, StoryBroke
from qiao.app.demo.story import Story, shows
from qiao.bss import sandbox

HERE: Final = ZoneInfo("Asia/Shanghai")
WHY: Final = {"cause": "charge/not_ordered", "system": "content_platform"}
WHAT_FOR: Final = {"reason": "客户未订购，多次来电"}


async def prove(story: Story, shi: CustomerPlayer) -> None:
    """From the promised call to the last word. Raises StoryBroke."""
    contact = await _called_back(story, shi)
    await _resolved(story, contact)
    first = (await story.now()).astimezone(HERE).replace(day=1, minute=0, second=0, microsecond=0)
    await _charge_held(story, shi, first)
    await _given_back(story, first)
    await _rated_late(story, shi, first)
    await _his_word(story, shi, first)


def _after(first: datetime, months: int, day: int, hour: int) -> datetime:
    year, month = divmod(first.month - 1 + months, 12)
    return first.replace(year=first.year + year, month=month + 1, day=day, hour=hour)


async def _called_back(story: Story, shi: CustomerPlayer) -> UUID:
    await story.everybody_leaves()
    await story.until((await story.now()).astimezone(HERE) + timedelta(days=1, minutes=1))
    if story.settings.voice.trunks:
        return await smoke_call.called_back(story, shi.service)
    async with story.step("at his time the call that Zhao promised is owed; Li of the same desk is offered it"):
        li = await story.agent("li")
        contact = await li.offered()
        await li.accept(contact)
        shows(await li.page(f"/desk/contacts/{contact}/matter/{story.case}"), "易图通", "3737")
    async with story.step("she calls by text, and he gets it"):
        await li.say(contact, "师先生您好，按约给您回电：业务已取消，账单由我们核查。")
        await shi.text_with("按约给您回电")
    return contact


async def _resolved(story: Story, contact: UUID) -> None:
    li = await story.agent("li")
    async with story.step("solved as far as anybody can tell: the case waits for its proof, and is not closed"):
        await li.post(f"/desk/cases/{story.case}/resolve", {"kind": "remedied", "what": "业务已取消", **WHY})
        shows(await li.page(f"/desk/cases/{story.case}"), "本期账单中没有该服务商的费用", "已解决，待核实")
        await li.wrap_up(contact, disposition="solved", note="待账单核实")


async def _charge_held(story: Story, shi: CustomerPlayer, first: datetime) -> None:
    await story.everybody_leaves()
    await story.until(_after(first, 1, 3, 16))
    async with story.step("the bill can be read: the charge is on it, held, and he is told before he asks"):
        text = await shi.text_with("有争议的费用")
        if f"{first:%Y-%m}" not in text:
            raise StoryBroke(f"the text names another month: {text}")
        zhao = await story.agent("zhao")
        shows(await zhao.page(f"/desk/cases/{story.case}"), "在已出账单上冲正", "争议暂缓收取")
    async with story.step("nobody closes it by saying that he agrees"):
        told = {"solved": "yes", "words": "他说好了"}
        await zhao.refused(
            f"/desk/cases/{story.case}/word", told, "cases.contact_does_not_prove", "cases.nothing_asked"
        )


async def _given_back(story: Story, first: datetime) -> None:
    zhao = await story.agent("zhao")
    async with story.step("she gives the charge back on the spot, within her authority"):
        await _give_back(zhao, story, f"{first:%Y-%m}")
    async with story.step("a larger credit is refused with her limit named, then asked of the team leader"):
        asked = {"what": "credit", "amount": "300.00", **WHAT_FOR, "key": str(uuid4())}
        act = f"/desk/cases/{story.case}/compensate"
        shows(await zhao.refused(act, asked, "compensation.above_authority"), "补偿权限为", "300.00")
        await zhao.post(act, {**asked, "approval": "yes"})
    async with story.step("he, and nobody else, approves it"):
        await zhao.refused("/desk/approvals", {}, "kernel.not_found", "kernel.not_allowed")
        liu = await story.agent("liu", ready=False)
        waiting = await liu.page("/desk/approvals")
        shows(waiting, "300.00", "师**")
        grant = re.search(r'name="grant" value="([0-9a-f-]{36})"', waiting)
        if grant is None:
            raise StoryBroke("nothing can be approved")
        await liu.post("/desk/approvals", {"grant": grant[1], "decision": "approve", "reason": ""})
        await zhao.post(f"/desk/cases/{story.case}/resolve", {"kind": "remedied", "what": "费用已冲正", **WHY})


async def _rated_late(story: Story, shi: CustomerPlayer, first: datetime) -> None:
    await story.everybody_leaves()
    await story.until(_after(first, 1, 20, 16))
    await story.at_the_operator(sandbox.charge_late, shi.service, f"{_after(first, 1, 1, 0):%Y-%m}")
    await story.until(_after(first, 2, 3, 16))
    async with story.step("rated late, it is on the next bill too: found, held, told, given back"):
        text = await shi.text_with("有争议的费用", times=2)
        zhao = await story.agent("zhao")
        await zhao.page_with(f"/desk/cases/{story.case}", "在已出账单上冲正")
        await _give_back(zhao, story, f"{_after(first, 1, 1, 0):%Y-%m}")
        await zhao.post(f"/desk/cases/{story.case}/resolve", {"kind": "remedied", "what": "补收的也已冲正", **WHY})
        if f"{_after(first, 1, 1, 0):%Y-%m}" not in text:
            raise StoryBroke(f"the text names another month: {text}")


async def _his_word(story: Story, shi: CustomerPlayer, first: datetime) -> None:
    await story.everybody_leaves()
    await story.until(_after(first, 2, 4, 16))
    async with story.step("both bills are clean: he is asked, by a text with a signed link"):
        link = re.search(r"https?://\S+/confirm/\S+", await shi.text_with("/confirm/"))
        if link is None:
            raise StoryBroke("the text carries no link")
    async with story.step("his yes, and only that, closes it"):
        shows(await shi.confirm(link[0]), "已办结")
        zhao = await story.agent("zhao")
        await zhao.page_with(f"/desk/cases/{story.case}", "客户认可")
        await shi.text_with("已按您的确认关闭")


async def _give_back(agent: AgentPlayer, story: Story, month: str) -> None:
    page = await agent.page(f"/desk/cases/{story.case}")
    options = re.findall(r'<option value="([0-9a-f-]{36})"[^>]*>([^<]*)', page)
    charge = next((one for one, text in options if f"· {month} ·" in html.unescape(text)), None)
    if charge is None:
        raise StoryBroke(f"no charge of {month} can be given back")
    told = {"what": charge, "amount": "10.00", **WHAT_FOR, "key": str(uuid4())}
    await agent.post(f"/desk/cases/{story.case}/compensate", told)
